"""`seqlab data doctor`: what is wrong with the data of a config."""

from __future__ import annotations

import sys
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from seqlab.cli.arguments import AsJson, Overrides, Plugins, RunsDirectory, note_which
from seqlab.cli.completion import complete_check, complete_dataset_or_config, complete_run
from seqlab.cli.console import (
    WIDEST_TEXT,
    format_value,
    print_indented,
    print_json,
    print_line,
    print_table,
    print_text,
    result_console,
)
from seqlab.cli.datasets import dataset_or_config
from seqlab.cli.progress import terminal_progress
from seqlab.text_format import counted, visible

if TYPE_CHECKING:
    from seqlab.config import Experiment
    from seqlab.data.datasets import Dataset
    from seqlab.diagnosis import Examined, Finding, Result
    from seqlab.runs import Run

FAILING = ("error", "warning")
"""What makes `--strict` exit with 1."""
BAR_WIDTH = 40
BLOCKS, PLAIN_BLOCKS = " ▏▎▍▌▋▊▉█", " -#"
"""Bars by eighths of a character, and for terminals that cannot write them."""

Classifier = Annotated[
    str | None,
    typer.Option(
        "--run",
        metavar="RUN",
        help="A finished classifier of these data: its predictions tell which labels are likely wrong.",
        show_default=False,
        autocompletion=complete_run,
    ),
]
Checks = Annotated[
    list[str] | None,
    typer.Option(
        "--check",
        metavar="NAME",
        help="Only this check, such as leaks. Can be repeated.",
        show_default=False,
        autocompletion=complete_check,
    ),
]


def doctor(
    name: Annotated[
        str,
        typer.Argument(metavar="CONFIG", help="A config or a dataset.", autocompletion=complete_dataset_or_config),
    ],
    overrides: Overrides,
    plugins: Plugins,
    runs_dir: RunsDirectory,
    run: Classifier = None,
    check: Checks = None,
    examples: Annotated[int, typer.Option("--examples", min=0, help="Rows that are shown of each finding.")] = 3,
    strict: Annotated[bool, typer.Option("--strict", help="Exit with 1 if there is an error or a warning.")] = False,
    as_json: AsJson = False,
) -> None:
    """Examine the data of a config: duplicates, leaks, odd rows, labels, lengths.

    With --run, also look for labels that are likely wrong, by the predictions of a trained classifier.
    """
    from seqlab import diagnosis
    from seqlab.diagnosis.checks import refuse_unknown

    refuse_unknown(check or [])
    source = dataset_or_config(name, overrides, plugins)
    progress = terminal_progress()
    given = None if run is None else _run_of(source, run, runs_dir)
    data = diagnosis.read_data(source, progress, run=given, runs_dir=runs_dir, examples=examples)
    results = diagnosis.diagnose(data, check or ())
    if as_json:
        print_json(_as_json(data, results))
    else:
        _print_report(data, results)
    if strict and diagnosis.worst(results) in FAILING:
        raise typer.Exit(1)


def _run_of(source: Dataset | Experiment, reference: str, runs_dir: Path) -> Run:
    """The run; of several that can be meant, a finished one of the task of the config."""
    from seqlab import config, runs

    tasks = [source.task] if isinstance(source, config.Experiment) else None
    return note_which(runs.find(reference, runs_dir, tasks=tasks), reference, runs_dir)


def _as_json(data: Examined, results: Sequence[Result]) -> dict[str, object]:
    from seqlab.diagnosis import worst

    return {
        "dataset": data.dataset.component_name(),
        "splits": {split: len(rows) for split, rows in data.splits.items()},
        "status": worst(results),
        "checks": {
            result.name: {
                "status": result.status,
                "summary": result.summary,
                "findings": [asdict(finding) for finding in result.findings],
                "figures": result.figures,
            }
            for result in results
        },
    }


def _print_report(data: Examined, results: Sequence[Result]) -> None:
    """A line a check, then what was found."""
    sizes = ", ".join(f"{len(rows):,} {split}" for split, rows in data.splits.items())
    print_line(f"{data.dataset.component_name()}: {counted(data.size, data.unit)} ({sizes})")
    print_line()
    _print_summary(results)
    for result in results:
        if result.findings or (result.figures and result.name in FIGURES):
            _print_details(data, result)


def _print_summary(results: Sequence[Result]) -> None:
    """A finding that is longer than its line goes on below its beginning."""
    rows = [("check", "result", "finding"), *((each.name, each.status, each.summary) for each in results)]
    name, status = (max(len(row[index]) for row in rows) + 2 for index in (0, 1))
    width = min(result_console().width, WIDEST_TEXT)
    for check, result, finding in rows:
        head = f"{check:<{name}}{result:<{status}}"
        print_text(textwrap.fill(finding, width - 1, initial_indent=head, subsequent_indent=" " * len(head)))


def _print_details(data: Examined, result: Result) -> None:
    print_line()
    print_line(result.name)
    for finding in result.findings:
        print_indented(f"{finding.severity}: {finding.message}", "  ")
        for line in _examples(finding):
            print_line(line)
    if result.figures and result.name in FIGURES:
        FIGURES[result.name](data, result.figures)


def _examples(finding: Finding) -> Iterator[str]:
    """A line for the place and what is special about a row, and one for its text, cut to the terminal."""
    width = result_console().width
    for each in finding.instances:
        yield _cut("    " + "  ".join(filter(None, (f"{each.split} {each.location}", each.detail))), width)
        if each.text.strip():
            yield _cut(f"      {each.text}", width)


def _cut(line: str, width: int) -> str:
    """A line of data in so many columns of a terminal."""
    from rich.cells import cell_len, set_cell_size

    shown = line[: len(line) - len(line.lstrip())] + " ".join(visible(line).split())
    return shown if cell_len(shown) < width else f"{set_cell_size(shown, width - 2).rstrip()}…"


def _print_labels(data: Examined, figures: Mapping[str, Any]) -> None:
    counts: Mapping[str, Mapping[str, int]] = figures["counts"]
    names = sorted({label for of_split in counts.values() for label in of_split})
    rows = [
        (label, *(f"{of_split.get(label, 0) / max(sum(of_split.values()), 1):.1%}" for of_split in counts.values()))
        for label in names[:MOST_LABELS]
    ]
    print_table(("  label", *counts), [(f"  {format_value(label)}", *shares) for label, *shares in rows])
    if len(names) > MOST_LABELS:
        print_line(f"  and {counted(len(names) - MOST_LABELS, 'more label')}")


def _print_lengths(data: Examined, figures: Mapping[str, Any]) -> None:
    """Quantiles by split, and bars of all splits together."""
    for side, of_side in figures.items():
        unit = f"{of_side['unit']}s"
        heading = f"  {side}, {unit}" if len(figures) > 1 else f"  {unit}"
        quantiles = of_side["quantiles"]
        names = list(next(iter(quantiles.values()), ()))
        print_table(
            (heading, *names), [(f"  {split}", *(each[name] for name in names)) for split, each in quantiles.items()]
        )
        counts = [sum(column) for column in zip(*of_side["histogram"].values(), strict=True)]
        for line in bars(_ranges(of_side["edges"]), counts):
            print_line(f"  {line}")


def _ranges(edges: Sequence[int]) -> list[str]:
    """`0-9`, `10-19`, and the last without an end."""
    closed = [f"{start:,}-{end - 1:,}" if end - start > 1 else f"{start:,}" for start, end in pairwise(edges)]
    return [*closed, f"{edges[-1]:,}+"]


def bars(names: Sequence[str], counts: Sequence[int]) -> list[str]:
    """A histogram in lines: name, bar, count. Bars are of eighths of a character where the output can write them."""
    size, most = max(map(len, names)), max([*counts, 1])
    lines = []
    for name, count in zip(names, counts, strict=True):
        bar = _bar(count / most)
        lines.append(f"{name:>{size}}  {bar}{' ' if bar else ''}{count:,}")
    return lines


def _bar(share: float) -> str:
    blocks = BLOCKS if _writes(BLOCKS) else PLAIN_BLOCKS
    parts = len(blocks) - 1
    full, rest = divmod(round(share * BAR_WIDTH * parts), parts)
    return blocks[-1] * full + blocks[rest].strip()


def _writes(characters: str) -> bool:
    try:
        characters.encode(getattr(sys.stdout, "encoding", None) or "utf-8")
    except UnicodeEncodeError:
        return False
    return True


def _print_coverage(data: Examined, figures: Mapping[str, Any]) -> None:
    rows = [
        (
            f"  {side} {split}" if len(figures) > 1 else f"  {split}",
            each["tokens"],
            f"{each['unknown_share']:.2%}",
            f"{each['cut_share']:.2%}",
            f"{each['cut_tokens_share']:.2%}",
        )
        for side, of_split in figures.items()
        for split, each in of_split.items()
    ]
    print_table(("  split", "tokens", "unknown", "texts cut", "tokens cut"), rows)


MOST_LABELS = 20
FIGURES = {"labels": _print_labels, "lengths": _print_lengths, "coverage": _print_coverage}
"""Check → how its figures are printed, whether or not something was found."""

__all__ = ["bars", "doctor"]
