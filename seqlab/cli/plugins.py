"""Plug-ins named on the command line."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from importlib import import_module
from pathlib import Path

from seqlab.config.plugins import import_path, not_imported
from seqlab.errors import RequestError

OPTION = "--plugin"


def import_plugin(module: str) -> None:
    """Import a plug-in, also from the current folder, where a console script does not look by itself; not from a run.

    Raises RequestError if that fails.
    """
    try:
        with import_path([Path.cwd()]):
            import_module(module)
    except (Exception, SystemExit) as error:
        raise RequestError(not_imported(module, error)) from error


def named_plugins(arguments: Sequence[str]) -> Iterator[str]:
    """The modules of all `--plugin MODULE` and `--plugin=MODULE` among unparsed arguments, in their order."""
    for number, argument in enumerate(arguments):
        if argument == "--":
            return
        if argument == OPTION and number + 1 < len(arguments):
            yield arguments[number + 1]
        elif argument.startswith(f"{OPTION}="):
            yield argument.removeprefix(f"{OPTION}=")
