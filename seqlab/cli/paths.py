"""Paths on the command line: an empty one is refused by name, and whether one can be read is for the command to say."""

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
"""Metavar of arguments and options that are paths, or may be → what is to be named. RUN is none: beside `--run` it is a
text, which may be empty."""


def check_paths(command: Any) -> None:
    """Have a command, and its subcommands, refuse empty paths: of a variable that is not set.

    An empty path is the current folder for Python. Typer's own check of paths is turned off: that a path cannot be
    read, it says in other words than the command, and of files that are to be written, too.
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
