"""Plug-ins: Python modules from outside seqlab that put parts of their own on the registries when they are imported."""

from __future__ import annotations

import contextlib
import importlib
import sys
import traceback
from collections.abc import Iterator, Sequence
from pathlib import Path

from seqlab.config.source_map import COMMAND_LINE, Document, Source, SourceLocation

_IMPORTED: set[str] = set()
"""Names of the plug-ins of this process."""


def plugin_in(error: BaseException) -> tuple[str, str] | None:
    """The plug-in whose code raised `error` or called what did, and where: its file and line. None: no plug-in did."""
    for frame, line in reversed(list(traceback.walk_tb(error.__traceback__))):
        module = frame.f_globals.get("__name__", "")
        for name in _IMPORTED:
            if module == name or module.startswith(f"{name}."):
                return name, f"{Path(frame.f_code.co_filename).name}, line {line}"
    return None


def name_plugins(document: Document, plugins: Sequence[str]) -> None:
    """Add what the caller names to the config: it is part of the experiment, and a run records it."""
    named = document.at(("plugins",))
    if plugins and named is None:
        document.replace(("plugins",), [], {("plugins",): SourceLocation(Source(COMMAND_LINE, plugins[0]))})
        named = document.at(("plugins",))
    for name in plugins:
        if isinstance(named, list) and name not in named:
            named.append(name)
            document.locations["plugins", len(named) - 1] = SourceLocation(Source(COMMAND_LINE, name))


def import_plugins(
    document: Document, folders: Sequence[Path], wanted: Sequence[str], *, all_of_them: bool
) -> list[str]:
    """Import the modules that the config names, looked up in `folders` too; returns those that were left out.

    A run from elsewhere must not decide which code runs here: unless `all_of_them` are to be imported, only those are
    that are `wanted` or typed on the command line. What cannot be imported becomes a problem at its place; values that
    cannot be names of modules are left to the config's check.
    """
    named = document.at(("plugins",))
    left_out = []
    for number, name in enumerate(named if isinstance(named, list) else ()):
        if not isinstance(name, str) or not all(part.isidentifier() for part in name.split(".")):
            continue
        if not (all_of_them or name in wanted or document.location(("plugins", number)).on_command_line):
            left_out.append(name)
            continue
        try:
            with _import_path(folders):
                importlib.import_module(name)
            _IMPORTED.add(name)
        except (Exception, SystemExit) as error:
            # Whatever a plug-in raises while it is imported is the config's problem, told like its others.
            reason = f"{type(error).__name__}: {error}"
            document.add_problem(("plugins", number), f"the plug-in '{name}' cannot be imported: {reason}")
    return left_out


@contextlib.contextmanager
def _import_path(folders: Sequence[Path]) -> Iterator[None]:
    before = list(sys.path)
    sys.path[:0] = [str(folder) for folder in folders]
    try:
        yield
    finally:
        sys.path[:] = before
