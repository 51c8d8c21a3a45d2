"""One writer per run: a lock of the operating system that dies with its process; a crash leaves nothing to clean."""

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

PATIENCE = 0.5
"""Seconds to wait for a lock: `is_held` takes it for a moment, and that must not turn a writer away."""


@contextlib.contextmanager
def hold(path: Path) -> Iterator[None]:
    """Hold the lock at `path` while the block runs. Raises SeqlabError that says who else holds it."""
    holder = _holder(path)
    lock = FileLock(path)
    try:
        lock.acquire(timeout=PATIENCE, poll_interval=0.05)
    except Timeout:
        raise SeqlabError(
            f"run {path.parent.name} is being written by {holder}: wait until it is done, or stop that process"
        ) from None
    try:
        _sign(path)
        yield
    finally:
        lock.release()


def is_held(path: Path) -> bool:
    """Whether a living process holds the lock. Where that cannot be found out (a folder of another user), yes."""
    if not path.exists():
        return False
    try:
        with FileLock(path).acquire(timeout=0):
            return False
    except (Timeout, OSError):
        return True


def _sign(path: Path) -> None:
    """Say in the lock file who holds it. For people only: on Windows a locked file cannot be written by its path."""
    with contextlib.suppress(OSError):
        path.write_text(json.dumps({"pid": os.getpid(), "host": platform.node()}) + "\n", encoding="utf-8")


def _holder(path: Path) -> str:
    """`process 4711 on gauss`, as the last holder signed."""
    try:
        signature = files.read_json(path)
        return f"process {signature['pid']} on {signature['host']}"
    except (OSError, ValueError, KeyError, TypeError):
        return "another process"
