"""The trials of a sweep in the terminal: a live table while it runs, lines elsewhere, and the result."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from seqlab.cli.console import (
    independent_console,
    print_detail,
    print_line,
    print_note,
    print_table,
    print_wrapped,
    table,
)
from seqlab.text_format import counted, format_number

if TYPE_CHECKING:
    from seqlab.sweeps.read_sweep import Sweep
    from seqlab.sweeps.summary import Best, TrialRow
    from seqlab.sweeps.sweep_directory import SweepDirectory

MOST_ROWS = 15
"""Trials in a table; `--json` has all."""


class SweepDisplay:
    """What is shown while a sweep runs: in a terminal a table, elsewhere a line when a trial ends."""

    def __init__(self, sweep: Sweep) -> None:
        self._sweep = sweep
        self._console = independent_console()
        self._live: Any = None
        self._ended: set[int] | None = None

    def __enter__(self) -> Self:
        if self._console.is_terminal:
            from rich.live import Live

            self._live = Live(console=self._console, transient=True, auto_refresh=False)
            self._live.start()
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        if self._live is not None:
            self._live.stop()

    def show(self, rows: Sequence[TrialRow]) -> int:
        """Show where the trials stand. Returns how many have ended."""
        ended = [each for each in rows if each.state != "running"]
        if self._live is not None:
            self._live.update(self._table(rows), refresh=True)
        else:
            # Those of an earlier command are not told again.
            known = self._ended if self._ended is not None else set()
            for each in ended:
                if each.number not in known:
                    print_wrapped(self._console, _line(self._sweep.goal, each))
        self._ended = {each.number for each in ended}
        return len(ended)

    def begin(self, rows: Sequence[TrialRow]) -> None:
        """The trials that ended before this command."""
        self._ended = {each.number for each in rows if each.state != "running"}
        if self._live is not None:
            self._live.update(self._table(rows), refresh=True)

    def _table(self, rows: Sequence[TrialRow]) -> Any:
        running = [each for each in rows if each.state == "running"]
        shown = running + _ordered(self._sweep, [each for each in rows if each not in running])
        most = self._sweep.most_trials
        ended = len(rows) - len(running)
        title = f"{ended}{'' if most is None else f' of {most}'} trials ended, {len(running)} running"
        return table(*_columns_and_cells(self._sweep, shown[:MOST_ROWS]), title)


def print_sweep(sweep: Sweep, directory: SweepDirectory, rows: Sequence[TrialRow], best: Best | None) -> None:
    """Print the best trials, and what to do with the best one."""
    ordered = _ordered(sweep, rows)
    print_table(*_columns_and_cells(sweep, ordered[:MOST_ROWS]))
    if len(ordered) > MOST_ROWS:
        print_note(f"and {len(ordered) - MOST_ROWS} more: --json shows all")
    print_line()
    if best is None:
        reasons = [each.reason for each in rows if each.reason]
        print_note(f"no trial finished{f': {reasons[-1]}' if reasons else ''}")
        return
    finished = sum(each.state == "finished" for each in rows)
    _print_best(sweep, best)
    print_line()
    note = f"the best of {counted(finished, 'trial')} on validation looks better than it is: it was chosen there"
    headline = None if best.run is None else best.run.headline
    if headline is not None and headline[0].startswith("test."):
        note += f". No trial was chosen by test, so this is the figure to report: {headline[0]} {headline[1]:.4f}"
    print_note(note)
    print_note("to train it:")
    print_line(f"  seqlab train {shlex.quote(_shown_path(directory.best_file))}")
    pictures = [path for path in (directory.path / "importance.png", directory.path / "parallel.png") if path.is_file()]
    print_note(f"pictures: {', '.join(map(_shown_path, pictures))}")


def _print_best(sweep: Sweep, best: Best) -> None:
    from seqlab.config.yaml_writer import flow

    row, base = best.row, best.base
    width = max(map(len, ["best trial", sweep.goal, *best.changes])) + 2
    print_detail("best trial", f"{row.number}, run {row.run or '?'}", width=width)
    value = format_number(row.value or 0.0)
    if base is None:
        compared = "" if row is base else "  (no trial has the values of the base config)"
    elif base.number == row.number:
        compared = "  (the base config)"
    else:
        difference = (row.value or 0.0) - (base.value or 0.0)
        compared = f"  (base config {format_number(base.value or 0.0)}, difference {difference:+.4f})"
    print_detail(sweep.goal, f"{value}{compared}", width=width)
    for key, (before, after) in best.changes.items():
        print_detail(key, f"{flow(before)} → {flow(after)}", width=width)


def _shown_path(path: Path) -> str:
    return str(path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path)


def _ordered(sweep: Sweep, rows: Sequence[TrialRow]) -> list[TrialRow]:
    from seqlab.sweeps.summary import in_order

    return in_order(rows, maximize=sweep.maximize)


def _columns_and_cells(sweep: Sweep, rows: Sequence[TrialRow]) -> tuple[list[str], list[list[object]]]:
    keys = [each.key for each in sweep.space.parameters]
    cells: list[list[object]] = [
        [
            each.number,
            "" if each.value is None else format_number(each.value),
            *(_cell(each.values.get(key)) for key in keys),
            each.epochs or "",
            each.state,
        ]
        for each in rows
    ]
    return ["trial", sweep.goal, *keys, "epochs", "status"], cells


def _cell(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:.4g}"
    from seqlab.config.yaml_writer import flow

    return "" if value is None else str(value) if isinstance(value, int | str) else flow(value)


def _line(goal: str, row: TrialRow) -> str:
    """`trial 3 finished: validation.accuracy 0.9487  model.hidden=8  run …`"""
    values = "  ".join(f"{key}={_cell(value)}" for key, value in row.values.items())
    if row.state == "finished":
        return f"trial {row.number} finished: {goal} {format_number(row.value or 0.0)}  {values}"
    why = row.reason or row.state
    return f"trial {row.number} {why if why.startswith(row.state) else f'{row.state}: {why}'}  {values}".rstrip()
