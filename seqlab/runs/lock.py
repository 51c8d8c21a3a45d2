"""One writer per run: an operating-system lock that is released when its process ends, even after a crash."""

from __future__ import annotations

import contextlib
import json
import os
import platform
from collections.abc import Iterator
from pathlib import Path

from filelock import FileLock, Timeout

from seqlab import files
from seqlab.errors import SeqlabError

TIMEOUT = 0.5
"""Seconds to wait for a lock. `is_held` holds it for a moment, which must not turn a writer away."""


@contextlib.contextmanager
def hold(path: Path) -> Iterator[None]:
    """Hold the lock at `path` while the block runs. Raises SeqlabError naming the process that holds it."""
    holder = _holder(path)
    files.unshare(path)  # taking the lock truncates the file, which may have other names (hard links) outside the run
    lock = FileLock(path)
    try:
        lock.acquire(timeout=TIMEOUT, poll_interval=0.05)
    except Timeout:
        raise SeqlabError(
            f"run {path.parent.name} is locked by {holder}: wait until it finishes, or stop that process"
        ) from None
    try:
        _sign(path)
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


def _sign(path: Path) -> None:
    """Write process id and host into the lock file. Best effort: Windows does not allow writing to a locked file."""
    with contextlib.suppress(OSError):
        path.write_text(json.dumps({"pid": os.getpid(), "host": platform.node()}) + "\n", encoding="utf-8")


def _holder(path: Path) -> str:
    """`process 4711 on gauss`, as recorded by the last holder."""
    try:
        signature = files.read_json(path)
        return f"process {signature['pid']} on {signature['host']}"
    except (OSError, ValueError, KeyError, TypeError):
        return "another process"
