"""What all datasets of documents have in common: two splits, by content."""

import pytest
from pydantic import ValidationError

from seqlab.data.datasets import DOCUMENTS, LABELLED_TEXTS
from seqlab.data.splits.load_splits import load


@pytest.mark.parametrize("dataset", list(DOCUMENTS), ids=DOCUMENTS.names)
def test_none_has_a_test_split(dataset):
    needed = {"path": "here"} if dataset.model_fields["path"].is_required() else {}
    made = DOCUMENTS.read({"name": dataset.component_name(), **needed})
    assert made.splits == ("train", "validation")
    assert made.test is None
    with pytest.raises(ValidationError, match="does not have this option"):
        DOCUMENTS.read({"name": dataset.component_name(), **needed, "test": 0.1})


def test_documents_are_cut_by_content(tmp_path):
    """Neither the order of lines nor lines that are added move a document; equal ones are on one side."""
    lines = [f"line {number % 150}" for number in range(200)]
    held_out = []
    for name, content in (("a", lines), ("b", lines[::-1]), ("c", [*lines, "one more"])):
        path = tmp_path / f"{name}.txt"
        path.write_text("\n".join(content), encoding="utf-8")
        corpus = load(DOCUMENTS.read({"name": "text_file", "path": str(path), "validation": 0.2}))
        held_out.append(set(corpus.splits["validation"]["text"]))
        assert not held_out[-1] & set(corpus.splits["train"]["text"])
    assert held_out[0] == held_out[1]
    assert len(held_out[0]) == 30
    assert len(held_out[0] ^ held_out[2]) <= 2


REVIEWS = {
    f"aclImdb/{split}/{label}/{number}_{number}.txt": f"{split} {label} {number}"
    for split in ("train", "test")
    for label in ("pos", "neg")
    for number in range(10)
}


def test_reviews_are_documents_without_labels(write_archive, cache):
    unlabelled = {f"aclImdb/train/unsup/{number}_0.txt": f"unsup {number}" for number in range(20)}
    path = write_archive(REVIEWS | unlabelled, "aclImdb_v1.tar.gz")
    for more, count in ((False, 20), (True, 40)):
        data = DOCUMENTS.read({"name": "imdb", "path": str(path), "unlabelled": more, "validation": 0.1})
        corpus = load(data)
        assert [len(records) for records in corpus.splits.values()] == [count - count // 10, count // 10]
        assert not [text for records in corpus.splits.values() for text in records["text"] if "test" in text]
        assert "label" not in corpus.splits["train"].columns


def test_labels_are_those_of_a_classifiers_training_reviews(write_archive, cache):
    """A held-out review that is also unlabelled is in training then, without its label."""
    path = str(write_archive(REVIEWS))
    classified = load(LABELLED_TEXTS.read({"name": "imdb", "path": path})).splits
    twice = classified["validation"]["text"][0]
    path = str(write_archive(REVIEWS | {"aclImdb/train/unsup/0_0.txt": twice, "aclImdb/train/unsup/1_0.txt": "new"}))
    given = {"name": "imdb", "path": path, "labels": True, "unlabelled": True, "validation": 0.2}
    documents = load(DOCUMENTS.read(given)).splits
    known = dict(zip(documents["train"]["text"], documents["train"]["class"], strict=True))
    expected = dict(zip(classified["train"]["text"], classified["train"]["label"], strict=True))
    assert known == expected | {twice: "", "new": ""}
    assert set(documents["validation"]["text"]) == {*classified["validation"]["text"]} - {twice}
    assert not any(documents["validation"]["class"])
