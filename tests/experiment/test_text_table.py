"""Tables of texts to predict: their text columns, delimiters and headers, and what is refused."""

import gzip
import json

import pytest

from seqlab.data.datasets import LABELLED_TEXTS, NUMBERED, PAIRS
from seqlab.errors import DataError, RequestError
from seqlab.experiment.text_table import note_on_header, read_text_table

REVIEWS = LABELLED_TEXTS["csv"](path="reviews.csv", text=["title", "body"], label="stars")
SYNTHETIC = LABELLED_TEXTS["synthetic"]()


def write(folder, name, content):
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def read(path, trained_on=SYNTHETIC, columns=()):
    table = read_text_table(path, trained_on, columns)
    return list(table.examples())


def test_the_columns_are_those_of_the_run(tmp_path):
    path = write(tmp_path, "new.csv", "id,body,title\n1,it broke,bad\n2,,fine\n")
    table = read_text_table(path, REVIEWS, [])
    assert list(table.examples()) == ["bad it broke", "fine "]
    assert table.columns == ("id", "body", "title")
    assert [cells for _, cells in table.rows] == [["1", "it broke", "bad"], ["2", "", "fine"]]
    assert [line for line, _ in table.rows] == [2, 3]


@pytest.mark.parametrize(
    ("content", "renamed"),
    [
        ("id,text\n1,good\n", "new.csv"),
        ("text;id\ngood;1\n", "new.csv"),
        ("\ufeffid\ttext\n1\tgood\n", "new.tsv"),
        ("text\ngood\n", ""),
        ("a text, with a comma\n", ""),
        ("", ""),
    ],
)
def test_lines_that_look_like_a_table(tmp_path, content, renamed):
    note = note_on_header(write(tmp_path, "new.dat", content), SYNTHETIC)
    assert bool(note) == bool(renamed)
    assert f"rename it to {renamed}" in note or not renamed


@pytest.mark.parametrize("columns", [["body,id"], ["body", "id"], ["body, id"]])
def test_named_columns(tmp_path, columns):
    path = write(tmp_path, "new.csv", "id,body\n1,it broke\n")
    assert read(path, REVIEWS, columns) == ["it broke 1"]


def test_a_comma_may_be_part_of_a_name(tmp_path):
    path = write(tmp_path, "new.tsv", "a,b\ta\tb\nboth\tfirst\tsecond\n")
    assert read(path, columns=["a,b"]) == ["both"]
    assert read(path, columns=["b,a"]) == ["second first"]


@pytest.mark.parametrize("delimiter", [";", "\t", "|"])
def test_another_delimiter_is_found_by_the_columns(tmp_path, delimiter):
    path = write(tmp_path, "new.csv", f"id{delimiter}text\n1{delimiter}one, two\n")
    table = read_text_table(path, SYNTHETIC, [])
    assert list(table.examples()) == ["one, two"]
    assert table.notes == (f"new.csv is read with the delimiter {delimiter!r}",)


def test_the_delimiter_and_the_encoding_of_the_run_come_first(tmp_path):
    run = LABELLED_TEXTS["csv"](path="r.csv", delimiter=";", encoding="windows-1252")
    path = write(tmp_path, "new.csv", "text;more\ncaf\u00e9, please;x\n".encode("windows-1252"))
    assert read(path, run) == ["caf\u00e9, please"]
    table = read_text_table(path, run, [])
    assert (table.notes, table.delimiter, table.encoding) == ((), ";", "windows-1252")
    headless = LABELLED_TEXTS["csv"](path="r.csv", delimiter=";", header=False, text=0, label=1)
    assert read(write(tmp_path, "few.csv", "good, not bad;yes\n"), headless) == ["good, not bad"]
    with pytest.raises(DataError, match="3 cells"):
        read(write(tmp_path, "broken.csv", "text;more\na,b;c;d\n"), run)


def test_a_run_without_a_header(tmp_path):
    run = LABELLED_TEXTS["csv"](path="r.csv", header=False, text=1, label=0)
    path = write(tmp_path, "new.csv", "pos,first\nneg,second\n")
    table = read_text_table(path, run, [])
    assert (list(table.examples()), table.has_header) == (["first", "second"], False)
    assert read(path, SYNTHETIC, ["1"]) == ["first", "second"], "a number means that there is no header"
    with_header = write(tmp_path, "headed.csv", "label,text\npos,first\n")
    assert read(with_header, run, ["text"]) == ["first"], "a name means that there is one"


def test_pairs_are_read_for_their_source(tmp_path):
    path = write(tmp_path, "new.tsv", "english\tfrench\nHello.\tBonjour.\n")
    assert read(path, PAIRS["tsv"](path="p.tsv", source="english", target="french")) == ["Hello."]
    path = write(tmp_path, "plain.csv", "source\nHello.\n")
    assert read(path, PAIRS["synthetic"]()) == ["Hello."]


def test_json_lines_and_gzip(tmp_path):
    rows = "".join(json.dumps({"id": n, "text": f"text {n}"}) + "\n" for n in range(2))
    assert read(write(tmp_path, "new.jsonl", rows)) == ["text 0", "text 1"]
    assert read(write(tmp_path, "new.csv.gz", gzip.compress(b"text\nx\n"))) == ["x"]


@pytest.mark.parametrize(
    ("content", "columns", "error", "message"),
    [
        ("id,review\n1,x\n", [], RequestError, "no column 'text'.*its columns are 'id', 'review'.*--text COLUMN"),
        ("id,review\n1,x\n", ["revue"], RequestError, "no column 'revue'; did you mean 'review'.*columns are 'id'"),
        ("id,text\n1\n2,x\n", [], DataError, "new.csv:2: 1 cell, the first row has 2"),
        ("", [], DataError, "is empty"),
        (b"text\ncaf\xe9\n", [], DataError, "not UTF-8.*give --encoding windows-1252, or save it as UTF-8"),
        ("text\nx\n".encode("utf-16"), [], DataError, "give --encoding utf-16"),
        ("id,body,label\n1,x,y\n", ["1"], RequestError, "has a header .*--text body"),
        ("id;body;label\n1;x;y\n", ["1"], RequestError, "has a header .*--text body"),
    ],
)
def test_what_is_refused(tmp_path, content, columns, error, message):
    run = LABELLED_TEXTS["csv"](path="reviews.csv", label="label")
    with pytest.raises(error, match=f"(?s){message}"):
        read(write(tmp_path, "new.csv", content), run, columns)


ENCODINGS = ["utf-8", "windows-1252", "utf-16"]


@pytest.mark.parametrize("suffix", [".csv", ".jsonl"])
@pytest.mark.parametrize("of_run", ENCODINGS)
def test_a_file_is_read_as_utf8_if_it_is_and_else_as_the_run_says(tmp_path, of_run, suffix):
    run = LABELLED_TEXTS[suffix[1:]](path="r", encoding=of_run)
    for text in ("caf\u00e9 \u20ac", "plain"):
        content = f"text\n{text}\n" if suffix == ".csv" else f'{{"text": "{text}"}}\n'
        for encoding in ("utf-8", of_run):
            path = write(tmp_path, f"{encoding}{suffix}", content.encode(encoding))
            assert read(path, run) == [text]
        for encoding in ENCODINGS:
            path = write(tmp_path, f"{encoding}{suffix}", content.encode(encoding))
            assert list(read_text_table(path, run, [], encoding=encoding).examples()) == [text]


def test_an_encoding_that_does_not_fit(tmp_path):
    path = write(tmp_path, "new.csv", "text\ncaf\u00e9\n")
    with pytest.raises(DataError, match="is UTF-8, not windows-1252: leave out --encoding"):
        read_text_table(path, SYNTHETIC, [], encoding="windows-1252")
    with pytest.raises(RequestError, match="'utf-9' is not the name of a text encoding"):
        read_text_table(path, SYNTHETIC, [], encoding="utf-9")


@pytest.mark.parametrize(
    ("name", "content", "columns"),
    [
        ("new.csv", "id,text\n", ("id", "text")),
        ("new.csv", "id;text\n\n", ("id", "text")),
        ("new.jsonl", "", ("text",)),
    ],
)
def test_a_table_without_rows(tmp_path, name, content, columns):
    table = read_text_table(write(tmp_path, name, content), SYNTHETIC, [])
    assert (table.columns, table.rows, list(table.examples())) == (columns, [], [])
    assert f"{name} has no rows: there is nothing to answer" in table.notes


def test_a_header_without_rows_must_have_the_text_column(tmp_path):
    with pytest.raises(RequestError, match="no column 'text'"):
        read(write(tmp_path, "new.csv", "id,review\n"))


@pytest.mark.parametrize(
    ("header", "column"), [("id,english,text", 1), ("id,source,text", 1), ("id,text", 1), ("source,english", 1)]
)
def test_sentences_for_a_run_of_a_language_are_in_a_column_of_that_name_else_of_source_or_text(
    tmp_path, header, column
):
    path = tmp_path / "a.csv"
    path.write_text(f"{header}\n{','.join(f'cell {n}' for n in range(header.count(',') + 1))}\n", encoding="utf-8")
    spa_eng = PAIRS.read({"name": "spa_eng", "source": "english", "target": "spanish"})
    assert list(read_text_table(path, spa_eng, []).examples()) == [f"cell {column}"]
    path.write_text("id,body\n1,x\n", encoding="utf-8")
    with pytest.raises(RequestError, match=r"no column 'english'; .*--text COLUMN"):
        read_text_table(path, spa_eng, [])


def test_a_folder_has_a_text_in_each_file(tmp_path):
    for name, content in {"b/2.txt": b"caf\xe9", "1.txt": b"one", "b/.hidden": b"x", "c.pdf": b"x"}.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(content)
    folder = LABELLED_TEXTS.read({"name": "text_folder", "path": str(tmp_path), "encoding": "latin-1"})
    table = read_text_table(tmp_path, folder, [])
    assert table.columns == ("file", "text")
    assert [cells for _, cells in table.rows] == [["1.txt", "one"], ["b/2.txt", "café"]]
    assert list(table.examples()) == ["one", "café"]
    with pytest.raises(RequestError, match="have no columns: leave out --text"):
        read_text_table(tmp_path, folder, ["text"])
    (tmp_path / "empty").mkdir()
    with pytest.raises(RequestError, match="has no texts"):
        read_text_table(tmp_path / "empty", folder, [])
    rows = NUMBERED["csv"](path="flats.csv", label="price", features={"numbers": ["size"]})
    with pytest.raises(RequestError, match="is a folder of texts, and this run reads rows"):
        read_text_table(tmp_path, rows, [])


MIXED = NUMBERED["csv"](
    path="flats.csv", label="price", features={"text": "about", "categories": ["city"], "numbers": ["size", "age"]}
)
ROWS = NUMBERED["csv"](path="flats.csv", label="price", features={"numbers": ["size"]})


def test_a_run_with_features_reads_rows(tmp_path):
    path = write(tmp_path, "new.tsv", "id\tsize\tabout\tcity\tage\n1\t3\tsunny\tRome\t\n2\t\tdark\t\t1e1\n")
    assert read(path, MIXED) == [
        {"about": "sunny", "city": "Rome", "size": "3", "age": ""},
        {"about": "dark", "city": "", "size": "", "age": "1e1"},
    ]
    assert read(write(tmp_path, "new.csv", "size;x\n3;4\n"), ROWS) == [{"size": "3"}]


def test_another_column_may_hold_the_text_of_rows(tmp_path):
    path = write(tmp_path, "new.csv", "size,notes,city,age\n3,sunny,Rome,\n")
    assert read(path, MIXED, ["notes"]) == [{"about": "sunny", "city": "Rome", "size": "3", "age": ""}]
    with pytest.raises(RequestError, match="--text names 2 columns; those of the run's own data are about"):
        read(path, MIXED, ["notes,city"])
    with pytest.raises(RequestError, match="are none: this run reads no text"):
        read(path, ROWS, ["notes"])


def test_rows_with_text_in_a_column_of_numbers_are_named_together(tmp_path):
    path = write(tmp_path, "new.csv", "size,about,city,age\nbig,a,b,1\n3,a,b,inf\n")
    with pytest.raises(DataError) as refusal:
        read(path, MIXED)
    message = str(refusal.value)
    assert "line 2: in 'size', 'big' is not a number" in message
    assert "line 3: in 'age', 'inf' is infinite" in message
    assert "leave the cell empty if there is none" in message


def test_a_missing_column_of_features_is_named(tmp_path):
    with pytest.raises(RequestError, match="has no column 'city'; its columns are 'size', 'about', 'age'"):
        read(write(tmp_path, "new.csv", "size,about,age\n1,a,2\n"), MIXED)


def test_a_table_of_rows_without_rows_is_no_error(tmp_path):
    table = read_text_table(write(tmp_path, "new.jsonl", ""), MIXED, [])
    assert (table.columns, list(table.examples())) == (("about", "city", "size", "age"), [])
