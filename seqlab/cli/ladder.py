"""`seqlab ladder`: the course's models of a dataset in one table."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from seqlab.cli.arguments import AsJson, Overrides, RunsDirectory
from seqlab.cli.console import format_duration, print_json, print_note, print_table
from seqlab.cli.progress import terminal_progress
from seqlab.errors import DivergedError, RequestError

if TYPE_CHECKING:
    from seqlab.experiment.ladder import LoadedStep, Rung
    from seqlab.runs import Run

commands = typer.Typer()

Only = Annotated[
    list[str],
    typer.Option(
        "--only",
        metavar="RECIPE",
        default_factory=list,
        show_default=False,
        help="Only these. Can be repeated.",
    ),
]
Quick = Annotated[bool, typer.Option("--quick", help="Small models on embedded data: a minute or two, no download.")]
OnlyList = Annotated[bool, typer.Option("--list", help="Train nothing: list the recipes and their runs.")]
Output = Annotated[
    Path | None,
    typer.Option("-o", "--output", metavar="FILE", help="Also a table (.md) or a report (.html).", show_default=False),
]
COLUMNS = ("model", "metric", "95 % interval", "parameters", "train", "examples/s", "expected")


@commands.command()
def ladder(
    name: Annotated[
        str, typer.Argument(metavar="NAME", help="The dataset: imdb, ag_news, shakespeare, spa_eng or multi30k.")
    ],
    overrides: Overrides,
    runs_dir: RunsDirectory,
    only: Only,
    quick: Quick = False,
    only_list: OnlyList = False,
    output: Output = None,
    as_json: AsJson = False,
) -> None:
    """Train the models of a dataset one after another, on the same split, and put them in one table.

    Models that are finished are not trained again, and what was interrupted is resumed: repeat the command.
    """
    from seqlab.experiment.ladder import climb, steps_of

    if output is not None:
        if only_list:
            raise RequestError("--list writes no file: leave -o out")
        _refuse_output(output)
    steps = steps_of(name, overrides, only=only, quick=quick)
    if only_list:
        _print_list(steps, runs_dir, as_json=as_json)
        return

    def train(step: LoadedStep) -> Run:
        print_note(f"\n{step.recipe} ({steps.index(step) + 1} of {len(steps)})")
        return (_trained_here if quick else _trained_in_a_process)(step, runs_dir)

    rungs = list(climb(name, steps, runs_dir, train))
    if output is not None:
        _write(output, rungs)
    if as_json:
        print_json([rung.as_json() for rung in rungs])
        return
    print_note("")
    print_table(_columns(rungs), [_row(rung) for rung in rungs])


def _columns(rungs: Sequence[Rung]) -> tuple[str, ...]:
    metric = next((rung.metric for rung in rungs if rung.value is not None), COLUMNS[1])
    return (COLUMNS[0], metric, *COLUMNS[2:])


def _refuse_output(path: Path) -> None:
    from seqlab.reports.html_page import check_page
    from seqlab.reports.output_file import refuse_unwritable

    if path.suffix.lower() not in (".md", ".html"):
        raise RequestError(f"{path} must end in .md (a table) or .html (a report)")
    check = check_page if path.suffix.lower() == ".html" else refuse_unwritable
    check(path)


def _trained_here(step: LoadedStep, runs_dir: Path) -> Run:
    from seqlab import experiment

    return experiment.resume_or_train(step.loaded, runs_dir, progress=terminal_progress())


def _trained_in_a_process(step: LoadedStep, runs_dir: Path) -> Run:
    """By the command itself: its memory and its threads are its own, as if the recipe had been trained alone.

    Raises DivergedError if it diverged, and Exit with its status if it stopped or failed otherwise: it said why.
    """
    from seqlab.experiment.ladder import finished
    from seqlab.runs import list_runs

    command = [sys.executable, "-m", "seqlab", "train", step.recipe, *step.changes, "--resume", "auto"]
    done = subprocess.run([*command, "--runs-dir", str(runs_dir)], stdout=sys.stderr, check=False)
    if (run := finished(step.loaded, runs_dir)) is not None:
        return run
    newest = list_runs(runs_dir)[-1:]
    if newest and newest[0].status == "diverged":
        raise DivergedError(str(newest[0].metadata.get("reason") or "the loss is not finite"))
    raise typer.Exit(done.returncode or 1)


def _print_list(steps: Sequence[LoadedStep], runs_dir: Path, *, as_json: bool) -> None:
    from seqlab.experiment.ladder import finished

    listed = [(step.recipe, _id(finished(step.loaded, runs_dir))) for step in steps]
    if as_json:
        print_json([{"recipe": recipe, "run": run} for recipe, run in listed])
    else:
        print_table(("recipe", "run"), [(recipe, run or "not trained yet") for recipe, run in listed])


def _id(run: Run | None) -> str | None:
    return None if run is None else run.id


def _row(rung: Rung) -> tuple[str, ...]:
    return (
        rung.recipe.partition("/")[2],
        "" if rung.value is None else f"{rung.value:.4f}",
        "" if rung.low is None else f"{rung.low:.4f} to {rung.high:.4f}",
        "" if rung.parameters is None else f"{rung.parameters:,}",
        "" if rung.seconds is None else format_duration(rung.seconds),
        "" if rung.examples_per_second is None else f"{rung.examples_per_second:,.0f}",
        rung.note,
    )


def _write(path: Path, rungs: Sequence[Rung]) -> None:
    from seqlab import files
    from seqlab.experiment.report import report
    from seqlab.reports.html_page import write_html

    found = [rung.run for rung in rungs if rung.run is not None]
    if path.suffix.lower() == ".html":
        if not found:
            raise RequestError("no model of the ladder has a run: there is nothing to report")
        write_html(path, report([[run] for run in found], with_model=False, progress=terminal_progress()))
    else:
        lines = [_columns(rungs), tuple("---" for _ in COLUMNS), *map(_row, rungs)]
        files.write_text(path, "".join(f"| {' | '.join(line)} |\n" for line in lines))
    print_note(f"wrote {path}")
