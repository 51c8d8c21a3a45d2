"""The commands by name. To add one, write it in a module of this folder and add it to `COMMANDS`."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_group

from seqlab.cli.completion import index
from seqlab.cli.failures import report_errors
from seqlab.cli.paths import check_paths
from seqlab.cli.plain_help import hide_types, without_types

COMMANDS = {
    "train": "train",
    "sweep": "sweep",
    "evaluate": "predict",
    "predict": "predict",
    "generate": "generate",
    "translate": "translate",
    "explain": "explain",
    "runs": "runs",
    "recipes": "recipes",
    "plan": "plan",
    "check": "config",
    "config": "config",
    "init": "config",
    "data": "data",
    "vocabulary": "vocabulary",
    "neighbors": "neighbors",
    "analogy": "neighbors",
    "similar": "similar",
    "vectors": "vectors",
    "ladder": "ladder",
    "report": "report",
    "card": "card",
    "export": "export",
    "pack": "pack",
    "unpack": "pack",
    "serve": "serve",
    "parts": "parts",
    "doctor": "doctor",
    "selftest": "selftest",
}
"""Command → the module of this folder whose `commands` contains it."""


WORDS = "seqlab.words"
"""The key of the unparsed command line in the metadata of its context."""


class Commands(TyperGroup):
    """Imports the module of a command on first use, and turns errors into exit codes."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        # Only the names, for "did you mean"; get_command imports the commands.
        self.commands = dict.fromkeys(COMMANDS)  # type: ignore[assignment]
        self.listed: dict[str, TyperCommand] = {}

    def get_command(self, context: Any, name: str) -> Any:
        if name in self.listed:
            return self.listed[name]
        if name not in COMMANDS:
            return None
        command = get_group(import_module(f"seqlab.cli.{COMMANDS[name]}").commands).commands[name]
        if context is not None:  # None: only looked up, not run
            hide_types(command, context)
            check_paths(command)
        return command

    def format_help(self, context: Any, formatter: Any) -> None:
        """The list of commands has their names and their help, which the index of completion has too: importing all
        commands would take longer than everything else."""
        described = {name: command["help"] for name, command in index()["commands"].items()}
        self.listed = {name: TyperCommand(name, help=described[name]) for name in COMMANDS}
        try:
            super().format_help(context, formatter)
        finally:
            self.listed = {}

    def get_params(self, context: Any) -> Any:
        return without_types(super().get_params(context), context)

    def parse_args(self, context: Any, args: list[str]) -> list[str]:
        context.meta[WORDS] = list(args)
        return super().parse_args(context, args)

    def make_context(self, *arguments: Any, **settings: Any) -> Any:
        with report_errors():  # --help and --version print here
            return super().make_context(*arguments, **settings)

    def invoke(self, context: Any) -> Any:
        with report_errors(context.args):
            return super().invoke(context)


app = typer.Typer(
    cls=Commands,
    no_args_is_help=True,
    add_completion=False,  # `shells.py` has its own scripts, which do not import Typer
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _print_version(requested: bool) -> None:
    if requested:
        from importlib.metadata import version

        from seqlab.cli.console import print_line

        print_line(f"seqlab {version('seqlab')}")
        raise typer.Exit


def _install_completion(context: typer.Context, requested: bool) -> None:
    if requested:
        from seqlab.cli.console import print_line
        from seqlab.cli.shells import install

        with report_errors():
            shell = _shell_after("--install-completion", context)
            print_line(f"wrote {install(shell, Path.home())}; it works in new terminals")
        raise typer.Exit


def _show_completion(context: typer.Context, requested: bool) -> None:
    if requested:
        from seqlab.cli.console import print_text
        from seqlab.cli.shells import SCRIPTS

        with report_errors():
            print_text(SCRIPTS[_shell_after("--show-completion", context)].rstrip("\n"))
        raise typer.Exit


def _shell_after(option: str, context: typer.Context) -> str:
    """The shell that is named after an option, else the current one. The parser takes the word for a command."""
    from seqlab.cli.shells import current_shell, refuse_unknown

    words = context.meta[WORDS]
    named = [word for word in words[words.index(option) + 1 :] if not word.startswith("-")]
    if not named:
        return current_shell()
    refuse_unknown(named[0])
    return str(named[0])


@app.callback()
def seqlab(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Show the version and exit.")
    ] = False,
    install_completion: Annotated[
        bool,
        typer.Option(
            "--install-completion",
            callback=_install_completion,
            is_eager=True,
            help="Install completion for bash, zsh or fish: the shell named after it, else the current one.",
        ),
    ] = False,
    show_completion: Annotated[
        bool,
        typer.Option(
            "--show-completion",
            callback=_show_completion,
            is_eager=True,
            help="Print the script of the shell named after it, else of the current one.",
        ),
    ] = False,
) -> None:
    """Train, evaluate and use text-sequence models from one YAML file.

    Start with: seqlab train quickstart
    """
