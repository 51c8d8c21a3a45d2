"""Help without the types that Typer prints beside flags and arguments."""

from __future__ import annotations

from typing import Any

from typer.core import TyperArgument, TyperOption


def hide_types(command: Any, context: Any) -> None:
    """Remove `<bool>` of flags and `<list[str]>` of arguments from the help of a command and of its subcommands."""
    without_types(command.get_params(context))
    for subcommand in getattr(command, "commands", {}).values():
        hide_types(subcommand, context)


def without_types(parameters: list[Any]) -> list[Any]:
    """The same parameters."""
    for parameter in parameters:
        if isinstance(parameter, TyperOption) and parameter.is_flag:
            parameter.metavar = ""
        elif isinstance(parameter, TyperArgument):
            # There is no setting for it: the metavar of an argument replaces its name, not its type.
            parameter.display_type_rich = lambda ctx: ""  # type: ignore[method-assign]
    return parameters
