"""Where files are looked for, what the error says when they are nowhere, and what is recorded of those found."""

import hashlib
from pathlib import Path

import pytest

from seqlab.data.datasets.imdb import ARCHIVE, Imdb
from seqlab.data.sources import locations
from seqlab.data.sources.locations import PublishedFile
from seqlab.errors import DataError, RequestError

REVIEWS = {f"aclImdb/{split}/{kind}/0_1.txt": kind for split in ("train", "test") for kind in ("neg", "pos")}


def test_the_shelf_comes_before_the_cache(cache, monkeypatch, write_archive, tmp_path):
    cached = write_archive(REVIEWS, f"cache/datasets/imdb/{ARCHIVE}")
    assert Imdb().find() == (cached,)
    on_shelf = write_archive(REVIEWS, f"shelf/imdb/{ARCHIVE}")
    monkeypatch.setenv("SEQLAB_DATA_DIR", str(tmp_path / "shelf"))
    assert Imdb().find() == (on_shelf,)
    on_shelf.unlink()
    assert Imdb().find() == (cached,), "a registry without this dataset does not hide the cache"


def test_a_given_path_is_the_only_place(cache, write_archive, tmp_path):
    write_archive(REVIEWS, f"cache/datasets/imdb/{ARCHIVE}")
    with pytest.raises(RequestError, match="elsewhere"):
        Imdb(path=str(tmp_path / "elsewhere")).find()
    mine = write_archive(REVIEWS, "mine/other-name.tar.gz")
    assert Imdb(path=str(mine)).find() == (mine,)
    beside = write_archive(REVIEWS, f"folder/{ARCHIVE}")
    assert Imdb(path=str(tmp_path / "folder")).find() == (beside,)


def test_missing_files_are_named_with_their_folder(cache, monkeypatch, tmp_path):
    with pytest.raises(RequestError) as without_shelf:
        Imdb().find()
    assert str(cache / "datasets" / "imdb" / ARCHIVE) in str(without_shelf.value)
    monkeypatch.setenv("SEQLAB_DATA_DIR", str(tmp_path / "shelf"))
    monkeypatch.setenv("SEQLAB_OFFLINE", "1")
    with pytest.raises(RequestError) as failure:
        Imdb().find()
    message = str(failure.value)
    for part in (
        "'imdb'",
        str(tmp_path / "shelf" / "imdb"),
        str(cache / "datasets" / "imdb"),
        "aclImdb/",
        "84,125,825 bytes",
        "https://ai.stanford.edu/~amaas/data/sentiment/aclImdb_v1.tar.gz",
        f"put it at {tmp_path / 'shelf' / 'imdb' / ARCHIVE}",
        "SEQLAB_OFFLINE",
    ):
        assert part in message


@pytest.mark.parametrize(("value", "expected"), [("1", True), ("true", True), ("0", False), ("", False)])
def test_offline(value, expected, monkeypatch):
    monkeypatch.setenv("SEQLAB_OFFLINE", value)
    assert locations.offline() is expected


def test_the_cache_is_the_platforms_unless_chosen(monkeypatch, tmp_path):
    monkeypatch.delenv("SEQLAB_CACHE_DIR", raising=False)
    assert locations.cache_directory().name == "seqlab"
    monkeypatch.setenv("SEQLAB_CACHE_DIR", str(tmp_path / "mine"))
    assert locations.cache_directory() == tmp_path / "mine"


def test_official_is_what_has_the_published_bytes(tmp_path):
    path = tmp_path / "a.txt"
    path.write_bytes(b"hello")
    sha256, md5 = hashlib.sha256(b"hello").hexdigest(), hashlib.md5(b"hello").hexdigest()

    def official(**published):
        return locations.file_source(path, [PublishedFile("a.txt", "https://example.org/a.txt", **published)]).official

    assert official(size=5, sha256=sha256) is True
    assert official(md5=md5) is True
    assert official(size=6, sha256=sha256) is False
    assert official(size=5, md5="0" * 32) is False
    assert official(size=5) is None, "an equal size alone proves nothing"
    assert official(size=6) is False, "another size does"
    found = locations.file_source(path)
    assert (found.official, found.size, found.sha256) == (None, 5, sha256)


def test_a_folder_is_identified_by_names_and_contents(write_tree):
    one, two, renamed = (
        write_tree(tree, name)
        for name, tree in (
            ("one", {"a/1.txt": "x", "b/2.txt": "y"}),
            ("two", {"b/2.txt": "y", "a/1.txt": "x"}),
            ("renamed", {"a/1.txt": "x", "b/3.txt": "y"}),
        )
    )
    digests = [locations.directory_source(folder, folder.rglob("*.txt")).sha256 for folder in (one, two, renamed)]
    assert digests[0] == digests[1] != digests[2]


def test_missing_and_unreadable_files(tmp_path, monkeypatch):
    with pytest.raises(RequestError, match=r"there is no file .*nowhere\.csv"):
        locations.file_source(tmp_path / "nowhere.csv")
    with pytest.raises(RequestError, match="is a directory"):
        locations.file_source(tmp_path)

    def refuse(*_, **__):
        raise PermissionError(13, "Permission denied")

    path = tmp_path / "secret.csv"
    path.write_text("text,label\n", encoding="utf-8")
    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(DataError, match=r"secret\.csv cannot be read: Permission denied"):
        locations.file_source(path)


@pytest.mark.parametrize("put_back", [False, True])
@pytest.mark.parametrize("kind", ["file", "member of a folder"])
def test_a_source_that_changed_since_it_was_hashed_is_refused(tmp_path, kind, put_back):
    """Also one that has its old content again: what was read in between was another one."""
    path = tmp_path / "folder" / "data"
    path.parent.mkdir()
    path.write_text("first", encoding="utf-8")
    sources = {
        "file": locations.file_source(path),
        "member of a folder": locations.directory_source(path.parent, [path]),
    }
    source = sources[kind]
    locations.refuse_changed([source])
    original = path.rename(tmp_path / "original")
    path.write_text("other", encoding="utf-8")
    if put_back:
        path.unlink()
        original.rename(path)
    with pytest.raises(DataError, match="changed while it was read"):
        locations.refuse_changed([source])
