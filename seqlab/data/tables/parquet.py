"""Parquet tables, read by pyarrow, which `seqlab[parquet]` installs."""

from __future__ import annotations

import importlib
import json
import math
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType
from typing import Any, ClassVar

from seqlab.data.sources import locations
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
from seqlab.errors import DataError, RequestError
from seqlab.progress import Progress

INSTALL = 'pip install "seqlab[parquet]"'


class ParquetFormat(TableFormat):
    """Parquet. Numbers and dates are read as texts; rows are numbered from 1."""

    unit: ClassVar[str] = "row"

    def table(self, path: Path, columns: Columns, bad: BadRows, progress: Progress, *, with_empty: bool) -> Table:
        with progress.step(f"reading {path.name}"):
            content, values, blank = _read(path, columns)
        names = content.column_names
        blank = set() if with_empty else blank
        rows = ((row, found) for row, found in enumerate(zip(*values, strict=True)) if row not in blank)
        kept = [kept for row, found in rows if (kept := _cells(row + 1, names, found, columns, bad))]
        if not kept:
            bad.check()
            raise no_rows(path, "has no rows", names)
        if columns is not None:
            return Table(tuple(names), kept)
        typed = content.take([row - 1 for row, _ in kept])
        sources = (json.dumps(_without_nan(row), ensure_ascii=False, default=str) for row in typed.to_pylist())
        found = zip(names, values, strict=True)
        nested = tuple(name for name, column in found if any(text_of(value) is None for value in column))
        return Table(tuple(names), kept, sources=tuple(sources), nested=nested, typed=typed)


def _read(path: Path, columns: Sequence[str | int] | None) -> tuple[Any, list[list[Any]], set[int]]:
    """The chosen columns as a `pyarrow.Table`, their values, and the rows (from 0) in which every column is empty."""
    try:
        with _pyarrow_parquet(path).ParquetFile(path) as file:
            names = file.schema_arrow.names
            chosen = [names[position] for position in positions(path, names, columns)]
            content = file.read(columns=chosen)
            values = [content.column(name).to_pylist() for name in chosen]
            return content, values, _blank_rows(file, values, [name for name in names if name not in chosen])
    except (OSError, ValueError, KeyError, NotImplementedError) as error:  # pyarrow's errors derive from these
        if isinstance(error, OSError) and error.errno is not None:
            raise locations.unreadable(path, error) from error
        raise DataError(f"{path} is not a Parquet file that pyarrow can read ({error}); write it again") from error


def _blank_rows(file: Any, values: Sequence[Sequence[Any]], others: Sequence[str]) -> set[int]:
    """Rows without a value, counted from 0: in the columns that were read, `values`, and in the `others`."""
    rows = {row for row, found in enumerate(zip(*values, strict=True)) if is_blank(map(text_of, found))}
    if not (rows and others):
        return rows
    content = file.read(columns=others)
    return {row for row in rows if is_blank(map(text_of, content.slice(row, 1).to_pylist()[0].values()))}


def _cells(row: int, names: Sequence[str], values: Sequence[Any], asked_for: object, bad: BadRows) -> Row | None:
    """A row and its cells; None if it is bad. If no columns were asked for, nested values are JSON."""
    cells = []
    for name, value in zip(names, values, strict=True):
        text = text_of(value)
        if text is None and asked_for is None:
            text = json.dumps(value, ensure_ascii=False, default=str)
        elif text is None:
            bad.add(row, *not_a_text(name, value))
            return None
        cells.append(text)
    return None if refuse_nul(row, names, cells, bad) else (row, cells)


def _without_nan(value: Any) -> Any:
    """The value with null for numbers that JSON does not have."""
    match value:
        case float():
            return value if math.isfinite(value) else None
        case list() | tuple():
            return [_without_nan(item) for item in value]
        case dict():
            return {name: _without_nan(item) for name, item in value.items()}
        case _:
            return value


def _pyarrow_parquet(path: Path) -> ModuleType:
    try:
        return importlib.import_module("pyarrow.parquet")
    except ImportError as error:
        raise RequestError(f"reading {path} needs the package pyarrow: {INSTALL}") from error
