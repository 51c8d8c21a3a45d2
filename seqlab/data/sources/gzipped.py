"""Reads single files compressed by gzip, and refuses those that are damaged or unpack to too much."""

from __future__ import annotations

import gzip
from pathlib import Path

from seqlab.data.sources.archive_checks import BOUNDS, DAMAGE, DOWNLOAD, Bounds, unsafe, unusable


def read(path: Path, bounds: Bounds = BOUNDS, *, remedy: str = DOWNLOAD) -> bytes:
    """The content, its checksum verified. Raises DataError if it is damaged or larger than `bounds` allows."""
    try:
        most = bounds.most_bytes(path.stat().st_size)
        with gzip.open(path) as stream:
            content = stream.read(most + 1)
    except (OSError, *DAMAGE) as error:
        raise unusable(path, error, remedy) from error
    if len(content) > most:
        raise unsafe(path, f"it would unpack to more than {most:,} bytes")
    return content
