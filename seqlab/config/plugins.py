"""Plug-ins: Python modules outside seqlab that register their own components when they are imported."""

from __future__ import annotations

import contextlib
import importlib
import os
import sys
import traceback
from collections.abc import Iterator, Sequence
from pathlib import Path

from seqlab.config.source_map import COMMAND_LINE, Document, Source, SourceLocation

_IMPORTED: set[str] = set()
"""Names of the plug-ins imported in this process."""


def plugin_in(error: BaseException) -> tuple[str, str] | None:
    """Name and location (file and line) of the innermost plug-in in the traceback of `error`. None if there is none."""
    for frame, line in reversed(list(traceback.walk_tb(error.__traceback__))):
        module = frame.f_globals.get("__name__", "")
        for name in _IMPORTED:
            if module == name or module.startswith(f"{name}."):
                return name, f"{Path(frame.f_code.co_filename).name}, line {line}"
    return None


def name_plugins(document: Document, plugins: Sequence[str]) -> None:
    """Add plug-ins named by the caller to the config: they are part of the experiment, and the run records them."""
    named = document.at(("plugins",))
    if plugins and named is None:
        document.replace(("plugins",), [], {("plugins",): SourceLocation(Source(COMMAND_LINE, plugins[0]))})
        named = document.at(("plugins",))
    for name in plugins:
        if isinstance(named, list) and name not in named:
            named.append(name)
            document.locations["plugins", len(named) - 1] = SourceLocation(Source(COMMAND_LINE, name))


def import_plugins(
    document: Document, folders: Sequence[Path], allowed: Sequence[str], *, import_all: bool
) -> list[str]:
    """Import the plug-ins that the config names, searching `folders` as well. Returns the names that were skipped.

    A run copied from elsewhere must not decide which code is executed: unless `import_all`, only plug-ins in `allowed`
    or given on the command line are imported, and none from a run directory. A failed import becomes a problem of the
    config. Values that cannot be module names are left to validation.
    """
    named = document.at(("plugins",))
    skipped = []
    for number, name in enumerate(named if isinstance(named, list) else ()):
        if not isinstance(name, str) or not all(part.isidentifier() for part in name.split(".")):
            continue
        if not (import_all or name in allowed or document.location(("plugins", number)).on_command_line):
            skipped.append(name)
            continue
        try:
            with import_path(folders):
                importlib.import_module(name)
            _IMPORTED.add(name)
        except (Exception, SystemExit) as error:
            # Any error of a plug-in is reported with the other problems of the config.
            document.add_problem(("plugins", number), not_imported(name, error))
    return skipped


def not_imported(name: str, error: BaseException) -> str:
    """The message for a plug-in whose import failed."""
    if name.endswith(".py"):
        return f"'{name}' is the name of a file: name the plug-in as `import` does, '{Path(name).stem}'"
    return f"cannot import the plug-in '{name}': {type(error).__name__}: {error}"


def is_inside_run(folder: Path) -> bool:
    """Whether a folder is a run directory or part of one."""
    return any(os.path.lexists(each / "run.json") for each in (folder, *folder.parents))


@contextlib.contextmanager
def import_path(folders: Sequence[Path]) -> Iterator[None]:
    """Search `folders` too, but no run directory: not for the plug-in, nor for what it imports."""
    before = list(sys.path)
    searched = [*map(str, folders), *before]
    sys.path[:] = [each for each in searched if not is_inside_run(Path(each).absolute())]
    try:
        yield
    finally:
        sys.path[:] = before
