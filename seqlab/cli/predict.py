"""`seqlab predict` and `seqlab evaluate`: predictions and metrics of a saved run."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable
from dataclasses import asdict
from itertools import chain, tee
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from seqlab import runs
from seqlab.cli.arguments import AsJson, Overrides, Plugins, RunArgument, RunOption, RunsDirectory, split_run
from seqlab.cli.console import print_json, print_line, print_note
from seqlab.cli.metrics import print_metrics, print_verdicts
from seqlab.cli.progress import terminal_progress
from seqlab.cli.texts import check_file, process_texts
from seqlab.errors import RequestError
from seqlab.text_format import counted

if TYPE_CHECKING:
    from seqlab.experiment import LoadedRun

TUNED: Literal["tuned"] = "tuned"

commands = typer.Typer()


@commands.command()
def evaluate(
    run: RunArgument,
    overrides: Overrides,
    runs_dir: RunsDirectory,
    plugins: Plugins,
    run_option: RunOption = None,
    split: Annotated[Literal["test", "validation", "train"], typer.Option(help="The split to score.")] = "test",
    as_json: AsJson = False,
) -> None:
    """Score a saved run again, from the raw data.

    With --run, all arguments are overrides.
    """
    from seqlab import experiment

    reference, overrides = split_run(run, run_option, overrides)
    found = runs.find(reference, runs_dir, status="finished")
    loaded = experiment.load(found, plugins=plugins, overrides=overrides, progress=terminal_progress())
    result = loaded.evaluate(split)
    if as_json:
        print_json(result)
        return
    print_metrics(result)
    print_verdicts(loaded.verdicts(result), loaded.experiment.expected.source)


@commands.command()
def predict(
    run: RunArgument,
    runs_dir: RunsDirectory,
    plugins: Plugins,
    texts: Annotated[
        list[str],
        typer.Argument(metavar="TEXT", default_factory=list, show_default=False, help="Texts; - reads stdin."),
    ],
    run_option: RunOption = None,
    file: Annotated[
        str | None, typer.Option("--file", "-f", metavar="FILE", help="A file with one text per line; - is stdin.")
    ] = None,
    threshold: Annotated[
        str | None,
        typer.Option(
            metavar="P|tuned",
            help="Of two labels, predict the second (in alphabetical order) from this probability on; tuned: the one "
            "with the best F1 on validation.",
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Predict labels for texts. Prints one line per text: label, probability and text, separated by tabs.

    Texts come from the arguments, from --file or from stdin; in a terminal
    without texts, from a prompt. With --run, all arguments are texts.
    """
    from seqlab import experiment

    reference, texts = split_run(run, run_option, texts)
    found = runs.find(reference, runs_dir, status="finished")
    check_file(texts, file)
    asked = None if threshold is None else _asked_threshold(threshold)
    loaded = experiment.load(found, plugins=plugins, progress=terminal_progress())
    probability = loaded.tuned_threshold() if asked == TUNED else asked
    process_texts(texts, file, lambda several: _print_predictions(loaded, several, probability, as_json))


def _asked_threshold(text: str) -> float | Literal["tuned"]:
    """A probability, or `tuned`. Raises RequestError for anything else."""
    if text == TUNED:
        return TUNED
    with contextlib.suppress(ValueError):
        if 0 <= float(text) <= 1:
            return float(text)
    raise RequestError(f"--threshold {text}: expected a probability from 0 to 1, or {TUNED}")


def _print_predictions(loaded: LoadedRun, texts: Iterable[str], threshold: float | None, as_json: bool) -> None:
    """Print predictions as texts arrive. Reads no further ahead than the batch of the model."""
    texts = iter(texts)
    first = next(texts, None)
    if first is None:
        print_note("there are no texts to predict")
        return
    inputs, printed = tee(chain([first], texts))
    cut = 0
    for text, prediction in zip(printed, loaded.stream_predictions(inputs, threshold=threshold), strict=True):
        fields = asdict(prediction)
        cut += bool(fields.get("cut_off"))  # a field of the tasks that can cut a text
        if as_json:
            print_json({"text": text, **fields}, indent=None)
        else:
            print_line(prediction.label, f"{prediction.probability:.4f}", text)
    if cut:
        print_note(f"{counted(cut, 'text')} longer than what the model reads: the rest was cut off")
