"""The lines of `seqlab runs list` in a terminal: as many columns as fit."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence, Set

from seqlab.cli.console import format_duration, format_value, print_rows, result_console
from seqlab.runs import RunSummary

WIDTH = 80
"""Columns of a table that goes to no terminal."""
OTHER_COLUMNS = {"run", "status", "size", "label", "result"}
"""Headings that mean something else than a key of the config: `size` is on disk."""
LONGEST_LABEL, SHORTEST_LABEL = 24, 12
"""Characters of a label, and of the value of a key, as far as there is room; and where there is none."""


def print_runs(
    summaries: Sequence[RunSummary], names: Sequence[str] | None, sizes: Mapping[str, int], sort: str | None
) -> None:
    """Print a line per run: as many columns as fit, the result or what went wrong at the end."""
    size = {"size": [format_size(sizes[each.run.id]) for each in summaries]} if sizes else {}
    ids = {"run": [each.run.id for each in summaries]}
    if names is not None:
        columns = ids | {name: [_cell(each, name) for each in summaries] for name in names if name != "run"} | size
        print_rows(tuple(columns), list(zip(*columns.values(), strict=True)))
        return
    heading, results = _results(summaries, sort)
    columns = ids | {"status": [each.status for each in summaries]} | size
    left = _room_left([*columns.items(), (heading, [result for result, is_reason in results if not is_reason])])
    if any(each.label for each in summaries):
        longest = max(SHORTEST_LABEL, min(left - 2, LONGEST_LABEL))
        columns["label"] = [_shortened(each.label, longest) for each in summaries]
        left -= _width("label", columns["label"]) + 2
    for name, cell in _further(summaries):
        if name not in columns and len(name) + 2 <= left:
            cells = [cell(each) for each in summaries]
            if (needed := _width(name, cells) + 2) <= left:
                columns[name] = cells
                left -= needed
    table = zip(*columns.values(), [result for result, _ in results], strict=True)
    print_rows((*columns, heading), list(table))


def _further(summaries: Sequence[RunSummary]) -> list[tuple[str, Callable[[RunSummary], str]]]:
    """Columns that are shown if there is room for them, the most important first: heading and what gives a cell."""
    from seqlab.reports.run_table import differing

    def of_key(key: str) -> Callable[[RunSummary], str]:
        return lambda each: _cell(each, key)

    keys = differing(summaries)
    columns = [(name, of_key(key)) for key, name in zip(keys, short_keys(keys, OTHER_COLUMNS), strict=True)]
    return [*columns[:2], ("total time", _total_time), *columns[2:]]


def _total_time(summary: RunSummary) -> str:
    """The time that all processes spent on a run, pauses between them excluded; empty if it has not ended."""
    seconds = summary.metadata.get("seconds") if summary.metadata.get("ended") else None
    return "" if seconds is None else format_duration(seconds)


def short_keys(keys: Sequence[str], others: Set[str]) -> list[str]:
    """The last words of dotted keys, as far as they tell them apart: `learning_rate`, and `model` for `model.name`.
    `others`: headings that mean something else."""
    endings = [key.removesuffix(".name").rpartition(".")[2] for key in keys]
    clear = {ending for ending in endings if endings.count(ending) == 1} - others
    return [ending if ending in clear else key for key, ending in zip(keys, endings, strict=True)]


def _results(summaries: Sequence[RunSummary], sort: str | None) -> tuple[str, list[tuple[str, bool]]]:
    """The heading of the last column; for each run its result or a reason, and whether it is a reason."""
    from seqlab.runs.selection import is_number, value_of

    sorted_by = sort if sort and any(sort in each.result for each in summaries) else None
    pairs = []
    for each in summaries:
        value = value_of(each, sorted_by) if sorted_by else None
        pairs.append((sorted_by, value) if sorted_by and is_number(value) else None if sorted_by else each.headline)
    names = {pair[0] for pair in pairs if pair}
    shared = len(names) == 1 and sum(pair is not None for pair in pairs) > 1
    cells = []
    for each, pair in zip(summaries, pairs, strict=True):
        reason = _reason(each)
        number = "" if pair is None else format_value(float(pair[1])) if sorted_by else f"{pair[1]:.4f}"
        result = number if pair is None or shared else f"{pair[0]} {number}"
        cells.append((reason or result, bool(reason)))
    return (next(iter(names)) if shared else "result"), cells


def _reason(summary: RunSummary) -> str:
    """Why a run did not finish, in one line; `seqlab runs show` prints all of it."""
    reason = summary.damage or str(summary.metadata.get("reason") or "")
    return reason.replace(f"{summary.run.directory}{os.sep}", "").partition("\n")[0]


def _room_left(columns: Sequence[tuple[str, Sequence[str]]]) -> int:
    """How many columns of the terminal a table leaves free."""
    console = result_console()
    width = console.width if console.is_terminal else WIDTH
    widths = [_width(name, cells) for name, cells in columns]
    widths[0] = min(widths[0], width // 2)
    return width - sum(widths) - 2 * (len(widths) - 1)


def _width(name: str, cells: Sequence[str]) -> int:
    from rich.cells import cell_len

    return max(cell_len(each) for each in (name, *cells))


def _cell(summary: RunSummary, key: str) -> str:
    """The value of a key in a terminal: metrics are rounded, what a config says is repeated as it is."""
    from seqlab.reports.run_table import is_result
    from seqlab.runs.selection import shown, value_of

    value = value_of(summary, key)
    return format_value(value) if isinstance(value, float) and is_result(key) else _shortened(shown(value))


def _shortened(text: str, longest: int = LONGEST_LABEL) -> str:
    """A text on one line, cut to so many columns."""
    from rich.cells import cell_len, set_cell_size

    line = format_value(" ".join(text.split()))
    return line if cell_len(line) <= longest else f"{set_cell_size(line, longest - 1).rstrip()}…"


def format_size(size: int) -> str:
    """Bytes for display: `12 kB`, `3.4 MB`."""
    for unit, factor in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if size >= factor:
            return f"{size / factor:.1f} {unit}" if size < 10 * factor else f"{size / factor:,.0f} {unit}"
    return f"{size} B"
