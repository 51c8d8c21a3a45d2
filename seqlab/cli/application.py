"""The commands by name. To add one, write it in a module of this folder and name it in `COMMANDS`."""

from __future__ import annotations

from importlib import import_module
from typing import Annotated, Any

import typer
from typer.core import TyperGroup
from typer.main import get_group

from seqlab.cli.failures import told_to_the_user

COMMANDS = {
    "train": "train",
    "evaluate": "predict",
    "predict": "predict",
    "generate": "generate",
    "translate": "translate",
    "runs": "runs",
    "check": "config",
    "config": "config",
    "init": "config",
    "data": "data",
    "vocabulary": "vocabulary",
    "parts": "parts",
    "doctor": "doctor",
    "selftest": "selftest",
}
"""A command, and the module of this folder whose `commands` hold it."""


class Commands(TyperGroup):
    """Imports the module of a command when the command is asked for, and turns errors into exit codes."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self.commands = dict.fromkeys(COMMANDS)  # type: ignore[assignment]  # the names, for "did you mean"

    def get_command(self, context: Any, name: str) -> Any:
        if name not in COMMANDS:
            return None
        return get_group(import_module(f"seqlab.cli.{COMMANDS[name]}").commands).commands[name]

    def invoke(self, context: Any) -> Any:
        with told_to_the_user():
            return super().invoke(context)


app = typer.Typer(
    cls=Commands,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _print_version(asked: bool) -> None:
    if asked:
        from importlib.metadata import version

        from seqlab.cli.console import print_line

        print_line(f"seqlab {version('seqlab')}")
        raise typer.Exit


@app.callback()
def seqlab(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    """Train, score and reuse text-sequence models from one YAML file.

    Start with: seqlab train quickstart
    """
