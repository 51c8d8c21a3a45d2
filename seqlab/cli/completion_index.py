"""The index of the shell completion, made from the commands and the registries."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from typing import Any, get_args

from typer.main import get_command
from typer.models import ParameterInfo

from seqlab.cli.application import app
from seqlab.diagnosis import CHECKS
from seqlab.experiment.catalogue import completion_names, processor_option_names
from seqlab.exports.format_names import FORMATS


def completion_index() -> dict[str, Any]:
    """The content of `completion.json`: commands, their help, arguments and options, and names of `catalogue.py`."""
    root: Any = get_command(app)
    commands = {}
    for name in root.commands:
        command = root.get_command(None, name)
        commands[name] = {"help": command.help, **_described(command)}
    for name in processor_option_names():  # they are added when the command is parsed
        commands["generate"]["options"][f"--{name.replace('_', '-')}"] = {"name": name, "value": True}
    return {"commands": commands, **completion_names(), "checks": list(CHECKS), "formats": list(FORMATS)}


def _described(command: Any) -> dict[str, Any]:
    if hasattr(command, "commands"):
        subcommands = {name: _described(each) for name, each in command.commands.items()}
        return {"commands": subcommands, "options": {"--help": {"name": "help", "value": False}}}
    completed = dict(_completers(command.callback))
    arguments, options = [], {"--help": {"name": "help", "value": False}}
    for parameter in command.params:
        entry = {"name": parameter.name, **completed.get(parameter.name, {})}
        if parameter.param_type_name == "argument":
            arguments.append(entry | {"many": parameter.nargs == -1})
        else:
            value = not parameter.is_flag
            options |= {name: entry | {"value": value} for name in [*parameter.opts, *parameter.secondary_opts]}
    return {"arguments": arguments, "options": options}


def _completers(callback: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    """Parameter → the function that completes it, or its choices."""
    for name, parameter in inspect.signature(inspect.unwrap(callback), eval_str=True).parameters.items():
        of_type, *metadata = get_args(parameter.annotation) or (None,)
        for each in metadata:
            if isinstance(each, ParameterInfo) and each.autocompletion is not None:
                yield name, {"complete": each.autocompletion.__name__}
        choices = [
            value for each in (of_type, *get_args(of_type)) for value in get_args(each) if isinstance(value, str)
        ]
        choices = choices or [value for value in get_args(of_type) if isinstance(value, str)]
        if choices:
            yield name, {"choices": choices}
