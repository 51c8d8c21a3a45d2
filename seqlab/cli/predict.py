"""`seqlab predict` and `seqlab evaluate`: what a saved run answers, and how well."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from itertools import chain, tee
from typing import Annotated, Any, Literal

import typer

from seqlab import runs
from seqlab.cli.arguments import AsJson, Overrides, Plugins, RunReference, RunsDirectory
from seqlab.cli.console import note, print_json, print_line
from seqlab.cli.metrics import print_metrics, print_verdicts
from seqlab.cli.progress import terminal_progress
from seqlab.cli.texts import answer_all

commands = typer.Typer()


@commands.command()
def evaluate(
    run: RunReference,
    overrides: Overrides,
    runs_dir: RunsDirectory,
    plugins: Plugins,
    split: Annotated[
        Literal["test", "validation", "train"], typer.Option(help="Which part of the data to score.")
    ] = "test",
    as_json: AsJson = False,
) -> None:
    """Score a saved run again, from raw data."""
    from seqlab import experiment

    progress, found = terminal_progress(), runs.find(run, runs_dir, status="finished")
    with progress.step("loading the run"):
        loaded = experiment.load(found, plugins=plugins, overrides=overrides)
    result = loaded.evaluate(split, progress)
    if as_json:
        print_json(result)
        return
    print_metrics(result)
    print_verdicts(loaded.verdicts(result), loaded.experiment.expected.source)


@commands.command()
def predict(
    run: RunReference,
    runs_dir: RunsDirectory,
    plugins: Plugins,
    texts: Annotated[
        list[str], typer.Argument(metavar="TEXT", default_factory=list, show_default=False, help="What to predict.")
    ],
    file: Annotated[
        str | None, typer.Option("--file", "-f", metavar="FILE", help="A file with one text per line; - is stdin.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Answer texts with a saved run: one line each, label, probability and text, separated by tabs.

    Texts come from the arguments, from a file or from stdin; without any of them, from a prompt.
    """
    from seqlab import experiment

    found = runs.find(run, runs_dir, status="finished")
    with terminal_progress().step("loading the run"):
        loaded = experiment.load(found, plugins=plugins)
    answer_all(texts, file, lambda several: _print_answers(loaded, several, as_json))


def _print_answers(loaded: Any, texts: Iterable[str], as_json: bool) -> None:
    """Answers as they come: no more texts are read ahead than the model takes at once."""
    texts = iter(texts)
    first = next(texts, None)
    if first is None:
        note("there was no text to predict")
        return
    asked, shown = tee(chain([first], texts))
    for text, answer in zip(shown, loaded.stream_predictions(asked), strict=True):
        if as_json:
            print_json({"text": text, **asdict(answer)}, indent=None)
        else:
            print_line(answer.label, f"{answer.probability:.4f}", text)
