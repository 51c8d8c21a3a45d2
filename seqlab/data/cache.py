"""Prepared data on disk: one directory per entry, under a key of everything it depends on.

An entry is written by one process at a time, appears whole by a rename, and never changes. Its files are verified when
it is opened.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from filelock import FileLock

from seqlab import files
from seqlab.data.sources.locations import cache_directory

CHECKSUMS = "checksums.json"


def entry_for(depends_on: Mapping[str, Any]) -> Path:
    """The directory of an entry, whether it exists or not. `depends_on`: plain values, compared as JSON."""
    digest = hashlib.sha256(json.dumps(depends_on, sort_keys=True).encode()).hexdigest()
    return cache_directory() / "prepared" / digest[:32]


@contextlib.contextmanager
def locked(entry: Path) -> Iterator[None]:
    """Hold the lock of an entry: other processes that want the same one wait."""
    entry.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(f"{entry}.lock"):
        yield


@contextlib.contextmanager
def new_entry(entry: Path) -> Iterator[Path]:
    """A directory to fill that becomes the entry at the end of the block. The caller holds the lock."""
    files.sweep(entry.parent, entry.name)
    with files.new_directory(entry) as directory:
        yield directory
        files.write_json(directory / CHECKSUMS, files.checksums(directory, _all_files(directory)))


def damage(entry: Path) -> str:
    """What is damaged in an entry, or an empty text: a file that is not what was written, by its checksum.

    Reading every byte (1 GB/s) costs little beside an epoch, which reads them all. Raises OSError if files cannot be
    read now (too many are open): that is no damage.
    """
    try:
        damaged = files.changed(entry, _all_files(entry), files.read_json(entry / CHECKSUMS))
    except (FileNotFoundError, files.NotRegularError, ValueError, AttributeError):
        damaged = [CHECKSUMS]
    return f"the prepared data in {entry} are damaged ({damaged[0]} is not what was written)" if damaged else ""


def _all_files(directory: Path) -> list[Path]:
    return [path for path in directory.rglob("*") if path.is_file()]
