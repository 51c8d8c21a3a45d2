"""The arguments that several commands share, each written once."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from seqlab import runs_directory


def _matching_runs(context: typer.Context, incomplete: str) -> list[str]:
    """Run ids for the shell's completion, the newest first."""
    from seqlab.errors import SeqlabError
    from seqlab.runs import list_runs

    try:
        found = list_runs(runs_directory(context.params.get("runs_dir")))
    except SeqlabError:
        return []
    ids = [each.run.id for each in reversed(found)]
    return [each for each in [*ids, "latest"] if each.startswith(incomplete)]


RunReference = Annotated[
    str,
    typer.Argument(
        metavar="RUN",
        help="A run's id, the beginning of one, 'latest', or the path of a run directory.",
        autocompletion=_matching_runs,
    ),
]
ConfigReference = Annotated[
    str, typer.Argument(metavar="CONFIG", help="The path of a config, or the name of a recipe such as quickstart.")
]
Overrides = Annotated[
    list[str],
    typer.Argument(
        metavar="KEY=VALUE",
        default_factory=list,
        show_default=False,
        help="Change a key of the config by its dotted path: training.epochs=3.",
    ),
]
RunsDirectory = Annotated[
    Path,
    typer.Option(
        "--runs-dir",
        envvar="SEQLAB_RUNS_DIR",
        default_factory=runs_directory,
        show_default="runs",
        help="The folder of the runs.",
    ),
]
Plugins = Annotated[
    list[str],
    typer.Option(
        "--plugin",
        metavar="MODULE",
        default_factory=list,
        show_default=False,
        help="Import the parts of this Python module; may be given several times.",
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print the result as JSON.")]
