"""One file packed by gzip, read so that a hostile one can do no more than be refused."""

from __future__ import annotations

import gzip
from pathlib import Path

from seqlab.data.sources.archives import BOUNDS, DAMAGE, Bounds, unusable
from seqlab.errors import DataError


def read(path: Path, bounds: Bounds = BOUNDS) -> bytes:
    """What is in it, its checksum verified. Raises DataError where it is damaged or unpacks to more than `bounds`."""
    try:
        most = bounds.most_bytes(path.stat().st_size)
        with gzip.open(path) as stream:
            content = stream.read(most + 1)
    except (OSError, *DAMAGE) as error:
        raise unusable(path, error) from error
    if len(content) > most:
        raise DataError(
            f"{path} is refused: it would unpack to more than {most:,} bytes. No file of data needs this: get it from "
            "where it is published"
        )
    return content
