"""`seqlab predict` and `seqlab evaluate`: what a saved run answers, and how well."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from itertools import chain, tee
from pathlib import Path
from typing import Annotated, Any, BinaryIO, Literal

import typer

from seqlab import runs
from seqlab.cli.arguments import AsJson, Overrides, Plugins, RunReference, RunsDirectory
from seqlab.cli.console import message_console, note, print_json, print_line
from seqlab.cli.figures import print_figures, print_verdicts
from seqlab.cli.progress import terminal_progress
from seqlab.errors import DataError, RequestError

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
    print_figures(result)
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

    if texts and file is not None:
        raise RequestError("texts come from the arguments or from --file, not from both")
    found = runs.find(run, runs_dir, status="finished")
    with terminal_progress().step("loading the run"):
        loaded = experiment.load(found, plugins=plugins)
    if texts:
        _print_answers(loaded, texts, as_json)
    elif file is not None and file != "-":
        with _opened(Path(file)) as source:
            _print_answers(loaded, lines_of(source, file), as_json)
    elif file == "-" or not _somebody_types():
        _print_answers(loaded, lines_of(sys.stdin.buffer, "stdin"), as_json)
    else:
        _converse(loaded, as_json)


def lines_of(file: BinaryIO, name: str) -> Iterator[str]:
    """One text per line of UTF-8: only a line feed ends a line, a carriage return or a byte order mark is dropped."""
    for number, line in enumerate(file, start=1):
        content = line.removesuffix(b"\n").removesuffix(b"\r")
        try:
            text = content.decode("utf-8")
        except UnicodeDecodeError as error:
            raise DataError(
                f"{name}, line {number}: byte {error.start + 1} is not UTF-8; convert the file to UTF-8 first"
            ) from None
        yield text.removeprefix("\ufeff") if number == 1 else text


def _print_answers(loaded: Any, texts: Iterable[str], as_json: bool) -> None:
    """Answers as they come: no more texts are read ahead than the model takes at once."""
    texts = iter(texts)
    first = next(texts, None)
    if first is None:
        note("there was no text to predict")
        return
    asked, shown = tee(chain([first], texts))
    for text, answer in zip(shown, loaded.answers(asked), strict=True):
        if as_json:
            print_json({"text": text, **asdict(answer)}, indent=None)
        else:
            print_line(answer.label, f"{answer.probability:.4f}", text)


def _converse(loaded: Any, as_json: bool) -> None:
    """Answer line by line until the input ends."""
    console = message_console()
    note("a text and Enter; Ctrl-D ends")
    with contextlib.suppress(EOFError):
        while True:
            _print_answers(loaded, [console.input("> ")], as_json)


def _somebody_types() -> bool:
    return sys.stdin.isatty()


def _opened(path: Path) -> BinaryIO:
    try:
        return path.open("rb")
    except OSError as error:
        raise RequestError(f"{path} cannot be read: {error.strerror}") from error
