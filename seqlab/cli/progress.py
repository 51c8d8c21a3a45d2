"""Long work as a person sees it: bars with the time that is left in a terminal, plain lines elsewhere, never both."""

from __future__ import annotations

import contextlib
import os
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from seqlab.cli.console import console_of_its_own, figure, table
from seqlab.progress import Progress, Step
from seqlab.text_format import visible

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress as Bars

REFRESH_SECONDS = 0.1
"""A step may advance a million times a second; a bar is told at most so often."""

SHOWN_FIGURES = {"train": 1, "validation": 2}
"""How many figures of each split stand in an epoch's line, the loss first; `metrics.jsonl` holds them all."""

WORTH_A_LINE = 1.0
"""Seconds from which a step is worth a line where there are no bars."""


def terminal_progress() -> Progress:
    """Progress on stderr, the way stderr can show it."""
    console = console_of_its_own()
    if sys.stderr.isatty() and os.environ.get("TERM") != "dumb":
        return BarProgress(console)
    return LineProgress(console)


class _Printed:
    """What both ways have in common."""

    def __init__(self, console: Console) -> None:
        self.console = console

    def say(self, text: str) -> None:
        # In a terminal lines break between words; in a file they do not break.
        self.console.print(visible(text, keep="\n"), soft_wrap=not self.console.is_terminal)

    def table(self, title: str, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        self.console.print(table(columns, rows, title), "", sep="\n")


class LineProgress(_Printed):
    """One line per epoch, and one per step that took its time."""

    @contextlib.contextmanager
    def step(self, what: str, total: int | None = None, unit: str = "") -> Iterator[Step]:
        step, start = _CountingStep(), time.monotonic()
        yield step
        seconds = time.monotonic() - start
        # An epoch says all there is to say with its figures.
        if seconds >= WORTH_A_LINE and not what.startswith("epoch "):
            amount = f"  {step.units:,} {unit}".rstrip() if step.units else ""
            self.say(f"{what}{amount}  {seconds:.1f} s")

    def epoch(self, figures: Mapping[str, float]) -> None:
        self.say("  ".join(epoch_fields(figures)))


class BarProgress(_Printed):
    """A bar per step under way; what is said and every epoch stand above the bars."""

    def __init__(self, console: Console) -> None:
        super().__init__(console)
        self._bars: Bars | None = None

    @contextlib.contextmanager
    def step(self, what: str, total: int | None = None, unit: str = "") -> Iterator[Step]:
        with self._shown_bars() as bars:
            step = _BarStep(bars, what, total, unit)
            try:
                yield step
            finally:
                step.close()

    def epoch(self, figures: Mapping[str, float]) -> None:
        for line in folded(epoch_fields(figures), self.console.width):
            self.say(line)

    @contextlib.contextmanager
    def _shown_bars(self) -> Iterator[Bars]:
        """One display for all steps under way: it appears with the first and vanishes with the last."""
        if self._bars is not None:
            yield self._bars
            return
        with _new_bars(self.console) as bars:
            self._bars = bars
            try:
                yield bars
            finally:
                self._bars = None


class _CountingStep:
    def __init__(self) -> None:
        self.units = 0

    def advance(self, units: int = 1, **figures: float) -> None:
        self.units += units


class _BarStep(_CountingStep):
    """Counts, and tells its bar from time to time."""

    def __init__(self, bars: Bars, what: str, total: int | None, unit: str) -> None:
        super().__init__()
        self._bars, self._total, self._unit = bars, total, unit
        self._figures: Mapping[str, float] = {}
        self._next_refresh = 0.0
        self._task = bars.add_task(visible(what), total=total, amount="", figures="")

    def advance(self, units: int = 1, **figures: float) -> None:
        self.units += units
        self._figures = figures
        moment = time.monotonic()
        if moment >= self._next_refresh:
            self._next_refresh = moment + REFRESH_SECONDS
            self._show()

    def close(self) -> None:
        self._bars.remove_task(self._task)

    def _show(self) -> None:
        whole = "" if self._total is None else f"/{self._total:,}"
        self._bars.update(
            self._task,
            completed=self.units,
            amount=f"{self.units:,}{whole} {self._unit}".rstrip(),
            figures="  ".join(f"{name} {figure(value)}" for name, value in self._figures.items()),
        )


def epoch_fields(figures: Mapping[str, float]) -> list[str]:
    """`epoch  3/10`, the first figures of each split, the speed, the time: each a field of the epoch's line."""
    fields = []
    if "epoch" in figures:
        fields.append(_epoch_of(int(figures["epoch"]), int(figures.get("epochs", 0))))
    for split, count in SHOWN_FIGURES.items():
        names = [name for name in figures if name.startswith(f"{split}.")]
        shown = " ".join(f"{name.removeprefix(f'{split}.')} {figure(figures[name])}" for name in names[:count])
        if shown:
            fields.append(shown if split == "train" else f"{split} {shown}")
    if "examples_per_second" in figures:
        fields.append(f"{_short(figures['examples_per_second'])}/s")
    if "seconds" in figures:
        fields.append(f"{figures['seconds']:.1f} s")
    return fields


def _short(number: float) -> str:
    """`843`, `12k`, `3M`: a speed needs no more digits, and the line of an epoch has to fit into 80 columns."""
    for size, letter in ((1e6, "M"), (1e3, "k")):
        if number >= 10 * size:
            return f"{number / size:.0f}{letter}"
    return f"{number:,.0f}"


def folded(fields: Sequence[str], width: int) -> list[str]:
    """The fields in lines of at most `width`, those after the first set below the first metric."""
    indent = " " * (len(fields[0]) + 2) if fields else ""
    lines, line = [], ""
    for field in fields:
        longer = f"{line}  {field}" if line.strip() else line + field
        if len(longer) > width and line.strip():
            lines.append(line)
            longer = indent + field
        line = longer
    return [*lines, line]


def _epoch_of(epoch: int, epochs: int) -> str:
    """`epoch  3/10`, or `epoch 3` where nobody knows how many there will be."""
    return f"epoch {epoch:{len(str(epochs))}d}/{epochs}" if epochs else f"epoch {epoch}"


def _new_bars(console: Console) -> Bars:
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    return Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=20),
        TextColumn("{task.fields[amount]}", markup=False),
        TimeRemainingColumn(compact=True),
        TextColumn("{task.fields[figures]}", markup=False),
        console=console,
        transient=True,
    )
