"""Tweets with labels and as documents."""

import os
from pathlib import Path

import pytest

from seqlab.data.datasets import DOCUMENTS, LABELLED_TEXTS
from seqlab.data.splits.load_splits import load
from seqlab.errors import DataError, RequestError


@pytest.fixture
def published(tmp_path):
    """A small file as the published one: quoted where a tweet has a comma."""
    path = tmp_path / "train_tweet.csv"
    rows = [f'{number},{int(number % 4 == 0)}," @user tweet, no {number}  #tag"' for number in range(40)]
    path.write_text("\n".join(["id,label,tweet", *rows]) + "\n", encoding="utf-8")
    return path


def test_labels_have_names(published):
    corpus = load(LABELLED_TEXTS.read({"name": "tweets", "path": str(published)}))
    labels = [label for records in corpus.splits.values() for label in records["label"]]
    assert (labels.count("harmless"), labels.count("hateful")) == (30, 10)
    assert corpus.splits.keys() == {"train", "validation", "test"}
    assert "train_tweet.csv has 40 of the 31,962 published rows" in corpus.notes[0]
    assert " @user tweet, no 8  #tag" in corpus.splits["train"]["text"] + corpus.splits["test"]["text"]


def test_documents_have_none(published):
    corpus = load(DOCUMENTS.read({"name": "tweets", "path": str(published.parent)}))
    assert [len(records) for records in corpus.splits.values()] == [38, 2]
    assert corpus.splits["train"].columns.keys() == {"text", "id"}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("id,label,tweet\n1,2,a tweet\n", "there is no class '2'"),
        ("id,label,text\n1,0,a tweet\n", "get train_tweet.csv from https"),
        ("id,label,tweet\n", "has a header and no rows"),
    ],
)
def test_another_file_is_refused(tmp_path, content, message):
    path = tmp_path / "train_tweet.csv"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(DataError, match=message):
        load(LABELLED_TEXTS.read({"name": "tweets", "path": str(path)}))


def test_where_to_get_it_is_said(tmp_path, monkeypatch, cache):
    monkeypatch.setenv("SEQLAB_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("SEQLAB_OFFLINE", "1")
    with pytest.raises(RequestError, match=r"get train_tweet\.csv \(3,103,165 bytes\) from https"):
        load(DOCUMENTS.read("tweets"))


@pytest.mark.skipif("SEQLAB_DATA_DIR" not in os.environ, reason="needs the published file")
def test_the_published_file():
    if not (Path(os.environ["SEQLAB_DATA_DIR"]) / "tweets" / "train_tweet.csv").is_file():
        pytest.skip("the published file is not here")
    corpus = load(LABELLED_TEXTS.read("tweets"))
    labels = [label for records in corpus.splits.values() for label in records["label"]]
    assert (len(labels), labels.count("hateful")) == (31_962, 2_242)
    assert [source.official for source in corpus.sources] == [True]
