"""Bytes and arrays in memory and in a file: the same content, read at any place, gone when nothing refers to it."""

import multiprocessing
import os
import pathlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqlab.data import spool
from seqlab.data.spool import ArrayWriter, Spool, portions, release
from seqlab.errors import SeqlabError


@pytest.fixture(params=[0, 2**24], ids=["file", "memory"])
def kept(request, monkeypatch, tmp_path):
    monkeypatch.setattr(spool, "IN_MEMORY", request.param)
    monkeypatch.setenv("SEQLAB_CACHE_DIR", str(tmp_path))


def open_files():
    return len(list(pathlib.Path("/dev/fd").iterdir())) if pathlib.Path("/dev/fd").is_dir() else 0


def filled(*parts):
    found = Spool()
    for part in parts:
        found.append(part)
    return found


def test_what_is_appended_is_read_at_any_place(kept):
    found = filled(b"abc", b"", b"defgh")
    assert (found.size, found.read(0, 8), found.read(2, 5), found.read(8, 8)) == (8, b"abcdefgh", b"cde", b"")
    found.append(b"ij")
    assert found.read(7, 10) == b"hij"


@given(st.lists(st.lists(st.integers(-(2**31), 2**31 - 1), max_size=5), max_size=5), st.booleans())
def test_an_array_is_that_of_all_portions(parts, in_file):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(spool, "IN_MEMORY", 0 if in_file else 2**24)
        writer = ArrayWriter(np.int32)
        for part in parts:
            writer.append(np.array(part, np.int64))
        found = writer.finish()
    assert (found.dtype, found.tolist()) == (np.int32, [value for part in parts for value in part])


def test_texts_of_fixed_width_keep_their_bytes(kept):
    writer = ArrayWriter("S4")
    writer.append(np.array([b"ab\0d", b"abcd"], "S4"))
    assert writer.finish().tolist() == [b"ab\0d", b"abcd"]


def test_portions_are_the_whole_and_can_be_read_again(kept):
    writer = ArrayWriter(np.int64)
    writer.append(np.arange(10_000))
    array = writer.finish()
    assert [len(part) for part in portions(array, 3_000)] == [3_000, 3_000, 3_000, 1_000]
    assert np.concatenate(list(portions(array, 7))).tolist() == list(range(10_000))
    release(array)
    assert array[9_999] == 9_999, "what was given back is read again"
    release(np.arange(3))


def test_a_file_has_no_name_and_is_closed(monkeypatch, tmp_path):
    monkeypatch.setattr(spool, "IN_MEMORY", 0)
    monkeypatch.setenv("SEQLAB_CACHE_DIR", str(tmp_path))
    before = open_files()
    found = filled(b"text")
    assert found.read(0, 4) == b"text"
    if os.name == "posix":
        assert [path for path in tmp_path.rglob("*") if path.is_file()] == []
    del found
    assert open_files() == before


@pytest.mark.skipif("fork" not in multiprocessing.get_all_start_methods(), reason="no fork on this platform")
def test_a_forked_process_reads_it_without_moving_the_place_of_the_other(monkeypatch, tmp_path):
    monkeypatch.setattr(spool, "IN_MEMORY", 0)
    monkeypatch.setenv("SEQLAB_CACHE_DIR", str(tmp_path))
    found = filled(b"0123456789")
    child = os.fork()
    if not child:
        os._exit(0 if [found.read(start, start + 2) for start in (0, 4, 8)] == [b"01", b"45", b"89"] else 1)
    assert found.read(2, 6) == b"2345"
    assert os.waitpid(child, 0)[1] == 0


def test_a_full_disk_is_an_error_with_a_way_out(monkeypatch, tmp_path):
    monkeypatch.setattr(spool, "IN_MEMORY", 0)
    monkeypatch.setenv("SEQLAB_CACHE_DIR", str(tmp_path))
    monkeypatch.setattr(spool, "_unnamed_file", lambda: pathlib.Path("/dev/full").open("wb"))  # noqa: SIM115
    if not pathlib.Path("/dev/full").exists():
        pytest.skip("no /dev/full")
    with pytest.raises(SeqlabError, match=r"temporary.*No space left.*SEQLAB_CACHE_DIR"):
        filled(b"x" * 2**20).read(0, 1)


@pytest.mark.parametrize("in_memory", [0, spool.IN_MEMORY])
def test_zeros_to_write_into_keep_what_was_written(tmp_path, monkeypatch, in_memory):
    monkeypatch.setenv("SEQLAB_CACHE_DIR", str(tmp_path))
    monkeypatch.setattr(spool, "IN_MEMORY", in_memory)
    array = spool.zeros((4, 3), np.dtype(np.float64))
    assert not array.any()
    array[2, 1] = 7
    spool.release(array)
    assert (array.sum(), array[2, 1], array.shape) == (7, 7, (4, 3))
