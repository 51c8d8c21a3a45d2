"""The one door to tables: every format gives the same columns and rows, and every bad row is told."""

import gzip
import json

import pytest

from seqlab.data.tables import (
    FORMATS,
    BadRows,
    CommaDelimited,
    JsonLinesFormat,
    ParquetFormat,
    TabDelimited,
    format_of,
    read_table,
)
from seqlab.errors import DataError, RequestError

COLUMNS = ("text", "label", "id")
ROWS = [["good, “really” good", "pos", "7"], ["schön\nund gut", "pos", "8"], ["", "neg", "9"], ["bad", "neg", "10"]]


def as_delimited(delimiter):
    def cell(text):
        return f'"{text}"' if delimiter in text or "\n" in text else text

    return "".join(delimiter.join(map(cell, row)) + "\r\n" for row in [COLUMNS, *ROWS])


def as_json_lines():
    objects = [{"text": text or None, "label": label, "id": int(number)} for text, label, number in ROWS]
    return "".join(json.dumps(each) + "\n" for each in objects)


def write_parquet(path, **columns):
    pyarrow = pytest.importorskip("pyarrow")
    from pyarrow import parquet

    parquet.write_table(pyarrow.table(columns), path)
    return path


@pytest.fixture
def write(tmp_path):
    """`write(name)` writes ROWS in the format of the name, `write(name, content)` what is given; returns the path."""

    def write(name, content=None):
        path = tmp_path / name
        if path.suffix == ".parquet":
            texts, labels, numbers = (list(column) for column in zip(*ROWS, strict=True))
            return write_parquet(path, text=[text or None for text in texts], label=labels, id=list(map(int, numbers)))
        made = {".csv": as_delimited(","), ".tsv": as_delimited("\t")}.get(path.suffixes[0], as_json_lines())
        content = (made if content is None else content).encode()
        path.write_bytes(gzip.compress(content) if path.suffix == ".gz" else content)
        return path

    return write


@pytest.mark.parametrize(
    "name", ["a.csv", "a.tsv", "a.jsonl", "a.ndjson", "a.parquet", "a.csv.gz", "a.tsv.gz", "a.jsonl.gz"]
)
def test_every_format_holds_the_same_table(write, name):
    path = write(name)
    table = read_table(path)
    assert table.columns == COLUMNS
    assert [list(cells) for _, cells in table.rows] == ROWS
    assert [number for number, _ in table.rows] == ([2, 3, 5, 6] if ".csv" in name or ".tsv" in name else [1, 2, 3, 4])
    assert table.notes == ()
    chosen = read_table(path, columns=["label", "text"])
    assert chosen.columns == ("label", "text")
    assert [list(cells) for _, cells in chosen.rows] == [[label, text] for text, label, _ in ROWS]


@pytest.mark.parametrize("name", ["a.csv", "a.jsonl", "a.parquet"])
def test_a_column_that_is_missing(write, name):
    with pytest.raises(RequestError, match=rf"{name} has no column 'txt'; did you mean 'text'\? its columns are"):
        read_table(write(name), columns=["txt"])


def test_the_format_is_in_the_name(tmp_path):
    assert isinstance(format_of(tmp_path / "A.TSV.GZ"), TabDelimited)
    assert {type(format_of(tmp_path / f"a{suffix}")) for suffix in FORMATS} == {
        CommaDelimited, TabDelimited, JsonLinesFormat, ParquetFormat,
    }  # fmt: skip
    assert format_of(tmp_path / "a.txt") is None
    with pytest.raises(RequestError, match=r"a\.txt is not a table: expected a name that ends in \.csv, \.tsv"):
        read_table(tmp_path / "a.txt")


def test_options_go_with_the_format(write):
    path = write("a.csv", '"x;1\n')
    assert read_table(path, CommaDelimited(delimiter=";", header=False, quotes=False)).rows == [(1, ['"x', "1"])]


def test_bad_rows_can_be_added_to(write):
    path = write("a.csv", "a,b\n1\n2,3\n4,5,6\n")
    bad = BadRows(path)
    assert read_table(path, bad=bad).rows == [(3, ["2", "3"])]
    bad.add(3, "is odd", "even it")
    with pytest.raises(DataError) as error:
        bad.check()
    assert str(error.value).splitlines() == [
        f"{path}: 3 lines cannot be used, the first is 2",
        "  line 2: 1 cell, the first row has 2 ('1')",
        "  line 3: is odd",
        "  line 4: 3 cells, the first row has 2 ('4,5,6')",
        "write ',' between two cells, also where one is empty; a text that contains ',' must be in double quotes; "
        "even it",
    ]
    with pytest.raises(DataError, match=r"a\.csv: 2 lines cannot be used"):
        read_table(path)
