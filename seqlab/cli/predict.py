"""`seqlab predict` and `seqlab evaluate`: predictions and metrics of a saved run."""

from __future__ import annotations

import contextlib
import os
import shlex
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from itertools import chain, tee
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from seqlab import runs
from seqlab.cli.answers import FileEncoding, Spreadsheet, TableRequest, TextColumns
from seqlab.cli.arguments import (
    AsJson,
    Overrides,
    Plugins,
    RunArgument,
    RunOption,
    RunsDirectory,
    SetOverrides,
    TextFile,
    note_which,
    split_run,
)
from seqlab.cli.console import print_json, print_line, print_note, print_sentence
from seqlab.cli.ensemble import Ensemble, evaluate_ensemble, refuse_beside_ensemble
from seqlab.cli.metrics import print_metrics, print_verdicts
from seqlab.cli.progress import terminal_progress
from seqlab.cli.texts import TextNotes, process_texts
from seqlab.errors import RequestError
from seqlab.text_format import counted, number_text, quoted, verb

if TYPE_CHECKING:
    from seqlab.experiment import LoadedRun

TUNED: Literal["tuned"] = "tuned"

commands = typer.Typer()

TEXT_HINT = "RUN comes first, then the texts: seqlab predict latest TEXT"


@commands.command()
def evaluate(
    run: RunArgument,
    overrides: Overrides,
    runs_dir: RunsDirectory,
    plugins: Plugins,
    run_option: RunOption = None,
    split: Annotated[
        Literal["test", "validation", "train"] | None,
        typer.Option(help="The split to score; by default test, or validation if the data have no test split."),
    ] = None,
    threshold: Annotated[
        str | None,
        typer.Option(metavar="P|tuned", help="Score the labels that `predict --threshold` would give."),
    ] = None,
    ensemble: Ensemble = False,
    as_json: AsJson = False,
) -> None:
    """Score a saved run again, from the raw data.

    With --run, all arguments are overrides. With --ensemble, they are finished
    classification runs, whose recorded class probabilities are averaged:
    seqlab evaluate RUN RUN --ensemble
    """
    reference, overrides = split_run(run, run_option, overrides)
    if ensemble:
        refuse_beside_ensemble({"--split": split, "--threshold": threshold, "--plugin": plugins})
        evaluate_ensemble([reference, *overrides], runs_dir, as_json)
        return
    if several := [each for each in overrides if "=" not in each]:
        raise RequestError(f"'{several[0]}' is no override KEY=VALUE; if it is another run, add --ensemble")
    from seqlab import experiment

    hint = "RUN comes first: seqlab evaluate RUN KEY=VALUE" if "=" in reference else ""
    with hint_if_unknown(hint):
        found = note_which(runs.find(reference, runs_dir), reference, runs_dir)
    asked = None if threshold is None else _asked_threshold(threshold)
    loaded = experiment.load(found, plugins=plugins, overrides=overrides, progress=terminal_progress())
    probability = None if asked is None else _probability(loaded, asked)
    result = loaded.evaluate(split, threshold=probability)
    if as_json:
        print_json(result if probability is None else {**result, "threshold": probability})
        return
    if probability is not None:
        print_sentence(f"labels: those of --threshold {probability:.6g}, in all metrics of labels\n")
    print_metrics(result)
    if probability is None:  # expected are metrics of the most probable labels
        used = loaded.experiment
        print_verdicts(loaded.verdicts(result), used.expected.source, is_subset=used.data.take is not None)


@commands.command()
def predict(
    run: RunArgument,
    runs_dir: RunsDirectory,
    plugins: Plugins,
    overrides: SetOverrides,
    text_columns: TextColumns,
    texts: Annotated[
        list[str],
        typer.Argument(metavar="TEXT", default_factory=list, show_default=False, help="Texts; - reads stdin."),
    ],
    run_option: RunOption = None,
    file: TextFile = None,
    encoding: FileEncoding = None,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="FILE", help="Write a table: .csv, .tsv, .jsonl or .parquet, also .gz."),
    ] = None,
    spreadsheet: Spreadsheet = None,
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

    A table (.csv, .tsv, .jsonl, .parquet, also .gz) is read with the text
    columns of the run. Its rows come back with the columns label and
    probability beside them: seqlab predict RUN --file new.csv -o answers.csv
    """
    from seqlab import experiment

    reference, texts = split_run(run, run_option, texts)
    with hint_if_unknown("" if run_option else TEXT_HINT):
        found = note_which(experiment.find(reference, runs_dir, able_to="predict"), reference, runs_dir)
    request = TableRequest(file, text_columns, output, spreadsheet, as_json, encoding)
    request.check(texts)
    _note_file(texts)
    asked = None if threshold is None else _asked_threshold(threshold)
    table = request.read(found, plugins, overrides)
    loaded = experiment.load(found, plugins=plugins, overrides=overrides, progress=terminal_progress())
    probability = None if asked is None else _probability(loaded, asked)
    next(loaded.stream_predictions([], threshold=probability), None)  # what no answer can have is told before a header
    if table is not None or output is not None:
        request.answer(table, texts, loaded.answers, lambda several: _answers(loaded, several, probability))
    else:
        process_texts(texts, file, lambda several: _print_predictions(loaded, several, probability, as_json), encoding)


def _note_file(texts: list[str]) -> None:
    """Say of a text that is the name of a file how the file is read."""
    if path := next((text for text in texts if os.path.exists(text)), None):  # noqa: PTH110 - raises nothing
        print_note(f"{quoted(path)} is taken as a text; to read the file of that name, give --file {shlex.quote(path)}")


@contextlib.contextmanager
def hint_if_unknown(hint: str) -> Iterator[None]:
    """Say where RUN belongs if there is no such run."""
    try:
        yield
    except runs.UnknownRun as error:
        raise RequestError("\n".join(filter(None, (str(error), hint)))) from error


def _answers(
    loaded: LoadedRun, examples: Iterable[Any], threshold: float | None
) -> Iterator[tuple[str | float | None, ...]]:
    """The answers to each example, such as label and probability; no label where nothing is left of a text."""
    notes = TextNotes()
    inputs, named = tee(examples)
    for example, prediction in zip(named, loaded.stream_predictions(inputs, threshold=threshold), strict=True):
        yield loaded.answers_of(prediction)
        _note_guess(notes, str(example), prediction)
    notes.note_rest()


def _cell(name: str, answer: str | float | None) -> str:
    """A label, a probability with four digits, or a predicted number."""
    if isinstance(answer, float):
        return f"{answer:.4f}" if name == "probability" else number_text(answer)
    return answer or ""


def _note_guess(notes: TextNotes, text: str, prediction: object) -> None:
    from seqlab.experiment import is_guess

    if is_guess(prediction):
        notes.note(
            "have hardly a token that is known",
            f"hardly any token is known, the prediction is a guess: {quoted(text)}",
        )


def _asked_threshold(text: str) -> float | Literal["tuned"]:
    """A probability, or `tuned`. Raises RequestError for anything else."""
    if text == TUNED:
        return TUNED
    with contextlib.suppress(ValueError):
        if 0 <= float(text) <= 1:
            return float(text)
    raise RequestError(f"--threshold {text}: expected a probability from 0 to 1, or {TUNED}")


def _probability(loaded: LoadedRun, asked: float | Literal["tuned"]) -> float:
    return loaded.tuned_threshold() if asked == TUNED else asked


def _print_predictions(loaded: LoadedRun, texts: Iterable[str], threshold: float | None, as_json: bool) -> None:
    """Print predictions as texts arrive. Reads no further ahead than the batch of the model."""
    texts = iter(texts)
    first = next(texts, None)
    if first is None:
        print_note("there are no texts to predict")
        return
    inputs, printed = tee(chain([first], texts))
    notes, cut = TextNotes(), 0
    for text, prediction in zip(printed, loaded.stream_predictions(inputs, threshold=threshold), strict=True):
        answers = loaded.answers_of(prediction)
        answered, fields = answers[0] is not None, asdict(prediction)
        cut += bool(fields.get("cut_off"))  # a field of the tasks that can cut a text
        if as_json:
            print_json({"text": text, **fields, **({} if answered else {loaded.answers[0]: None})}, indent=None)
        else:
            cells = zip(loaded.answers, answers, strict=True)
            print_line(*(_cell(name, answer) if answered else "" for name, answer in cells), text)
        if not answered:
            notes.unanswered(quoted(text))
        _note_guess(notes, text, prediction)
    notes.note_rest()
    if cut:
        print_note(
            f"{counted(cut, 'text')} {verb(cut, 'is', 'are')} longer than what the model reads: the rest was cut off"
        )
