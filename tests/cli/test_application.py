"""What holds for all commands: their help and their usage errors."""

import re
from collections.abc import Callable

import pytest
from typer.testing import Result

from seqlab.cli.application import COMMANDS

Invoke = Callable[..., Result]

GROUPS = {"runs": ["list", "show", "delete"], "config": ["show", "schema"], "data": ["list", "prepare", "show"]}
ALL = [[name, *sub] for name in COMMANDS for sub in ([], *([each] for each in GROUPS.get(name, ())))]


@pytest.mark.parametrize("command", [[], *ALL, ["selftest", "resume"]], ids=" ".join)
def test_help_names_no_type_of_a_flag(invoke: Invoke, command: list[str]) -> None:
    result = invoke(*command, "--help")
    assert result.exit_code == 0
    types = set(re.findall(r"<[\w\[\] ]+>", result.stdout))
    assert types == set()  # choices have `|` between them
    assert "default: (" not in result.stdout


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["generate", "--temperature", "hot"], "Invalid value for '--temperature': 'hot' is not a number"),
        (["generate", "--length", "1.5"], "Invalid value for '--length': '1.5' is not a whole number"),
        (["generate", "--length", "0"], "'0' is invalid; it must be greater than or equal to 1"),
        (["evaluate", "x", "--split", "dev"], "'dev' is not one of 'test', 'validation', 'train'"),
    ],
)
def test_usage_errors_are_in_plain_words(invoke: Invoke, arguments: list[str], message: str) -> None:
    result = invoke(*arguments)
    text = " ".join(result.stderr.replace("│", " ").split())
    assert result.exit_code == 2
    assert message in text
    assert "Value error" not in text
    assert "Input should" not in text
