"""Which SavedModels may be loaded: those that the user named.

The graph of a SavedModel can contain operations that read and write files, and it runs when it is loaded. A run that
was received from others must not decide what runs: only a model that the user named, in a config or on the command
line, is loaded. Its checksum is remembered, so that the copy in a run is loaded as well, wherever it is.
"""

from __future__ import annotations

import shlex
from pathlib import Path

from seqlab import files
from seqlab.data.sources.locations import cache_directory
from seqlab.errors import RequestError

_NAMED: set[str] = set()
"""Sources that the user named in this process, whose content was not looked at since."""


def name_source(source: str) -> None:
    """Note that the user named a source: what is found there next is what they mean."""
    _NAMED.add(source)


def remember_if_named(source: str, sha256: str) -> None:
    """Remember the content that is found at a source, if the user named it; not what others say is from there."""
    if source not in _NAMED:
        return
    remembered = _remembered(sha256)
    if not remembered.is_file():
        remembered.parent.mkdir(parents=True, exist_ok=True)
        files.write_text(remembered, f"{source}\n")
    _NAMED.discard(source)


def refuse_unnamed(directory: Path, sha256: str) -> None:
    """Raises RequestError unless the user named a model with this checksum, now or before."""
    if not _remembered(sha256).is_file():
        raise RequestError(
            f"{directory} is a SavedModel, which can read and write files when it is loaded, and was never named on "
            "this machine. If you trust where it is from, name it once:\n"
            f'  seqlab similar --encoder {shlex.quote(str(directory))} "a text" "another"'
        )


def _remembered(sha256: str) -> Path:
    return cache_directory() / "encoders" / "named" / sha256
