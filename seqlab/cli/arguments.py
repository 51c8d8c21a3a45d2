"""Arguments and options shared by several commands."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from seqlab import runs_directory
from seqlab.cli import completion
from seqlab.cli.console import print_note
from seqlab.errors import RequestError
from seqlab.text_format import quoted

if TYPE_CHECKING:
    from seqlab.runs import Run

MOST_NAMED = 3
"""Runs that a note names."""
RUN_HELP = (
    "A run: its id, a unique prefix of the id, its name (of a run and its continuation the continuation), 'latest', or "
    "the path of a run directory."
)

RunArgument = Annotated[
    str | None,
    typer.Argument(
        metavar="RUN",
        default_factory=lambda: None,
        show_default=False,
        help=RUN_HELP,
        autocompletion=completion.complete_run,
    ),
]
RunArguments = Annotated[
    list[str],
    typer.Argument(
        metavar="RUN",
        default_factory=list,
        show_default=False,
        help=f"{RUN_HELP} Or a group of runs that `train --seeds` made. The others are compared with the first.",
        autocompletion=completion.complete_run,
    ),
]
RunOption = Annotated[
    str | None,
    typer.Option(
        "--run",
        metavar="RUN",
        help="The run, instead of the argument RUN.",
        show_default=False,
        autocompletion=completion.complete_run,
    ),
]
ConfigArgument = Annotated[
    str,
    typer.Argument(
        metavar="CONFIG",
        help="The path of a config, or the name of a recipe such as quickstart.",
        autocompletion=completion.complete_config,
    ),
]
Overrides = Annotated[
    list[str],
    typer.Argument(
        metavar="KEY=VALUE",
        default_factory=list,
        show_default=False,
        help="Override a key of the config, given by its dotted path: training.epochs=3.",
        autocompletion=completion.complete_override,
    ),
]
EvaluatedSplit = Annotated[
    Literal["test", "validation"] | None,
    typer.Option(
        "--split",
        help="The split whose predictions are read.  \\[default: test, or validation if there is none]",
    ),
]
SetOverrides = Annotated[
    list[str],
    typer.Option(
        "--set",
        metavar="KEY=VALUE",
        default_factory=list,
        show_default=False,
        help="Override a key of the run's config, such as data.path or runtime.device. Can be repeated.",
        autocompletion=completion.complete_override,
    ),
]
"""Overrides of commands whose arguments are texts, which may hold a `=` themselves."""


def _runs_dir(text: str) -> Path:
    """Raises RequestError for an empty text, which would be the current folder: a variable that is not set."""
    if not text:
        raise RequestError("--runs-dir is empty: name the folder of the runs, or leave the option out")
    return Path(text)


RunsDirectory = Annotated[
    Path,
    typer.Option(
        "--runs-dir",
        envvar="SEQLAB_RUNS_DIR",
        default_factory=runs_directory,
        parser=_runs_dir,
        metavar="PATH",
        callback=runs_directory,  # expands `~`, which no shell does in --runs-dir=~/runs or in a variable
        show_default=False,
        help=r"The folder of the runs.  \[default: runs]",
    ),
]
Plugins = Annotated[
    list[str],
    typer.Option(
        "--plugin",
        metavar="MODULE",
        default_factory=list,
        show_default=False,
        help="Import the components of this Python module. Can be repeated.",
    ),
]
TextFile = Annotated[
    str | None,
    typer.Option(
        "--file", "-f", metavar="FILE", help="A table (.csv, .tsv, .jsonl, .parquet), or one text per line; - is stdin."
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print the result as JSON.")]


def chosen_run(argument: str | None, option: str | None, default: str | None = None) -> str:
    """The run given as the argument RUN or as `--run`. Raises RequestError if both or neither are given."""
    if argument is not None and option is not None:
        raise RequestError(f"two runs are given: {argument} and --run {option}; remove one")
    reference = option if argument is None else argument
    if reference is None:
        reference = default
    if reference is None:
        raise RequestError("RUN is missing: give an id, a name or 'latest' (`seqlab runs list` lists the runs)")
    return reference


def note_which(run: Run, reference: str, runs_dir: Path) -> Run:
    """Say which run is taken if others could be meant. Returns the run."""
    from seqlab import runs
    from seqlab.runs.references import passed_over
    from seqlab.runs.runs_directory import directories

    if reference == "latest":
        if newer := passed_over(run, runs_dir):
            chosen = run.status()
            shown = [f"{each.run.id} ({each.task if each.status == chosen else each.status})" for each in newer]
            more = f" and {len(shown) - MOST_NAMED} more" if len(shown) > MOST_NAMED else ""
            print_note(f"the latest run is {run.id}; passed over: {', '.join(shown[-MOST_NAMED:])}{more}")
        elif len(directories(runs_dir)) > 1:
            print_note(f"the latest run is {run.id}")
    elif len(same_name := runs.named(reference, runs_dir)) > 1:
        print_note(f"{len(same_name)} runs are named {quoted(reference)}: taking {run.id}")
    return run


def split_run(argument: str | None, option: str | None, rest: list[str]) -> tuple[str, list[str]]:
    """The run and the remaining arguments. With `--run`, what was parsed as RUN is the first of them."""
    if argument is not None and option is not None:
        return option, [argument, *rest]
    return chosen_run(argument, option), rest
