"""What `data show` and `data list` tell."""

import pytest

from seqlab.data.datasets import LABELLED_TEXTS, PAIRS
from seqlab.data.datasets.catalogue import catalogue
from seqlab.data.datasets.imdb import ARCHIVE
from seqlab.data.datasets.labelled_tables import CommaSeparated
from seqlab.data.datasets.pair_tables import CommaSeparatedPairs
from seqlab.data.splits import load_splits
from seqlab.data.statistics import statistics


def test_statistics_of_a_split(write_table):
    rows = [("one two three", "a"), ("one two three", "b"), ("  ", "a"), ("word " * 100, "a")]
    test = write_table(rows, "test.csv")
    train = write_table([(f"text {n}", "ab"[n % 2]) for n in range(20)], "train.csv")
    dataset = CommaSeparated(path=str(train), test=str(test))
    found = statistics(dataset, load_splits.load(dataset))["test"]
    assert (found.rows, found.duplicates, found.contradictions, found.blank) == (4, 1, 1, 1)
    assert found.labels == {"a": 0.75, "b": 0.25}
    assert list(found.labels) == ["a", "b"]
    words = found.words["text"]
    assert (words["shortest"], words["median"], words["longest"]) == (0, 3, 100)


def test_statistics_of_pairs(write_table):
    rows = [("one two three", "uno"), ("one two three", "uno"), ("one two three", "dos"), ("four", "cuatro " * 100)]
    test = write_table(rows, "test.csv", ("source", "target"))
    train = write_table([(f"a {n}", f"b {n}") for n in range(20)], "train.csv", ("source", "target"))
    dataset = CommaSeparatedPairs(path=str(train), test=str(test))
    found = statistics(dataset, load_splits.load(dataset))["test"]
    assert (found.rows, found.duplicates, found.contradictions, found.blank) == (4, 1, 0, 0)
    assert found.labels == {}
    assert [found.words[side]["longest"] for side in ("source", "target")] == [3, 100]
    assert [found.words[side]["median"] for side in ("source", "target")] == [3, 1]


def test_the_catalogue_lists_every_dataset_and_finds_what_is_there(cache, write_archive):
    entries = {entry.name: entry for entry in catalogue()}
    pairs = [name for name in PAIRS.names if name not in LABELLED_TEXTS.names]
    assert list(entries) == [*LABELLED_TEXTS.names, "shakespeare", "text_file", *pairs]
    assert {name: entry.state for name, entry in entries.items()} == {
        "ag_news": "missing",
        "imdb": "missing",
        "synthetic": "embedded",
        "csv": "your own",
        "tsv": "your own",
        "jsonl": "your own",
        "parquet": "your own",
        "text_folder": "your own",
        "shakespeare": "missing",
        "text_file": "your own",
        "multi30k": "missing",
        "parallel_text": "your own",
        "spa_eng": "missing",
        "tweets": "missing",
    }
    assert "Maas" in entries["imdb"].citation
    assert entries["imdb"].addresses == ("https://ai.stanford.edu/~amaas/data/sentiment/aclImdb_v1.tar.gz",)
    assert all(entry.help for entry in entries.values())

    archive = write_archive({"aclImdb/README": "x"}, f"cache/datasets/imdb/{ARCHIVE}")
    found = next(entry for entry in catalogue() if entry.name == "imdb")
    assert (found.state, found.paths, found.size) == ("found", (str(archive),), archive.stat().st_size)


@pytest.mark.real_data
def test_the_catalogue_finds_the_real_imdb(real_data):
    found = next(entry for entry in catalogue() if entry.name == "imdb")
    assert (found.state, found.paths) == ("found", (str(real_data / "imdb" / ARCHIVE),))
