"""One writer per run: an operating-system lock that is released when its process ends, even after a crash."""

from __future__ import annotations

import contextlib
import json
import os
import platform
import time
from collections.abc import Iterator
from pathlib import Path

from filelock import FileLock, Timeout

from seqlab import files
from seqlab.errors import SeqlabError

FILE = "run.lock"
TIMEOUT = 0.5
"""Seconds to wait for a lock. `is_held` holds it for a moment, which must not turn a writer away."""
LEFTOVER_AGE = 86_400.0
"""Seconds after which a temporary folder is a leftover, if no lock in it tells whether its process has died."""


@contextlib.contextmanager
def hold(path: Path) -> Iterator[None]:
    """Hold the lock at `path` while the block runs. Raises SeqlabError naming the process that holds it."""
    found = holder(path)
    files.unshare(path)  # taking the lock truncates the file, which may have other names (hard links) outside the run
    lock = FileLock(path)
    try:
        lock.acquire(timeout=TIMEOUT, poll_interval=0.05)
    except Timeout:
        raise SeqlabError(
            f"run {path.parent.name} is locked by {found}: wait until it finishes, or stop that process"
        ) from None
    try:
        sign(path)
        yield
    finally:
        lock.release()


def is_held(path: Path) -> bool:
    """Whether a live process holds the lock. True if that cannot be determined (another user's folder)."""
    try:
        status = path.lstat()
        if files.why_not_regular(status) or status.st_nlink > 1:
            return False  # no process of seqlab made it; opening a FIFO would wait
        with FileLock(path).acquire(timeout=0):
            return False
    except FileNotFoundError:
        return False
    except (Timeout, OSError):
        return True


def is_abandoned(folder: Path) -> bool:
    """Whether the process that fills a temporary folder has died: by the lock in it, or by its age.

    The lock tells it if a process of this machine signed it that is gone. One of another machine, and one that has not
    signed yet, may be alive.
    """
    try:
        if folder.is_symlink() or not folder.is_dir():
            return False
        is_old = folder.stat().st_mtime < time.time() - LEFTOVER_AGE
    except OSError:
        return False
    pid = _pid_here(folder / FILE)
    return (is_old or (pid is not None and not _is_alive(pid))) and not is_held(folder / FILE)


def _pid_here(path: Path) -> int | None:
    """The process that signed a lock; None if there is none, or if it was one of another machine."""
    try:
        signature = files.read_json(path)
        pid, host = signature["pid"], signature["host"]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return pid if host == platform.node() and type(pid) is int and 0 < pid < 1 << 31 else None


def _is_alive(pid: int) -> bool:
    if os.name != "posix":  # on Windows, the call ends the process
        return True
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:  # of another user
        return True
    return True


def sign(path: Path) -> None:
    """Write process id and host into the lock file. Best effort: Windows does not allow writing to a locked file."""
    with contextlib.suppress(OSError):
        path.write_text(json.dumps({"pid": os.getpid(), "host": platform.node()}) + "\n", encoding="utf-8")


def holder(path: Path) -> str:
    """`process 4711 on gauss`, as recorded by the last holder."""
    try:
        signature = files.read_json(path)
        return f"process {signature['pid']} on {signature['host']}"
    except (OSError, ValueError, KeyError, TypeError):
        return "another process"
