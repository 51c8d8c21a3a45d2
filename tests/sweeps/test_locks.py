"""Locks that cannot be had: who has them, and what to do; file systems that have none."""

import errno
import os
import platform

import pytest
from filelock import FileLock
from small_sweeps import written

from seqlab.errors import SeqlabError
from seqlab.sweeps import locks
from seqlab.sweeps.locks import MomentaryLock
from seqlab.sweeps.opened import open_sweep

pytestmark = pytest.mark.skipif(os.name != "posix", reason="Windows locks files otherwise")


def test_a_lock_that_stays_held_is_named_with_its_holder_and_the_way_out(tmp_path, monkeypatch):
    monkeypatch.setattr(locks, "PATIENCE", 0.1)
    path = tmp_path / "sweep.lock"
    said = rf"sweep\.lock has been locked for 0 s by process {os.getpid()} on {platform.node()}: .* delete this file"
    with MomentaryLock(path), pytest.raises(SeqlabError, match=said):
        MomentaryLock(path).__enter__()
    with MomentaryLock(path):
        pass


@pytest.mark.usefixtures("formula")
def test_a_sweep_whose_lock_is_stale_says_so_and_loses_nothing(tmp_path, monkeypatch):
    opened = open_sweep(written(tmp_path), tmp_path / "runs")
    monkeypatch.setattr(locks, "PATIENCE", 0.1)
    for path in (opened.directory.path / "sweep.lock", tmp_path / "runs" / ".sweeps.lock"):
        stale = FileLock(path)
        stale.acquire()
        with pytest.raises(SeqlabError, match=rf"{path.name} has been locked .* No trial is lost"):
            open_sweep(written(tmp_path), tmp_path / "runs")
        stale.release()
    assert open_sweep(written(tmp_path), tmp_path / "runs").directory == opened.directory


@pytest.mark.parametrize("number", [errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP])
def test_a_file_system_without_locks_is_refused(tmp_path, monkeypatch, number):
    def flock(*_):
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr("fcntl.flock", flock)
    monkeypatch.setattr("warnings.warn", lambda *_, **__: None)
    with pytest.raises(SeqlabError, match=r"has no locks, by which a sweep knows .*: choose another --runs-dir"):
        MomentaryLock(tmp_path / "sweep.lock").__enter__()


def test_other_errors_stay_what_they_are(tmp_path, monkeypatch):
    def flock(*_):
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr("fcntl.flock", flock)
    with pytest.raises(OSError, match="Input/output error"):
        MomentaryLock(tmp_path / "sweep.lock").__enter__()
