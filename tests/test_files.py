"""Directories are whole or not there, whenever a signal comes. What a crash leaves: `training/test_checkpoints.py`."""

import errno
import os
import shutil
from pathlib import Path

import pytest

from seqlab import files
from seqlab.errors import RequestError, SeqlabError


def interrupting(monkeypatch, owner, name, *, first):
    """Ctrl-C during the first call for a temporary path: before it does anything, or when it has done all."""
    real, calls = getattr(owner, name), []

    def once(path, *arguments, **settings):
        if ".seqlab-tmp-" not in path.name or calls:
            return real(path, *arguments, **settings)
        calls.append(path)
        if not first:
            real(path, *arguments, **settings)
        raise KeyboardInterrupt

    monkeypatch.setattr(owner, name, once)


def fill(path):
    with files.new_directory(path) as directory:
        (directory / "file").write_text("content", encoding="utf-8")


def test_interrupted_right_after_it_was_made(tmp_path, monkeypatch):
    interrupting(monkeypatch, Path, "mkdir", first=False)
    with pytest.raises(KeyboardInterrupt):
        fill(tmp_path / "entry")
    assert list(tmp_path.iterdir()) == []
    fill(tmp_path / "entry")
    assert [path.name for path in tmp_path.iterdir()] == ["entry"]


@pytest.mark.parametrize("first", [True, False])
def test_interrupted_while_it_is_removed(tmp_path, monkeypatch, first):
    with pytest.raises(KeyboardInterrupt), files.new_directory(tmp_path / "entry") as directory:
        (directory / "file").write_text("content", encoding="utf-8")
        interrupting(monkeypatch, shutil, "rmtree", first=first)
        raise ValueError
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("number", "error", "says"),
    [
        (errno.EROFS, RequestError, "cannot write {}: Read-only file system; choose another file"),
        (errno.EACCES, RequestError, "cannot write {}: Permission denied; choose another file"),
        (errno.ENOENT, RequestError, "cannot write {}: no file can be created in {}; choose another file"),
        (errno.ENOSPC, SeqlabError, "cannot write {}: the disk is full: free some space and try again"),
    ],
)
def test_what_cannot_be_written_is_refused_and_explained(tmp_path, monkeypatch, number, error, says):
    def fail(**_):
        raise OSError(number, os.strerror(number))

    path = tmp_path / "a.csv"
    files.refuse_unwritable(path)
    assert not list(tmp_path.iterdir())
    monkeypatch.setattr(files.tempfile, "TemporaryFile", fail)
    with pytest.raises(error) as raised:
        files.refuse_unwritable(path)
    assert str(raised.value) == says.format(path, tmp_path)


@pytest.mark.skipif(not Path("/proc/self").is_dir(), reason="a folder in which the kernel creates files")
def test_a_folder_of_the_kernel_takes_no_files():
    with pytest.raises(RequestError, match=r"cannot write /proc/a\.csv: no file can be created in /proc"):
        files.refuse_unwritable(Path("/proc/a.csv"))
