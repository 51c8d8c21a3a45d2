"""Help with what a user types in place of the types that Typer prints: `N` instead of `<int range>`."""

from __future__ import annotations

from typing import Any

from typer.core import TyperArgument, TyperOption

METAVARS = {"<int>": "N", "<int range>": "N", "<float>": "X", "<float range>": "X", "<str>": "TEXT", "<path>": "PATH"}
"""What Typer prints for a type → what stands for a value of it."""


def hide_types(command: Any, context: Any) -> None:
    """Remove `<bool>` of flags and `<list[str]>` of arguments from the help of a command and of its subcommands, and
    replace the types of options."""
    without_types(command.get_params(context), context)
    for subcommand in getattr(command, "commands", {}).values():
        hide_types(subcommand, context)


def without_types(parameters: list[Any], context: Any) -> list[Any]:
    """The same parameters."""
    for parameter in parameters:
        if isinstance(parameter, TyperOption) and parameter.is_flag:
            parameter.metavar = ""
        elif isinstance(parameter, TyperOption) and parameter.metavar is None:
            parameter.metavar = METAVARS.get(parameter.display_type(context))
        elif isinstance(parameter, TyperArgument):
            # There is no setting for it: the metavar of an argument replaces its name, not its type.
            parameter.display_type_rich = lambda ctx: ""  # type: ignore[method-assign]
    return parameters
