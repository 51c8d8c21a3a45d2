"""CSV and TSV: what a cell may hold, what a file may not, and what each error says."""

import pytest
from pydantic import ValidationError

from seqlab.data.datasets import LABELLED_TEXTS
from seqlab.data.datasets.labelled_tables import CommaSeparated, TabSeparated
from seqlab.errors import DataError, RequestError
from seqlab.progress import SILENT


@pytest.fixture
def read(tmp_path):
    """`read(b"text,label\\n…", header=True)` → the records of a file with this content."""

    def read(content, part=CommaSeparated, **options):
        path = tmp_path / "reviews.csv"
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        dataset = part(path=str(path), **options)
        return dataset.read(dataset.locate(), SILENT).train

    return read


ODD_TEXTS = {
    "comma and quotes": 'he said "no, never"',
    "line ends in a cell": "one\ntwo\r\nthree",
    "next line, U+0085": "before\u0085after\u2028and after",
    "right to left": "\u202e\u05e9\u05dc\u05d5\u05dd \u05e2\u05d5\u05dc\u05dd\u200f",
    "emoji": "\U0001f469\u200d\U0001f469\u200d\U0001f467 \U0001f1ea\U0001f1f8 good",
    "markup": "[b]bold[/b] [/b]",
    "terminal escapes": "\x1b[31mred\x07",
    "outer spaces": "  kept  ",
    "empty": "",
    "a megabyte": "long " * 250_000,
}


@pytest.mark.parametrize("text", ODD_TEXTS.values(), ids=ODD_TEXTS.keys())
def test_a_text_survives_unchanged(read, text):
    quoted = '"' + text.replace('"', '""') + '"'
    records = read(f"text,label\n{quoted},a\nplain,b\n")
    assert records["text"] == [text, "plain"]
    assert records["label"] == ["a", "b"]


def test_crlf_bom_and_blank_lines(read):
    records = read("\ufefftext,label\r\none,a\r\n\r\ntwo,b\r\n")
    assert (records["text"], records["label"]) == (["one", "two"], ["a", "b"])
    assert records["id"] == ["reviews.csv:2", "reviews.csv:4"]


def test_line_numbers_count_lines_not_rows(read):
    records = read('text,label\n"one\ntwo",a\nthree,b\n')
    assert records["id"] == ["reviews.csv:2", "reviews.csv:4"]


def test_labels_are_texts_without_outer_spaces(read):
    assert read("label,text\n 1,x\n1 ,y\n01,z\n")["label"] == ["1", "1", "01"]


def test_several_text_columns(read):
    content = "title,label,body\nOne,a,first\nTwo,b,second\n"
    dataset = CommaSeparated(path="reviews.csv", text=["title", "body"])
    records = read(content, text=["title", "body"])
    assert dataset.text_fields == records.keys == ("title", "body")
    assert dataset.input_texts(records) == ["One first", "Two second"]
    assert dataset.input_texts(records, ("body",)) == ["first", "second"]


def test_without_a_header_columns_are_numbers(read):
    content = "3,Title,Body\n4,Other,More\n"
    records = read(content, header=False, text=[1, 2], label=0)
    assert records["label"] == ["3", "4"]
    assert records["1"] == ["Title", "Other"]
    assert read(content, header=False, text=2, label=0)["text"] == ["Body", "More"]
    with pytest.raises(RequestError, match="has no column 3: its first row has columns 0 to 2"):
        read(content, header=False, text=3, label=0)


def test_tabs_delimiters_and_quotes(read):
    assert read("text\tlabel\na, b\tx\n", TabSeparated)["text"] == ["a, b"]
    assert read("text;label\na, b;x\n", delimiter=";")["text"] == ["a, b"]
    assert read('text\tlabel\n"so" he said\tx\n', TabSeparated, quotes=False)["text"] == ['"so" he said']


@pytest.mark.parametrize(
    ("content", "error", "message"),
    [
        (b"", DataError, r"reviews\.csv is empty"),
        (b"\n\n", DataError, r"reviews\.csv is empty"),
        (b"text,label\n", DataError, "a header and no rows"),
        (
            b"texts,label\na,b\n",
            RequestError,
            "no column 'text'; did you mean 'texts'. its columns are 'texts', 'label' .if that row is an example",
        ),
        (
            b"text;label\na;b\n",
            RequestError,
            r"the cells of the first row \('text;label'\) are separated by ';': set data\.delimiter",
        ),
        (b"text,text,label\na,b,c\n", RequestError, "2 columns called 'text'"),
        (b"text,label\na,x\nb,c,y\n", DataError, r"reviews\.csv:3: 3 cells, the first row has 2"),
        (b"text,label\na,x\nb\n", DataError, r"reviews\.csv:3: 1 cell, "),
        (b"text,label\na,x\nb, \n", DataError, r"reviews\.csv:3: the label is empty"),
        (b'text,label\na,x\n"b,y\nc,z\n', DataError, r"reviews\.csv:3: unexpected end of data; .*double quote"),
        (b'text,label\n"a" b,x\n', DataError, r"reviews\.csv:2: .*data\.quotes to false"),
        (b"text,label\ncaf\xe9,x\n", DataError, r"reviews\.csv is not UTF-8: byte 0xe9 at offset 14 \(line 2\)"),
        ("text,label\na,x\n".encode("utf-16"), DataError, "looks like UTF-16"),
    ],
    ids=[
        "empty",
        "blank lines",
        "header only",
        "missing column",
        "wrong delimiter",
        "column twice",
        "too many cells",
        "too few cells",
        "empty label",
        "open quote",
        "text after a quote",
        "latin-1",
        "utf-16",
    ],
)
def test_invalid_files(read, content, error, message):
    with pytest.raises(error, match=message):
        read(content)


def test_a_bad_byte_far_into_a_file_is_found_where_it_is(read):
    content = b"text,label\n" + b"fine,x\n" * 50_000 + b"b\xffd,x\n"
    with pytest.raises(DataError, match=r"offset 350,012 \(line 50,002\)"):
        read(content)


def test_a_folder_or_nothing_in_place_of_the_file(tmp_path):
    with pytest.raises(RequestError, match=r"is a directory.*text_folder"):
        CommaSeparated(path=str(tmp_path)).locate()
    with pytest.raises(RequestError, match="there is no file"):
        CommaSeparated(path=str(tmp_path / "nowhere.csv")).locate()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({}, "path"),
        ({"path": "a.csv", "header": False}, "numbers from 0, but text is 'text'"),
        ({"path": "a.csv", "label": 2}, "columns are names, but label is 2"),
        ({"path": "a.csv", "text": ["text", "text"]}, "a list of them"),
        ({"path": "a.csv", "text": True}, "expected a column"),
        ({"path": "a.csv", "text": ["label", "title"]}, "label cannot be part of the text"),
        ({"path": "a.csv", "label": "class", "text": ["label", "title"]}, "rename"),
        ({"path": "a.csv", "delimiter": "||"}, "delimiter"),
        ({"path": "a.csv", "validation": 0.6, "test": 0.4}, "leave nothing to train on"),
        ({"path": "a.csv", "validation": 1.5}, "fraction between 0 and 1"),
    ],
)
def test_options_that_make_no_sense_are_refused_before_any_reading(options, message):
    with pytest.raises(ValidationError, match=message):
        LABELLED_TEXTS.read({"name": "csv", **options})


def test_paths_are_relative_to_the_config(tmp_path):
    dataset = LABELLED_TEXTS.read({"name": "tsv", "path": "a.tsv", "test": "t.tsv"}, {"base": str(tmp_path)})
    assert (dataset.path, dataset.test) == (str(tmp_path / "a.tsv"), str(tmp_path / "t.tsv"))
