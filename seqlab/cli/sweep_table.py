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
    result_console,
    table,
)
from seqlab.cli.run_rows import short_keys
from seqlab.text_format import counted, format_number

if TYPE_CHECKING:
    from rich.console import Console

    from seqlab.sweeps.read_sweep import Sweep
    from seqlab.sweeps.summary import Best, TrialRow
    from seqlab.sweeps.sweep_directory import SweepDirectory

MOST_ROWS = 15
"""Trials in a table; `--json` has all."""
LONGEST_CELL = 16
"""Characters of a value in the table of a terminal."""
OTHER_COLUMNS = {"trial", "epochs", "status"}
"""Headings that mean something else than a key of the config."""

Column = tuple[str, list[Any]]
"""A heading and its cells."""


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
        return table(*_columns_and_cells(self._sweep, shown[:MOST_ROWS], self._console), title)


def print_sweep(sweep: Sweep, directory: SweepDirectory, rows: Sequence[TrialRow], best: Best | None) -> None:
    """Print the best trials, and what to do with the best one."""
    ordered = _ordered(sweep, rows)
    columns, cells = _columns_and_cells(sweep, ordered[:MOST_ROWS], result_console())
    print_table(columns, cells)
    if left_out := sweep.space.parameters[len(columns) - len(OTHER_COLUMNS) - 1 :]:
        print_note(f"no room for {', '.join(each.key for each in left_out)}: --json shows all")
    if len(ordered) > MOST_ROWS:
        print_note(f"and {len(ordered) - MOST_ROWS} more: --json shows all")
    print_line()
    if best is None:
        reasons = [each.reason for each in rows if each.reason]
        why = f": {reasons[-1]}. Change the space, and give the sweep file another name" if reasons else ""
        print_note(f"no trial finished{why}")
        return
    finished = sum(each.state == "finished" for each in rows)
    _print_best(sweep, best)
    print_line()
    if note := _note(finished, best):
        print_note(note)
    print_note("to train it:")
    print_line(f"  seqlab train {shlex.quote(_shown_path(directory.best_file))}")
    pictures = [path for path in (directory.path / "importance.png", directory.path / "parallel.png") if path.is_file()]
    print_note(f"pictures: {', '.join(map(_shown_path, pictures))}")


def _note(finished: int, best: Best) -> str:
    """What the value of the best trial is worth, and the figure to report."""
    chosen = f"the best of {counted(finished, 'trial')} on validation looks better than it is: it was chosen there"
    notes = [chosen] if finished > 1 else []
    headline = None if best.run is None else best.run.headline
    if best.run is None:
        notes.append("Its run was deleted, and the result on the test split with it")
    elif headline is not None and headline[0].startswith("test."):
        figure = f"{headline[0]} {format_number(headline[1])}"
        notes.append(f"No trial was chosen by test, so this is the figure to report: {figure}")
    return ". ".join(notes)


def _print_best(sweep: Sweep, best: Best) -> None:
    from seqlab.config.yaml_writer import flow

    row, base = best.row, best.base
    width = max(map(len, ["best trial", sweep.goal, *best.changes])) + 2
    deleted = " (deleted)" if best.run is None else ""
    print_detail("best trial", f"{row.number}, run {row.run or '?'}{deleted}", width=width)
    value = format_number(row.value or 0.0)
    if base is None:
        compared = "" if row is base else "  (no trial has the values of the base config)"
    elif base.number == row.number:
        compared = "  (the base config)"
    else:
        difference = (row.value or 0.0) - (base.value or 0.0)
        sign = "" if difference < 0 else "+"
        compared = f"  (base config {format_number(base.value or 0.0)}, difference {sign}{format_number(difference)})"
    print_detail(sweep.goal, f"{value}{compared}", width=width)
    for key, (before, after) in best.changes.items():
        print_detail(key, f"{flow(before)} → {flow(after)}", width=width)


def _shown_path(path: Path) -> str:
    return str(path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path)


def _ordered(sweep: Sweep, rows: Sequence[TrialRow]) -> list[TrialRow]:
    from seqlab.sweeps.summary import in_order

    return in_order(rows, maximize=sweep.maximize)


def _columns_and_cells(
    sweep: Sweep, rows: Sequence[TrialRow], console: Console
) -> tuple[list[str], list[tuple[object, ...]]]:
    """The trials as a table, with as many keys as a terminal has room for; elsewhere with all of them."""
    keys = [each.key for each in sweep.space.parameters]
    value = [("" if each.value is None else format_number(each.value)) for each in rows]
    first: list[Column] = [("trial", [each.number for each in rows]), (sweep.goal, value)]
    last: list[Column] = [("epochs", [each.epochs or "" for each in rows]), ("status", [each.state for each in rows])]
    longest = LONGEST_CELL if console.is_terminal else None
    of_keys: list[Column] = [
        (name, [_cell(each.values[key], longest) if key in each.values else "" for each in rows])
        for key, name in zip(keys, short_keys(keys, OTHER_COLUMNS), strict=True)
    ]
    while of_keys and console.is_terminal and _width([*first, *of_keys, *last]) > console.width:
        of_keys.pop()
    columns = [*first, *of_keys, *last]
    return [name for name, _ in columns], list(zip(*(cells for _, cells in columns), strict=True))


def _width(columns: Sequence[Column]) -> int:
    from rich.cells import cell_len

    return sum(max(cell_len(str(each)) for each in (name, *cells)) + 2 for name, cells in columns) - 2


def _cell(value: Any, longest: int | None = None) -> str:
    """A value of a trial on one line; `longest`: characters of it."""
    if isinstance(value, float):
        return f"{value:.4g}"
    from seqlab.config.yaml_writer import flow

    text = value if isinstance(value, str) else flow(value)
    return text if longest is None or len(text) <= longest else f"{text[: longest - 1]}…"


def _line(goal: str, row: TrialRow) -> str:
    """`trial 3 finished: validation.accuracy 0.9487  model.hidden=8  run …`"""
    values = "  ".join(f"{key}={_cell(value)}" for key, value in row.values.items())
    if row.state == "finished":
        return f"trial {row.number} finished: {goal} {format_number(row.value or 0.0)}  {values}"
    why = row.reason or row.state
    return f"trial {row.number} {why if why.startswith(row.state) else f'{row.state}: {why}'}  {values}".rstrip()
