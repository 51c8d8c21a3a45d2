"""Locks of a sweep that are held for a moment: whoever waits too long for one says who has it, and what to do."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from types import TracebackType
from typing import Self

from filelock import FileLock, SoftFileLock, Timeout

from seqlab.errors import SeqlabError
from seqlab.runs.lock import holder, sign

PATIENCE = 120.0
"""Seconds to wait for a lock that is held for a moment. A file server frees those of a client that is gone after 90."""
WITHOUT_LOCKS = {errno.ENOLCK, errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP}


class MomentaryLock:
    """Context manager: one process of all machines at a time. Raises SeqlabError if it cannot be had, and
    FileNotFoundError if its folder is gone."""

    def __init__(self, path: Path, *, signed: bool = True) -> None:
        """`signed`: whether the holder writes its name into the file, for those who wait."""
        self._path = path
        self._signed = signed
        self._lock = FileLock(path)

    def __enter__(self) -> Self:
        if not self._path.parent.is_dir():  # was deleted: the library would make it again
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(self._path.parent))
        try:
            self._lock.acquire(timeout=PATIENCE)
        except Timeout:
            raise SeqlabError(
                f"{self._path} has been locked for {PATIENCE:.0f} s by {holder(self._path)}: if that process works, "
                "start the same command later; if it is gone, delete this file and start the same command. No trial "
                "is lost"
            ) from None
        except OSError as error:
            if error.errno in WITHOUT_LOCKS:
                raise _without_locks(self._path) from error
            raise
        if isinstance(self._lock, SoftFileLock):  # what the library makes of it where there are no locks
            self._lock.release()
            raise _without_locks(self._path)
        if self._signed:
            sign(self._path)
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self._lock.release()


def _without_locks(path: Path) -> SeqlabError:
    return SeqlabError(
        f"the file system of {path.parent} has no locks, by which a sweep knows which of its workers are alive: choose "
        "another --runs-dir, on a local disk or on NFS 4"
    )
