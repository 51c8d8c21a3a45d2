"""Tables of texts for language models: each row is a document."""

import gzip
import json

import pytest
from pydantic import ValidationError

from seqlab.data.datasets import TEXTS
from seqlab.data.splits import load_splits

TITLES, BODIES = ([f"{what} {number}" for number in range(20)] for what in ("Title", "Body"))


def content_of(name):
    if ".jsonl" in name:
        lines = (json.dumps({"title": title, "body": body}) for title, body in zip(TITLES, BODIES, strict=True))
        return "\n".join(lines)
    delimiter = "," if ".csv" in name else "\t"
    rows = (f"{title}{delimiter}{body}" for title, body in zip(["title", *TITLES], ["body", *BODIES], strict=True))
    return "\n".join(rows)


@pytest.mark.parametrize("name", ["a.csv", "a.tsv", "a.jsonl", "a.csv.gz", "a.jsonl.gz", "a.parquet"])
def test_every_row_is_a_document(tmp_path, name):
    path = tmp_path / name
    if name == "a.parquet":
        pyarrow = pytest.importorskip("pyarrow")
        from pyarrow import parquet

        parquet.write_table(pyarrow.table({"title": TITLES, "body": BODIES}), path)
    else:
        content = content_of(name).encode()
        path.write_bytes(gzip.compress(content) if name.endswith(".gz") else content)
    options = {"name": name.split(".")[1], "path": str(path), "text": ["title", "body"]}
    dataset = TEXTS.read(options)
    loaded = load_splits.load(dataset)
    assert {split: len(records) for split, records in loaded.splits.items()} == {
        "train": 16,
        "validation": 2,
        "test": 2,
    }
    texts = {text for records in loaded.splits.values() for text in dataset.input_texts(records)}
    assert texts == {f"{title} {body}" for title, body in zip(TITLES, BODIES, strict=True)}
    first = loaded.splits["train"]
    line = int(first["title"][0].split()[1]) + (2 if name[2:5] in {"csv", "tsv"} else 1)
    assert first["id"][0] == f"{name}:{line}"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"name": "jsonl", "path": "a.jsonl", "text": 0}, "columns are names, but text is 0"),
        ({"name": "parquet", "path": "a.parquet", "text": ["id", "b"]}, "'id' cannot be in a list"),
        ({"name": "parquet", "path": "a.parquet", "encoding": "latin-1"}, "encoding"),
        ({"name": "csv", "path": "a.csv", "encoding": "latin-99"}, "'latin-99' is not the name of a text encoding"),
        ({"name": "csv", "path": "a.csv", "label": "x"}, "label"),
    ],
)
def test_options_that_make_no_sense_are_refused_before_any_reading(options, message):
    with pytest.raises(ValidationError, match=message):
        TEXTS.read(options)
