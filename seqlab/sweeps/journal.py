"""The journal of a study: a lock that dies with its process, and the repair of a line that a crash tore.

Optuna appends a line of JSON per event, takes a lock file over after 30 seconds, and cannot read a journal again in
which a torn line is followed by another (optuna#5138).
"""

from __future__ import annotations

import errno
import json
import os
from pathlib import Path
from typing import BinaryIO

from seqlab.errors import SeqlabError
from seqlab.sweeps.locks import MomentaryLock


class JournalLock:
    """What Optuna's `JournalFileBackend` locks with before it appends. Whoever has the lock repairs the end first."""

    def __init__(self, journal: Path) -> None:
        self._journal = journal
        self._lock = MomentaryLock(journal.with_name(f"{journal.name}.lock"), signed=False)
        self.exists = False
        """Whether the journal was begun: then one that is not there was deleted, and must not be begun again."""

    def acquire(self) -> bool:
        """Raises FileNotFoundError if the journal was deleted meanwhile: what follows a beginning that is gone would be
        another study."""
        self._lock.__enter__()
        if self.exists and not self._journal.exists():
            self.release()
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(self._journal))
        repair(self._journal)
        return True

    def release(self) -> None:
        self._lock.__exit__()


def repair(journal: Path) -> bool:
    """Cut a torn last line off. The caller has the lock, so that nobody writes it now. Whether there was one."""
    if not journal.exists():
        return False
    with journal.open("r+b") as file:
        size = file.seek(0, os.SEEK_END)
        start = _start_of_last_line(file, size)
        file.seek(start)
        line = file.read()
        if not line or (line.endswith(b"\n") and _is_event(line)):
            return False
        file.truncate(start)
        file.flush()
        os.fsync(file.fileno())
    return True


def refuse_damage(journal: Path) -> None:
    """Raises SeqlabError that names the first line that cannot be read. The last one is `repair`'s."""
    if not journal.exists():
        return
    for number, line in enumerate(journal.read_bytes().split(b"\n")[:-1], 1):
        if not _is_event(line):
            raise SeqlabError(
                f"line {number} of {journal} is damaged: restore the file from a copy, or delete the sweep's directory "
                "to begin again (the runs of its trials stay)"
            )


def _is_event(line: bytes) -> bool:
    try:
        return isinstance(json.loads(line), dict)
    except ValueError:
        return False


def _start_of_last_line(file: BinaryIO, size: int) -> int:
    """The offset after the line break before the last character."""
    end = size - 1
    while end > 0:
        begin = max(0, end - 4096)
        file.seek(begin)
        found = file.read(end - begin).rfind(b"\n")
        if found >= 0:
            return begin + found + 1
        end = begin
    return 0
