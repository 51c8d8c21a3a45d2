"""Refuses empty paths on the command line, and leaves all other errors of paths to the commands."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from seqlab.errors import RequestError

KINDS = {
    "FILE": "a file",
    "FILE.html": "a file",
    "DIR": "a folder",
    "PICTURE": "a file",
    "SWEEP.yaml": "a sweep file",
    "CONFIG": "a config, or a recipe such as quickstart",
    "NAME|CONFIG": "a dataset or a config",
    "NAME|FILE": "vectors by their name, or a file",
    "NAME|FOLDER": "an encoder by its name, or a folder",
}
"""Metavar of an argument or option that takes a path → what to give. RUN is not here: with `--run` the argument is a
text, which may be empty."""


def check_paths(command: Any) -> None:
    """Make a command and its subcommands refuse empty paths, such as an unset shell variable gives.

    Python reads an empty path as the current folder. Typer's check that a path can be read is turned off: it also
    applies to files that are written, and the commands have errors of their own.
    """
    for parameter in getattr(command, "params", ()):
        parameter.type_descriptor.parameter_info.readable = False
        if parameter.metavar in KINDS:
            parameter.process_value = _checked(parameter)
    for subcommand in getattr(command, "commands", {}).values():
        check_paths(subcommand)


def _checked(parameter: Any) -> Callable[[Any, Any], Any]:
    process = parameter.process_value

    def checked(context: Any, value: Any) -> Any:
        if "" in (value if isinstance(value, list | tuple) else [value]):
            name = max(parameter.opts, key=len) if parameter.param_type_name == "option" else parameter.metavar
            raise RequestError(f"{name} is empty: name {KINDS[parameter.metavar]}")
        return process(context, value)

    return checked
