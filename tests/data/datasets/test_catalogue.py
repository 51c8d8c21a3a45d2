"""The list of datasets and the state of their files."""

import pytest

from seqlab.data.datasets import LABELLED_TEXTS, PAIRS, TEXTS
from seqlab.data.datasets.catalogue import catalogue, first_of_each_name
from seqlab.data.datasets.imdb import ARCHIVE


def test_each_name_is_listed_once_with_its_first_dataset():
    listed = first_of_each_name([LABELLED_TEXTS, TEXTS])
    names = [part.component_name() for part in listed]
    assert len(names) == len(set(names))
    assert set(names) == {*LABELLED_TEXTS.names, *TEXTS.names}
    assert listed[names.index("imdb")] is LABELLED_TEXTS["imdb"]


def test_states_on_a_machine_without_data(cache):
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


def test_a_file_that_is_there_has_its_path_and_size(write_archive, tmp_path, cache, monkeypatch):
    path = write_archive({"aclImdb/train/pos/0_9.txt": "good"}, "data/imdb/aclImdb_v1.tar.gz")
    monkeypatch.setenv("SEQLAB_DATA_DIR", str(tmp_path / "data"))
    (entry,) = (entry for entry in catalogue([LABELLED_TEXTS]) if entry.name == "imdb")
    assert (entry.state, entry.paths, entry.size) == ("found", (str(path),), path.stat().st_size)
    assert all(address.startswith("https://") for address in entry.addresses)


@pytest.mark.real_data
def test_the_real_imdb_is_found(real_data):
    (found,) = (entry for entry in catalogue() if entry.name == "imdb")
    assert (found.state, found.paths) == ("found", (str(real_data / "imdb" / ARCHIVE),))
