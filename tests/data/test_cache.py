"""Entries of the cache: one per set of inputs, whole or not there, verified."""

import errno

import pytest

from seqlab import files
from seqlab.data import cache


@pytest.fixture
def entry(tmp_path, monkeypatch):
    monkeypatch.setenv("SEQLAB_CACHE_DIR", str(tmp_path))
    return cache.entry_for({"data": "imdb", "size": 3})


def fill(entry):
    with cache.locked(entry), cache.new_entry(entry) as directory:
        (directory / "a").write_bytes(b"first")
        (directory / "deeper").mkdir()
        (directory / "deeper" / "b").write_bytes(b"second")


def test_the_key_depends_on_every_value_and_not_on_the_order(entry, tmp_path):
    assert entry.is_relative_to(tmp_path)
    assert cache.entry_for({"size": 3, "data": "imdb"}) == entry
    others = [{"data": "imdb", "size": 4}, {"data": "imdb", "size": "3"}, {"data": "imdb"}, {"data": "imdb", "siz": 3}]
    assert len({entry, *map(cache.entry_for, others)}) == 5


def test_an_entry_appears_whole(entry):
    with pytest.raises(RuntimeError), cache.locked(entry), cache.new_entry(entry) as directory:
        (directory / "a").write_bytes(b"first")
        assert not entry.exists()
        raise RuntimeError
    assert not entry.exists()
    fill(entry)
    assert {path.name for path in entry.iterdir()} == {"a", "deeper", cache.CHECKSUMS}
    assert cache.damage(entry) == ""


@pytest.mark.parametrize("name", ["a", "deeper/b", cache.CHECKSUMS])
@pytest.mark.parametrize("harm", [lambda path: path.write_bytes(b"x"), lambda path: path.unlink()])
def test_damage_is_found_and_named(entry, name, harm):
    fill(entry)
    harm(entry / name)
    assert f"are damaged ({name}" in cache.damage(entry)


def test_what_cannot_be_read_now_is_not_damaged(entry, monkeypatch):
    fill(entry)

    def too_many_open_files(*_):
        raise OSError(errno.EMFILE, "Too many open files")

    monkeypatch.setattr(files, "sha256_of_file", too_many_open_files)
    with pytest.raises(OSError, match="Too many open files"):
        cache.damage(entry)


def test_leftovers_of_a_killed_process_are_removed(entry):
    leftover = entry.with_name(f"{entry.name}.seqlab-tmp-1")
    leftover.mkdir(parents=True)
    fill(entry)
    assert not leftover.exists()
