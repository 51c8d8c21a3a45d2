"""Files that cannot be written are refused before the work, with the reason."""

import errno
import os
from pathlib import Path

import pytest

from seqlab import runs
from seqlab.errors import RequestError, SeqlabError
from seqlab.reports import output_file
from seqlab.reports.output_file import refuse_unwritable


@pytest.mark.parametrize(
    ("number", "error", "says"),
    [
        (errno.EROFS, RequestError, "cannot write {}: Read-only file system; choose another file"),
        (errno.EACCES, RequestError, "cannot write {}: Permission denied; choose another file"),
        (errno.ENOENT, RequestError, "cannot write {}: no file can be created in {}; choose another file"),
        (
            errno.EFBIG,
            SeqlabError,
            "cannot write {}: a file may not grow that large: raise the limit for files (ulimit -f)",
        ),
        (errno.ENOSPC, SeqlabError, "cannot write {}: the disk is full: free some space and try again"),
    ],
)
def test_what_cannot_be_written_is_refused_and_explained(tmp_path, monkeypatch, number, error, says):
    def fail(**_):
        raise OSError(number, os.strerror(number))

    path = tmp_path / "a.csv"
    refuse_unwritable(path)
    assert not list(tmp_path.iterdir())
    monkeypatch.setattr(output_file.tempfile, "TemporaryFile", fail)
    with pytest.raises(error) as raised:
        refuse_unwritable(path)
    assert str(raised.value) == says.format(path, tmp_path)


@pytest.mark.skipif(not Path("/proc/self").is_dir(), reason="a folder in which the kernel creates files")
def test_a_folder_of_the_kernel_takes_no_files():
    with pytest.raises(RequestError, match=r"cannot write /proc/a\.csv: no file can be created in /proc"):
        refuse_unwritable(Path("/proc/a.csv"))


def test_the_file_that_is_read_is_not_written(tmp_path):
    (tmp_path / "a.csv").touch()
    (tmp_path / "b.csv").symlink_to("a.csv")
    refuse_unwritable(tmp_path / "a.csv", read=tmp_path / "none.csv")
    refuse_unwritable(tmp_path / "new.csv", read=tmp_path / "a.csv")
    for name in ("a.csv", "b.csv"):
        with pytest.raises(RequestError, match=f"{name} is the file that is read"):
            refuse_unwritable(tmp_path / name, read=tmp_path / "a.csv")


@pytest.mark.parametrize("name", ["predictions/test.jsonl", "predictions/new.jsonl", "metrics.jsonl", "plots/own.png"])
def test_the_files_of_a_run_are_its_own(tmp_path, name):
    run = runs.create(tmp_path / "runs", "a", {})
    for folder in ("predictions", "plots", "notes"):
        (run.directory / folder).mkdir()
    with pytest.raises(RequestError, match=f"{name} is a file of run {run.id}"):
        refuse_unwritable(run.directory / name)
    refuse_unwritable(run.directory / "notes" / "test.jsonl")
    run.metadata_file.write_text("{}", encoding="utf-8")
    refuse_unwritable(run.directory / name)


def test_a_missing_folder_is_refused_where_it_cannot_be_made(tmp_path, monkeypatch):
    """Before the work: in the nearest folder that there is, a file is tried."""

    def fail(**given):
        assert given == {"dir": tmp_path}
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    monkeypatch.setattr(output_file.tempfile, "TemporaryFile", fail)
    path = tmp_path / "new" / "newer" / "a.png"
    with pytest.raises(RequestError) as raised:
        refuse_unwritable(path, makes_folder=True)
    assert str(raised.value) == f"cannot write {path}: Permission denied; choose another file"


def test_a_missing_folder_is_made_or_refused(tmp_path):
    refuse_unwritable(tmp_path / "none" / "a.png", makes_folder=True)
    with pytest.raises(RequestError, match="none does not exist"):
        refuse_unwritable(tmp_path / "none" / "a.png")
    (tmp_path / "file").touch()
    with pytest.raises(RequestError, match="file does not exist"):
        refuse_unwritable(tmp_path / "file" / "a.png", makes_folder=True)


def test_a_link_to_itself_leads_nowhere_and_one_to_no_file_to_a_new_one(tmp_path):
    (tmp_path / "loop.csv").symlink_to("loop.csv")
    with pytest.raises(RequestError, match=r"cannot write .*loop\.csv: Too many levels of symbolic links"):
        refuse_unwritable(tmp_path / "loop.csv")
    (tmp_path / "new.csv").symlink_to("none.csv")
    refuse_unwritable(tmp_path / "new.csv")
