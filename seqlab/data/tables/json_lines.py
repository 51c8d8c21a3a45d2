"""JSON Lines: one JSON object per line, whose keys are the columns."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from seqlab.data.sources.text_encoding import TextEncoding, read_text
from seqlab.data.tables.bad_rows import BadRows
from seqlab.data.tables.table import (
    Columns,
    Row,
    Table,
    TableFormat,
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


_DECODER = json.JSONDecoder(parse_int=_Number, parse_float=_Number, parse_constant=lambda constant: None)


class JsonLinesFormat(TextEncoding, TableFormat):
    """JSON Lines (JSONL, NDJSON)."""

    def table(self, path: Path, columns: Columns, bad: BadRows, progress: Progress, *, with_empty: bool) -> Table:
        lines = read_text(path, self.encoding).split("\n")
        given = tracked(lines, progress, f"reading {path.name}", None, "rows")
        objects = list(_objects(given, bad, with_empty=with_empty))
        if not objects:
            bad.check()
            raise no_rows(path, "is empty")
        names = list(dict.fromkeys(name for _, row in objects for name in row))
        chosen = [names[position] for position in positions(path, names, columns)]
        kept: list[Row] = [(line, cells) for line, row in objects if (cells := _cells(line, row, chosen, columns, bad))]
        sources = tuple(lines[number - 1].strip() for number, _ in kept) if columns is None else ()
        nested = {name: None for _, row in objects for name, value in row.items() if text_of(value) is None}
        return Table(tuple(chosen), kept, sources=sources, nested=tuple(nested) if columns is None else ())


def _objects(lines: Iterator[str], bad: BadRows, *, with_empty: bool) -> Iterator[tuple[int, dict[str, Any]]]:
    """The objects of all lines that are not blank, with the numbers of their lines; `with_empty` also those without a
    value."""
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            value = _DECODER.decode(line)
        except (ValueError, RecursionError) as error:
            problem = f"{error.msg} at column {error.colno}" if isinstance(error, json.JSONDecodeError) else str(error)
            bad.add(number, f"not JSON: {problem} ({quoted(line.strip())})", CORRECT)
            continue
        if isinstance(value, dict):
            if with_empty or not is_blank(map(text_of, value.values())):
                yield number, value
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
