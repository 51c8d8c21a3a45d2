"""Tables in plain text: rows that quotes have joined, repeated headers, other delimiters, blank rows."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from seqlab.data.tables import CommaDelimited, TabDelimited, read_table
from seqlab.errors import DataError, RequestError

POLITE = """text\tlabel
"Come in and sit down.\tpolite
The table is by the window."\tpolite
Get out of here.\trude
"Nobody asked you.\trude

Another row between.\trude
The kitchen is closed."\trude
Move it.\trude
"""
"""Quotes open in one row and close in a later one, twice."""


@pytest.fixture
def read(tmp_path):
    """`read("a,b\\n…", TabDelimited(), ["a"])` → the table in a file with this content."""

    def read(content, table_format=None, columns=None):
        path = tmp_path / "a.csv"
        path.write_bytes(content.encode())
        return read_table(path, table_format or CommaDelimited(), columns)

    return read


@pytest.mark.parametrize("delimiter", ["", ",,", '"', "\n"])
def test_a_delimiter_is_one_character(delimiter):
    with pytest.raises(ValidationError, match="expected one character between two cells"):
        CommaDelimited(delimiter=delimiter)
    assert CommaDelimited.model_json_schema()["properties"]["delimiter"]["pattern"]


def test_a_row_in_which_nothing_can_be_seen_is_blank(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("a,b\n\u200b,\n1,2\n", encoding="utf-8")
    assert read_table(path).rows == [(3, ["1", "2"])]


@pytest.mark.parametrize(
    ("content", "rows"),
    [
        ('a\nx\n""\ny\n', [(2, ["x"]), (3, [""]), (4, ["y"])]),
        ('a\nx\n" "\n\ny\n', [(2, ["x"]), (3, [" "]), (5, ["y"])]),
        ("a,b\n1,2\n,\n\n  \n3,4\n", [(2, ["1", "2"]), (3, ["", ""]), (6, ["3", "4"])]),
        ('\n""\na\nx\n', [(4, ["x"])]),
    ],
)
def test_for_answers_a_row_of_empty_cells_is_a_row_and_a_line_of_nothing_is_none(tmp_path, content, rows):
    path = tmp_path / "a.csv"
    path.write_text(content, encoding="utf-8")
    assert read_table(path, with_empty=True).rows == rows
    assert read_table(path).rows == [(line, cells) for line, cells in rows if any(map(str.strip, cells))]


def test_for_answers_empty_cells_of_another_width_are_told(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("a,b\n1,2\n,,\n", encoding="utf-8")
    assert len(read_table(path).rows) == 1
    with pytest.raises(DataError, match=r"a\.csv:3"):
        read_table(path, with_empty=True)


@pytest.mark.parametrize("delimiter", ["\t", ",", ";", "|"])
@pytest.mark.parametrize("header", [True, False])
def test_rows_that_quotes_have_joined_are_noted(read, delimiter, header):
    content = POLITE if header else POLITE.partition("\n")[2]
    content = content.replace("\t", delimiter)
    table = read(content, CommaDelimited(delimiter=delimiter, header=header))
    assert len(table.rows) == 4
    first = 2 if header else 1
    assert table.notes == (
        "a.csv: 2 rows with line breaks between double quotes, where each line would be a row of its own (first: line "
        f"{first}): if quotes mean nothing in this file, set data.quotes to false",
    )
    plain = read(content, CommaDelimited(delimiter=delimiter, header=header, quotes=False))
    assert (len(plain.rows), plain.notes) == (7, ())


def test_joined_rows_with_cells_before_and_after_are_noted(read):
    content = '1,"first,a\n2,second,b\n3,third",c\n4,fourth,d\n'
    table = read(content, CommaDelimited(header=False))
    assert (len(table.rows), len(table.notes)) == (2, 1)


@pytest.mark.parametrize(
    "content",
    [
        'text,label\n"one\ntwo",x\n',
        'text,label\n"one, or\ntwo, or three",x\n',
        'label,text\nx,"one\r\ntwo"\n',
        'id,text,label\n1,"one\n\ntwo, three",x\n',
    ],
)
def test_texts_with_line_breaks_are_no_joined_rows(read, content):
    assert read(content).notes == ()


def test_a_header_that_is_repeated_is_skipped_and_noted(read):
    table = read("text,label\na,x\ntext,label\nb,y\n\ntext,label\n")
    assert table.rows == [(2, ["a", "x"]), (4, ["b", "y"])]
    assert table.notes == ("a.csv: 2 rows like the header (first: line 3): skipped",)
    assert len(read("text,label\ntext,x\n").rows) == 1
    assert len(read("a,b\na,b\n", CommaDelimited(header=False)).rows) == 2


@pytest.mark.parametrize("blank", ["", ",", " ,\t", ",,,", '"",""', "\u3000,"])
def test_a_row_whose_cells_are_all_empty_is_blank(read, blank):
    assert read(f"{blank}\na,b\n1,2\n{blank}\n3,\n{blank}\n").rows == [(3, ["1", "2"]), (5, ["3", ""])]


@pytest.mark.parametrize("other", ["\t", ";", "|"])
def test_another_delimiter_is_told(read, other):
    content = f'text{other}label\n"one, two"{other}x\n'
    with pytest.raises(RequestError, match=r"are separated by .*: set data.delimiter to "):
        read(content, columns=["text", "label"])
    assert read(content, CommaDelimited(delimiter=other), ["text"]).rows == [(2, ["one, two"])]
    headless = f"one{other}x\n"
    with pytest.raises(RequestError, match="are separated by"):
        read(headless, CommaDelimited(header=False), [0, 1])
    with pytest.raises(RequestError, match=r"are separated by ','"):
        read("text,label\none,x\n", TabDelimited(), ["text", "label"])


def test_columns_are_compared_as_they_look(read):
    content = "te\u0301xt,\u200blabel\u200e,caf\u00e9 \na,b,c\n"
    assert read(content, columns=["t\u00e9xt", "label", "cafe\u0301"]).rows == [(2, ["a", "b", "c"])]
    with pytest.raises(RequestError, match="2 columns called"):
        read("text,text\u200b\na,b\n", columns=["text"])


def test_all_that_is_wrong_with_a_file_is_told_at_once(read):
    with pytest.raises(DataError) as error:
        read('text,label\na\nb,c,d\n"e,f\n')
    lines = str(error.value).splitlines()
    assert lines[0].endswith("a.csv: 3 lines cannot be used, the first is 2")
    assert [line.split(":")[0] for line in lines[1:4]] == ["  line 2", "  line 3", "  line 4"]
    assert "data.quotes to false" in lines[4]


cells = st.text(st.characters(exclude_characters='"\0\ufeff', exclude_categories=["Cs"])).map(lambda text: f"x{text}")


@given(rows=st.lists(st.lists(cells, min_size=2, max_size=2), min_size=1))
def test_quoted_cells_survive(rows, tmp_path_factory):
    path = tmp_path_factory.mktemp("table") / "a.csv"
    path.write_bytes("".join(",".join(f'"{cell}"' for cell in row) + "\r\n" for row in rows).encode())
    assert [cells for _, cells in read_table(path, CommaDelimited(header=False)).rows] == rows


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize(("line", "delimiter"), [("sep=;", ";"), ('"sep=|"', "|"), ("Sep=\t", "\t"), ("sep=,", ",")])
@pytest.mark.parametrize("table_format", [CommaDelimited(), TabDelimited(), CommaDelimited(delimiter=";")])
def test_the_delimiter_that_the_first_line_tells_excel(read, line, delimiter, end, table_format):
    content = end.join([line, f"a{delimiter}b", f'"x;,|\t"{delimiter}y', ""])
    table = read(content, table_format, ["b", "a"])
    assert table.columns == ("b", "a")
    assert table.rows == [(3, ["y", "x;,|\t"])]
    with pytest.raises(DataError, match=r"a\.csv:3: 1 cell, the first row has 2"):
        read(end.join([line, f"a{delimiter}b", "x", ""]), table_format)


@pytest.mark.parametrize("line", ["sep=", "sep=;;", "sep=;x", "my sep=;"])
def test_other_first_lines_are_headers(read, line):
    assert read(f"{line}\nx\n", CommaDelimited(delimiter="|")).columns == (line,)


@pytest.mark.parametrize("suffix", ["csv", "tsv"])
def test_a_nul_in_a_cell_is_refused_with_its_line(tmp_path, suffix):
    cells = ",\t"[suffix == "tsv"]
    path = tmp_path / f"a.{suffix}"
    path.write_text(f"text{cells}label\n" + f"good{cells}a\n" * 500 + f"go\0od{cells}a\n", encoding="utf-8")
    with pytest.raises(DataError, match=rf"a\.{suffix}:502: contains the character NUL \(U\+0000\); .*remove the char"):
        read_table(path)
