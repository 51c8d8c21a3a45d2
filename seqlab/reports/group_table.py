"""A table in which a group of runs is one row: what its runs have in common, and the mean and deviation of metrics."""

from __future__ import annotations

from collections.abc import Sequence

from seqlab.reports.run_table import RunTable, differing, is_result, main_metrics
from seqlab.runs import RunSummary
from seqlab.runs.groups import Spread, finished, spread, units_of
from seqlab.runs.selection import is_number, value_of

DEVIATION = ".sd"
"""Ending of the column of a deviation, where numbers are read by programs."""


def group_table(
    summaries: Sequence[RunSummary],
    columns: Sequence[str] | None = None,
    sort: str | None = None,
    *,
    descending: bool = False,
) -> RunTable:
    """A row per group, and per run that is in none, with its `Spread` in each metric.

    A metric is of the finished runs that have it, each seed once; another key has a value if all runs agree in it.
    `columns`: keys to show; None: what differs between the rows, and the metrics. `sort`: a metric by whose mean the
    rows are ordered, those without it last; of another key the order of the runs counts; None: the oldest first.
    """
    rows = [list(finished(unit.runs) or unit.runs) for unit in units_of(summaries)]
    if sort is not None:
        places = {each.run.id: place for place, each in enumerate(summaries)}
        rows.sort(key=lambda row: min(places[each.run.id] for each in row))
        if is_result(sort):
            known = [(cell.mean, row) for row in rows if isinstance(cell := _cell(row, sort), Spread)]
            ordered = [row for _, row in sorted(known, key=lambda pair: pair[0], reverse=descending)]
            rows = [*ordered, *(row for row in rows if row not in ordered)]
    everything = [each for row in rows for each in row]
    if columns:
        names = [each for each in columns if each not in {"run", "seeds"}]
    else:
        same = [name for name in differing(everything) if all(_agreed(row, name)[0] for row in rows)]
        names = [*same, *main_metrics(everything)]
    cells = [(_name(row), len(row), *(_cell(row, name) for name in names)) for row in rows]
    return RunTable(("run", "seeds", *names), tuple(cells))


def with_deviations(table: RunTable) -> RunTable:
    """The same with a column of means and one of deviations in the place of each column of spreads."""
    spreads = {index for row in table.rows for index, cell in enumerate(row) if isinstance(cell, Spread)}
    columns = [
        each
        for index, name in enumerate(table.columns)
        for each in ([name, f"{name}{DEVIATION}"] if index in spreads else [name])
    ]
    rows = [
        tuple(each for index, cell in enumerate(row) for each in (_both(cell) if index in spreads else [cell]))
        for row in table.rows
    ]
    return RunTable(tuple(columns), tuple(rows))


def _name(row: Sequence[RunSummary]) -> str:
    return row[0].group or row[0].run.id


def _cell(row: Sequence[RunSummary], name: str) -> object:
    if name == "started":
        return min(each.started for each in row) or None
    if not is_result(name):
        return _agreed(row, name)[1]
    known = [float(value) for each in row if is_number(value := value_of(each, name))]
    return spread(known) if known else None


def _agreed(row: Sequence[RunSummary], name: str) -> tuple[bool, object]:
    """Whether the runs of a row have one value of a key, and it; None if they differ, as in their seeds."""
    values = [value_of(each, name) for each in row]
    agree = all(value == values[0] for value in values)
    return agree, values[0] if agree else None


def _both(cell: object) -> list[object]:
    return [cell.mean, cell.standard_deviation] if isinstance(cell, Spread) else [None, None]
