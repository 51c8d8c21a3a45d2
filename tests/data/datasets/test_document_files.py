"""Documents of the user's own: lines of a text, rows of a table."""

import json

import pytest

from seqlab.data.datasets import DOCUMENTS
from seqlab.data.splits.load_splits import load
from seqlab.errors import DataError

LINES = [f"document number {number} of many" for number in range(40)]


def loaded(name, path, **options):
    return load(DOCUMENTS.read({"name": name, "path": str(path), **options}))


def texts(corpus):
    return sorted(text for records in corpus.splits.values() for text in records["text"])


def test_each_line_that_is_not_blank_is_a_document(tmp_path):
    path = tmp_path / "mine.txt"
    path.write_bytes("\r\n\r\n".join(LINES).encode() + b"\r\n   \r\n")
    corpus = loaded("text_file", path)
    assert texts(corpus) == sorted(LINES)
    assert [len(records) for records in corpus.splits.values()] == [38, 2]
    row = corpus.splits["train"]["text"].index(LINES[3])
    assert corpus.splits["train"]["id"][row] == "mine.txt:7"


def test_a_file_of_blank_lines_is_refused(tmp_path):
    path = tmp_path / "mine.txt"
    path.write_text("\n \n\n", encoding="utf-8")
    with pytest.raises(DataError, match="the train split is empty"):
        loaded("text_file", path)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("csv", "text\n" + "\n".join(LINES)),
        ("tsv", "text\n" + "\n".join(LINES)),
        ("jsonl", "\n".join(json.dumps({"text": line}) for line in LINES)),
    ],
)
def test_each_row_of_a_table_is_a_document(tmp_path, name, content):
    path = tmp_path / f"mine.{name}"
    path.write_text(content + "\n", encoding="utf-8")
    assert texts(loaded(name, path)) == sorted(LINES)


def test_validation_may_be_a_file(tmp_path):
    for name, lines in (("train", LINES), ("held_out", ["something else"])):
        (tmp_path / f"{name}.txt").write_text("\n".join(lines), encoding="utf-8")
    corpus = loaded("text_file", tmp_path / "train.txt", validation=str(tmp_path / "held_out.txt"))
    assert corpus.splits["validation"]["text"] == ["something else"]
    assert len(corpus.splits["train"]) == 40
