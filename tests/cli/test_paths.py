"""Empty paths are refused by the name of their option, whatever the command."""

import pytest
from typer.main import get_command

from seqlab.cli.application import app
from seqlab.cli.paths import KINDS, check_paths


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["pack", "latest", "-o", ""], "--output is empty: name a file"),
        (["unpack", ""], "FILE is empty: name a file"),
        (["export", "latest", "--format", "sklearn", "-o", ""], "--output is empty: name a folder"),
        (["report", "latest", "-o="], "--output is empty: name a file"),
        (["predict", "latest", "--file", ""], "--file is empty: name a file"),
        (["vectors", "map", "latest", "-o", ""], "--output is empty: name a file"),
        (["runs", "export", "-o", ""], "--output is empty: name a file"),
        (["init", "classification", "--data", ""], "--data is empty: name a file"),
        (["check", ""], "CONFIG is empty: name a config, or a recipe such as quickstart"),
    ],
)
def test_an_empty_path_is_refused_by_name(invoke, arguments, says):
    arguments = ["--output=" if each == "-o=" else each for each in arguments]
    result = invoke(*arguments)
    assert (result.exit_code, result.stderr) == (2, f"error: {says}\n")


def _parameters(command):
    yield from getattr(command, "params", ())
    for subcommand in getattr(command, "commands", {}).values():
        yield from _parameters(subcommand)


def test_every_path_of_every_command_is_checked():
    """Also of commands that are added: a path has a metavar that is known."""
    root = get_command(app)
    for name in root.commands:
        command = root.get_command(None, name)
        check_paths(command)
        for parameter in _parameters(command):
            if parameter.type_descriptor.is_path and parameter.type_descriptor.parameter_info.parser is None:
                assert parameter.metavar in KINDS, (name, parameter.name)
                assert not parameter.type_descriptor.parameter_info.readable
