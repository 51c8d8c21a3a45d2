"""The source code of plug-ins: a run records its checksums, because other code gives other figures."""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Iterable, Iterator

from seqlab.runs import Run
from seqlab.text.plugin_functions import source_of


def checksums_of(plugins: Iterable[str]) -> dict[str, str]:
    """Plug-in → sha256 of its source files, of those that are imported."""
    found = {}
    for name in plugins:
        if name in sys.modules:
            digest = hashlib.sha256()
            for path in source_of(name):
                digest.update(path.read_bytes())
            found[name] = digest.hexdigest()
    return found


def notes_on_plugins(run: Run, plugins: Iterable[str]) -> Iterator[str]:
    """Which imported plug-ins are no longer those that a run was trained with. Older runs did not record them."""
    recorded = run.metadata().get("plugins") or {}
    for name, now in checksums_of(plugins).items():
        if recorded.get(name, now) != now:
            yield f"the plug-in '{name}' has changed since run {run.id} was trained: results can differ"
