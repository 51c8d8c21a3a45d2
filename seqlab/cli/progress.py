"""Progress of long work: bars with the remaining time in a terminal, plain lines elsewhere."""

from __future__ import annotations

import contextlib
import os
import re
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from seqlab.cli.console import independent_console, plain_console, print_wrapped, table
from seqlab.progress import Progress, ProgressStep
from seqlab.text_format import format_number, visible

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress as Bars

REFRESH_SECONDS = 0.1
"""Minimum time between two updates of a bar: a step may advance a million times a second."""

EPOCH_METRICS = {"train": 1, "validation": 2}
"""Number of metrics per split in the line of an epoch, the loss first. `metrics.jsonl` contains all of them."""

MIN_LINE_SECONDS = 1.0
"""Without bars, shorter steps are not reported."""


def terminal_progress() -> Progress:
    """Progress on stderr: bars in a terminal, lines otherwise."""
    console = independent_console()
    if sys.stderr.isatty() and os.environ.get("TERM") != "dumb":
        return BarProgress(console)
    return LineProgress(console)


def python_progress() -> Progress:
    """Progress for the Python API: as on the command line; in a notebook, lines on the standard output of the cell."""
    if "ipykernel" in sys.modules:  # its stderr is displayed as an error, and is no terminal
        return LineProgress(plain_console(sys.stdout))
    return terminal_progress()


class _ConsoleProgress:
    """Messages and tables, common to bars and lines."""

    def __init__(self, console: Console) -> None:
        self.console = console

    def say(self, text: str) -> None:
        print_wrapped(self.console, text)

    def table(self, title: str, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        with self.console.capture() as captured:
            self.console.print(table(columns, rows, title))
        lines = [line.rstrip() for line in captured.get().splitlines()]
        self.console.out(*lines, "", sep="\n", highlight=False)


class LineProgress(_ConsoleProgress):
    """One line per epoch and per step: at the beginning of a step without a unit, whose reader would wait in the dark,
    and at the end of any other that took a second or more."""

    @contextlib.contextmanager
    def step(self, what: str, total: int | None = None, unit: str = "") -> Iterator[ProgressStep]:
        step, start = _CountingStep(), time.monotonic()
        in_epoch = what.startswith("epoch ")  # an epoch is reported with its metrics
        if not unit and not in_epoch:
            self.say(what)
        yield step
        seconds = time.monotonic() - start
        if unit and not in_epoch and seconds >= MIN_LINE_SECONDS:
            amount = f"  {step.units:,} {unit}" if step.units else ""
            self.say(f"{what}{amount}  {seconds:.1f} s")

    def epoch(self, metrics: Mapping[str, float]) -> None:
        self.say("  ".join(epoch_fields(metrics)))


class BarProgress(_ConsoleProgress):
    """One bar per open step. Messages and epochs are printed above the bars."""

    def __init__(self, console: Console) -> None:
        super().__init__(console)
        self._bars: Bars | None = None
        self._open_steps = 0
        self._lock = threading.Lock()  # steps of a background process are reported by another thread

    @contextlib.contextmanager
    def step(self, what: str, total: int | None = None, unit: str = "") -> Iterator[ProgressStep]:
        with self._display() as bars:
            step = _BarStep(bars, what, total, unit)
            try:
                yield step
            finally:
                step.close()

    def epoch(self, metrics: Mapping[str, float]) -> None:
        for line in fitted(epoch_fields(metrics), self.console.width):
            self.console.print(visible(line), soft_wrap=True)

    @contextlib.contextmanager
    def _display(self) -> Iterator[Bars]:
        """One display for all open steps: it appears with the first and disappears with the last."""
        with self._lock:
            if self._bars is None:
                self._bars = _new_bars(self.console)
                self._bars.start()
            bars = self._bars
            self._open_steps += 1
        try:
            yield bars
        finally:
            with self._lock:
                self._open_steps -= 1
                if self._open_steps == 0:
                    self._bars = None
                    bars.stop()


class _CountingStep:
    def __init__(self) -> None:
        self.units = 0

    def advance(self, units: int = 1, **metrics: float) -> None:
        self.units += units


class _BarStep(_CountingStep):
    """Counts units and updates its bar from time to time."""

    def __init__(self, bars: Bars, what: str, total: int | None, unit: str) -> None:
        super().__init__()
        self._bars, self._total, self._unit = bars, total, unit
        self._metrics: Mapping[str, float] = {}
        self._next_refresh = 0.0
        self._task = bars.add_task(visible(what), total=total, amount="", metrics="")

    def advance(self, units: int = 1, **metrics: float) -> None:
        self.units += units
        self._metrics = metrics
        now = time.monotonic()
        if now >= self._next_refresh:
            self._next_refresh = now + REFRESH_SECONDS
            self._update()

    def close(self) -> None:
        self._bars.remove_task(self._task)

    def _update(self) -> None:
        total = "" if self._total is None else f"/{self._total:,}"
        self._bars.update(
            self._task,
            completed=self.units,
            amount=f"{self.units:,}{total} {self._unit}".rstrip(),
            metrics="  ".join(f"{name} {format_number(value)}" for name, value in self._metrics.items()),
        )


def epoch_fields(metrics: Mapping[str, float]) -> list[str]:
    """The fields of the line of an epoch: `epoch  3/10`, the first metrics of each split, speed, time."""
    fields = []
    if "epoch" in metrics:
        fields.append(_epoch_of(int(metrics["epoch"]), int(metrics.get("epochs", 0))))
    for split, count in EPOCH_METRICS.items():
        names = [name for name in metrics if name.startswith(f"{split}.")]
        values = " ".join(f"{name.removeprefix(f'{split}.')} {format_number(metrics[name])}" for name in names[:count])
        if values:
            fields.append(values if split == "train" else f"{split} {values}")
    if "examples_per_second" in metrics:
        fields.append(f"{_short(metrics['examples_per_second'])}/s")
    if "seconds" in metrics:
        seconds = metrics["seconds"]
        fields.append(f"{seconds:.1f} s" if seconds < 100 else f"{seconds:,.0f} s")
    return fields


def _short(number: float) -> str:
    """`843`, `12k`, `3M`, so that the line of an epoch fits into 80 columns."""
    for size, letter in ((1e6, "M"), (1e3, "k")):
        if number >= 10 * size:
            return f"{number / size:.0f}{letter}"
    return f"{number:,.0f}"


def fitted(fields: Sequence[str], width: int) -> list[str]:
    """The fields on one line of at most `width`, if necessary without the speed, the time and the training loss.

    In a very narrow terminal: all fields, folded. `metrics.jsonl` always has all of them.
    """
    kept = list(fields)
    for omitted in (r"$^", r".*/s", r".* s", r"loss .*"):
        kept = [field for field in kept if not re.fullmatch(omitted, field)]
        line = "  ".join(kept)
        if len(line) <= width:
            return [line]
    return folded(fields, width)


def folded(fields: Sequence[str], width: int) -> list[str]:
    """The fields in lines of at most `width`. Continuation lines are indented to the first metric."""
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
    """`epoch  3/10`, or `epoch 3` if the number of epochs is unknown."""
    return f"epoch {epoch:{len(str(epochs))}d}/{epochs}" if epochs else f"epoch {epoch}"


def _new_bars(console: Console) -> Bars:
    from rich.progress import BarColumn, Progress, Task, TextColumn, TimeRemainingColumn
    from rich.text import Text

    class TimeColumn(TimeRemainingColumn):
        """The remaining time; the elapsed time of a step whose end is unknown."""

        def render(self, task: Task) -> Text:
            return super().render(task) if task.total else Text(f"{task.elapsed or 0:.0f} s", "progress.elapsed")

    return Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=20),
        TextColumn("{task.fields[amount]}", markup=False),
        TimeColumn(compact=True),
        TextColumn("{task.fields[metrics]}", markup=False),
        console=console,
        transient=True,
    )
