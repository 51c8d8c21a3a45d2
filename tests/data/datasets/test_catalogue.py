"""The list of datasets and the state of their files."""

from seqlab.data.datasets import LABELLED_TEXTS, TEXTS
from seqlab.data.datasets.catalogue import catalogue, first_of_each_name


def test_each_name_is_listed_once_with_its_first_dataset():
    listed = first_of_each_name([LABELLED_TEXTS, TEXTS])
    names = [part.component_name() for part in listed]
    assert len(names) == len(set(names))
    assert set(names) == {*LABELLED_TEXTS.names, *TEXTS.names}
    assert listed[names.index("imdb")] is LABELLED_TEXTS["imdb"]


def test_states_on_a_machine_without_data(cache):
    states = {entry.name: entry.state for entry in catalogue([LABELLED_TEXTS])}
    assert (states["synthetic"], states["imdb"], states["csv"]) == ("embedded", "missing", "your own")


def test_a_file_that_is_there_has_its_path_and_size(write_archive, tmp_path, cache, monkeypatch):
    path = write_archive({"aclImdb/train/pos/0_9.txt": "good"}, "data/imdb/aclImdb_v1.tar.gz")
    monkeypatch.setenv("SEQLAB_DATA_DIR", str(tmp_path / "data"))
    (entry,) = (entry for entry in catalogue([LABELLED_TEXTS]) if entry.name == "imdb")
    assert (entry.state, entry.paths, entry.size) == ("found", (str(path),), path.stat().st_size)
    assert all(address.startswith("https://") for address in entry.addresses)
