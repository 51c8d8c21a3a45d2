"""JSON Lines: one JSON object per line, whose keys are the columns."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from seqlab.data.sources.text_encoding import TextEncoding
from seqlab.data.sources.text_lines import read_lines
from seqlab.data.tables.bad_rows import BadRows
from seqlab.data.tables.table import (
    Columns,
    RowsWriter,
    Table,
    TableFormat,
    column_key,
    is_blank,
    no_rows,
    not_a_text,
    positions,
    refuse_nul,
    text_of,
)
from seqlab.progress import Progress, tracked
from seqlab.text_format import quoted

CORRECT = 'write one JSON object per line, such as {"text": "…"} (a list of objects becomes that by jq -c ".[]" FILE)'


class _Number(str):
    """A number as it is written: 1 and 1.0 are different labels in a CSV file too."""


_Object = tuple[int, dict[str, Any], str]
"""The number of a line, the object on it, and the line."""
_DECODER = json.JSONDecoder(parse_int=_Number, parse_float=_Number, parse_constant=lambda constant: None)


class JsonLinesFormat(TextEncoding, TableFormat):
    """JSON Lines (JSONL, NDJSON)."""

    def table(self, path: Path, columns: Columns, bad: BadRows, progress: Progress, *, with_empty: bool) -> Table:
        lines = read_lines(path, self.encoding, "\n")
        given = tracked(lines, progress, f"reading {path.name}", None, "rows")
        objects = _objects(given, bad, with_empty=with_empty)
        return _all_columns(path, list(objects), bad) if columns is None else _chosen(path, objects, columns, bad)


def _chosen(path: Path, objects: Iterable[_Object], columns: Sequence[str | int], bad: BadRows) -> Table:
    """The columns of that name. What a column is called is known at the end: a later object may be the first to have
    it."""
    names: dict[str, None] = {}
    keys = [column_key(str(column)) for column in columns]
    called = dict(zip(keys, map(str, columns), strict=True))
    kept = RowsWriter(len(columns))
    found = 0
    for line, row, _ in objects:
        found += 1
        for name in row:
            if name not in names:
                names[name] = None
                if (key := column_key(name)) in called:
                    called[key] = name
        if cells := _cells(line, row, [called[key] for key in keys], columns, bad):
            kept.append(line, cells)
    _refuse_nothing(path, found, bad)
    chosen = [list(names)[position] for position in positions(path, list(names), columns)]
    return Table(tuple(chosen), kept.finish())


def _all_columns(path: Path, objects: Sequence[_Object], bad: BadRows) -> Table:
    """All columns, and each row as it is written."""
    _refuse_nothing(path, len(objects), bad)
    names = list(dict.fromkeys(name for _, row, _ in objects for name in row))
    kept, sources = RowsWriter(len(names)), []
    for line, row, source in objects:
        if cells := _cells(line, row, names, None, bad):
            kept.append(line, cells)
            sources.append(source)
    nested = {name: None for _, row, _ in objects for name, value in row.items() if text_of(value) is None}
    return Table(tuple(names), kept.finish(), sources=tuple(sources), nested=tuple(nested))


def _refuse_nothing(path: Path, found: int, bad: BadRows) -> None:
    if not found:
        bad.check()
        raise no_rows(path, "is empty")


def _objects(lines: Iterator[str], bad: BadRows, *, with_empty: bool) -> Iterator[_Object]:
    """The objects of all lines that are not blank; `with_empty` also those without a value."""
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            value = _DECODER.decode(line.removesuffix("\n"))
        except (ValueError, RecursionError) as error:
            problem = f"{error.msg} at column {error.colno}" if isinstance(error, json.JSONDecodeError) else str(error)
            bad.add(number, f"not JSON: {problem} ({quoted(line.strip())})", CORRECT)
            continue
        if isinstance(value, dict):
            if with_empty or not is_blank(map(text_of, value.values())):
                yield number, value, line.strip()
        else:
            bad.add(number, f"not a JSON object ({quoted(line.strip())})", CORRECT)


def _cells(line: int, row: dict[str, Any], names: Sequence[str], asked_for: object, bad: BadRows) -> list[str] | None:
    """The cells of the columns `names`; None if the row is bad.

    If no columns were asked for, missing ones are empty and nested values are JSON.
    """
    cells = []
    for name in names:
        text = text_of(row.get(name))
        if asked_for is None and text is None:
            try:
                text = _json(row[name])
            except RecursionError:
                bad.add(line, f"{quoted(name)} is nested too deeply", "write it with fewer levels")
                return None
        elif asked_for is not None and name not in row:
            bad.add(line, f"has no {quoted(name)}", "give every row all columns that are read (null is an empty text)")
            return None
        elif text is None:
            bad.add(line, *not_a_text(name, row[name]))
            return None
        cells.append(str(text))
    return None if refuse_nul(line, names, cells, bad) else cells


def _json(value: object) -> str:
    """A value as JSON, in which numbers are those that were read."""
    match value:
        case _Number():
            return str(value)
        case list():
            return f"[{', '.join(map(_json, value))}]"
        case dict():
            return "{" + ", ".join(f"{_json(name)}: {_json(item)}" for name, item in value.items()) + "}"
        case _:
            return json.dumps(value, ensure_ascii=False)
