"""Tables of texts to predict: their text columns, delimiters and headers, and what is refused."""

import gzip
import json

import pytest

from seqlab.data.datasets import LABELLED_TEXTS, PAIRS
from seqlab.errors import DataError, RequestError
from seqlab.experiment.text_table import read_text_table

REVIEWS = LABELLED_TEXTS["csv"](path="reviews.csv", text=["title", "body"], label="stars")
SYNTHETIC = LABELLED_TEXTS["synthetic"]()


def write(folder, name, content):
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def read(path, trained_on=SYNTHETIC, columns=()):
    table = read_text_table(path, trained_on, columns)
    return list(table.texts())


def test_the_columns_are_those_of_the_run(tmp_path):
    path = write(tmp_path, "new.csv", "id,body,title\n1,it broke,bad\n2,,fine\n")
    table = read_text_table(path, REVIEWS, [])
    assert list(table.texts()) == ["bad it broke", "fine "]
    assert table.columns == ("id", "body", "title")
    assert [cells for _, cells in table.rows] == [["1", "it broke", "bad"], ["2", "", "fine"]]
    assert [line for line, _ in table.rows] == [2, 3]


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
    assert list(table.texts()) == ["one, two"]
    assert table.notes == (f"new.csv is read with the delimiter {delimiter!r}",)


def test_the_delimiter_and_the_encoding_of_the_run_come_first(tmp_path):
    run = LABELLED_TEXTS["csv"](path="r.csv", delimiter=";", encoding="windows-1252")
    path = write(tmp_path, "new.csv", "text;more\ncaf\u00e9, please;x\n".encode("windows-1252"))
    assert read(path, run) == ["caf\u00e9, please"]


def test_a_run_without_a_header(tmp_path):
    run = LABELLED_TEXTS["csv"](path="r.csv", header=False, text=1, label=0)
    path = write(tmp_path, "new.csv", "pos,first\nneg,second\n")
    table = read_text_table(path, run, [])
    assert (list(table.texts()), table.has_header) == (["first", "second"], False)
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
        ("text\n", [], DataError, "has a header and no rows"),
        (b"text\ncaf\xe9\n", [], DataError, "not UTF-8"),
    ],
)
def test_what_is_refused(tmp_path, content, columns, error, message):
    with pytest.raises(error, match=f"(?s){message}"):
        read(write(tmp_path, "new.csv", content), columns=columns)
