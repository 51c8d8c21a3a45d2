"""Files that cannot be written are refused before the work, with the reason."""

import errno
import os
from pathlib import Path

import pytest

from seqlab.errors import RequestError, SeqlabError
from seqlab.reports import output_file
from seqlab.reports.output_file import refuse_unwritable


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
