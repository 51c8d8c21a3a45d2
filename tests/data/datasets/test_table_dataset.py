"""Own tables of every format for every task: the same examples, and options that do not fit are refused."""

import json

import pytest
from pydantic import ValidationError

from seqlab.data.datasets import LABELLED_TEXTS, PAIRS, TEXTS
from seqlab.data.datasets.table_dataset import TableDataset
from seqlab.data.tables import TableFormat
from seqlab.errors import DataError
from seqlab.progress import SILENT

FORMATS = ("csv", "tsv", "jsonl", "parquet")
ROWS = [(f"source {number}", f"target {number}") for number in range(4)]


def write(path, rows, columns):
    if path.suffix == ".parquet":
        pyarrow = pytest.importorskip("pyarrow")
        from pyarrow import parquet

        parquet.write_table(pyarrow.table(dict(zip(columns, zip(*rows, strict=True), strict=True))), path)
    elif path.suffix == ".jsonl":
        path.write_text("\n".join(json.dumps(dict(zip(columns, row, strict=True))) for row in rows), encoding="utf-8")
    else:
        delimiter = "," if path.suffix == ".csv" else "\t"
        path.write_text("\n".join(map(delimiter.join, [columns, *rows])), encoding="utf-8")


@pytest.mark.parametrize("registry", [LABELLED_TEXTS, TEXTS, PAIRS])
def test_every_task_has_every_format(registry):
    for name in FORMATS:
        assert issubclass(registry[name], TableDataset)
        assert issubclass(registry[name], TableFormat)


@pytest.mark.parametrize("name", FORMATS)
def test_pairs_and_labelled_texts_are_the_same_in_every_format(tmp_path, name):
    path = tmp_path / f"a.{name}"
    write(path, ROWS, ("en", "es"))
    pairs = PAIRS.read({"name": name, "path": str(path), "source": "en", "target": "es"})
    found = pairs.read(pairs.locate(), SILENT).train
    assert list(zip(found["source"], found["target"], strict=True)) == ROWS
    labelled = LABELLED_TEXTS.read({"name": name, "path": str(path), "text": "en", "label": "es"})
    found = labelled.read(labelled.locate(), SILENT).train
    assert list(zip(found["text"], found["label"], strict=True)) == ROWS
    assert found["id"] == [f"a.{name}:{row + (2 if name[1:] == 'sv' else 1)}" for row in range(4)]


@pytest.mark.parametrize("name", FORMATS)
def test_all_rows_without_a_label_or_a_sentence_are_told_at_once(tmp_path, name):
    path = tmp_path / f"a.{name}"
    write(path, [*ROWS, ("one", ""), ("two", " "), ("", ""), *ROWS, ("", "tres")], ("a", "b"))
    first = 6 if name[1:] == "sv" else 5
    unit = "row" if name == "parquet" else "line"
    labelled = LABELLED_TEXTS.read({"name": name, "path": str(path), "text": "a", "label": "b"})
    with pytest.raises(DataError) as error:
        labelled.read(labelled.locate(), SILENT)
    assert str(error.value).splitlines() == [
        f"{path}: 2 {unit}s cannot be used, the first is {first}",
        f"  {unit} {first}: the label is empty",
        f"  {unit} {first + 1}: the label is empty",
        "give each row a label, or remove it",
    ]
    pairs = PAIRS.read({"name": name, "path": str(path), "source": "a", "target": "b"})
    with pytest.raises(DataError, match=f"3 {unit}s cannot be used, the first is {first}\n.*target sentence is empty"):
        pairs.read(pairs.locate(), SILENT)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"header": False}, "with 'header: false' columns are numbers from 0, but text is 'text'"),
        ({"text": 0}, "columns are names, but text is 0"),
        ({"text": ["a", ""]}, "a list of them"),
        ({"text": []}, "a list of them"),
        ({"text": ["id", "b"]}, "'id' cannot be in a list of text columns"),
        ({"path": None}, "path"),
    ],
)
def test_columns_that_make_no_sense(options, message):
    with pytest.raises(ValidationError, match=message):
        TEXTS.read({"name": "csv", "path": "a.csv", **options})


@pytest.mark.parametrize("name", FORMATS)
def test_an_empty_column_is_named_with_one_that_has_texts(tmp_path, name):
    path = tmp_path / f"a.{name}"
    rows = [(" ", f"the food {number}", str(number % 2), str(number)) for number in range(1000)]
    write(path, rows, ("text", "message", "label", "id"))
    empty = rf"a\.{name}: all 1,000 cells of 'text' are empty; another text column may be 'message': name the column"
    for registry in (LABELLED_TEXTS, TEXTS):
        dataset = registry.read({"name": name, "path": str(path)})
        with pytest.raises(DataError, match=empty):
            dataset.read(dataset.locate(), SILENT)
    dataset = LABELLED_TEXTS.read({"name": name, "path": str(path), "text": "message", "label": "text"})
    with pytest.raises(DataError, match=r"all 1,000 cells of 'text' are empty; name the column .* in data\.label"):
        dataset.read(dataset.locate(), SILENT)
    dataset = PAIRS.read({"name": name, "path": str(path), "source": "message", "target": "text"})
    with pytest.raises(DataError, match=r"all 1,000 cells of 'text' are empty; name the column .* in data\.target"):
        dataset.read(dataset.locate(), SILENT)


def test_one_of_several_text_columns_may_be_empty(tmp_path):
    path = tmp_path / "a.csv"
    write(path, [("", f"the food {number}", str(number % 2)) for number in range(10)], ("title", "body", "label"))
    dataset = LABELLED_TEXTS.read({"name": "csv", "path": str(path), "text": ["title", "body"]})
    read = dataset.read(dataset.locate(), SILENT)
    assert read.notes == ("a.csv: all 10 cells of 'title' are empty",)
    assert read.train["body"][3] == "the food 3"
