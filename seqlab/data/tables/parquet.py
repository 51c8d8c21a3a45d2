"""Parquet tables, read by pyarrow, which `seqlab[parquet]` installs."""

from __future__ import annotations

import contextlib
import importlib
import json
import math
from array import array
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any, ClassVar

import numpy as np

from seqlab.data.sources import locations
from seqlab.data.tables.bad_rows import BadRows
from seqlab.data.tables.table import (
    Columns,
    Rows,
    RowsWriter,
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

_READ_AT_ONCE = 2**14
"""Rows."""
INSTALL = 'pip install "seqlab[parquet]"'


class ParquetFormat(TableFormat):
    """Parquet. Numbers and dates are read as texts; rows are numbered from 1."""

    unit: ClassVar[str] = "row"

    def table(self, path: Path, columns: Columns, bad: BadRows, progress: Progress, *, with_empty: bool) -> Table:
        with progress.step(f"reading {path.name}"), _opened(path) as file:
            names = file.schema_arrow.names
            chosen = [names[position] for position in positions(path, names, columns)]
            kept, blank = RowsWriter(len(chosen)), array("q")
            for row, found in enumerate(_values(file, chosen), start=1):
                if not with_empty and is_blank(map(text_of, found)):
                    blank.append(row)
                if cells := _cells(row, chosen, found, columns, bad):
                    kept.append(row, cells)
            others = [name for name in names if name not in chosen]
            rows = kept.finish().without(_blank_in(file, others, np.array(blank, np.int64)))
            if not len(rows):
                bad.check()
                raise no_rows(path, "has no rows", chosen)
            return Table(tuple(chosen), rows) if columns is not None else _typed(file, rows, chosen)


def _typed(file: Any, rows: Rows, names: Sequence[str]) -> Table:
    """All columns, with the rows as they are typed."""
    content = file.read(columns=names)
    typed = content.take(rows.numbers - 1)
    sources = (json.dumps(_without_nan(row), ensure_ascii=False, default=str) for row in typed.to_pylist())
    nested = tuple(name for name in names if any(text_of(value) is None for value in content.column(name).to_pylist()))
    return Table(tuple(names), rows, sources=tuple(sources), nested=nested, typed=typed)


@contextlib.contextmanager
def _opened(path: Path) -> Iterator[Any]:
    """A `pyarrow.parquet.ParquetFile`. Raises DataError if it cannot be read, here or in the block."""
    try:
        with _pyarrow_parquet(path).ParquetFile(path) as file:
            yield file
    except (OSError, ValueError, KeyError, NotImplementedError) as error:  # pyarrow's errors derive from these
        if isinstance(error, OSError) and error.errno is not None:
            raise locations.unreadable(path, error) from error
        raise DataError(f"{path} is not a Parquet file that pyarrow can read ({error}); write it again") from error


def _values(file: Any, names: Sequence[str]) -> Iterator[tuple[Any, ...]]:
    """The values of each row in these columns."""
    for batch in file.iter_batches(_READ_AT_ONCE, columns=list(names)):
        yield from zip(*(batch.column(name).to_pylist() for name in names), strict=True)


def _blank_in(file: Any, others: Sequence[str], rows: np.ndarray) -> np.ndarray:
    """Those of the `rows`, ascending numbers from 1, that have no value in the other columns either."""
    if not (len(rows) and others):
        return rows
    among = set(rows.tolist())
    values = enumerate(_values(file, others), start=1)
    return np.array([row for row, found in values if row in among and is_blank(map(text_of, found))], np.int64)


def _cells(row: int, names: Sequence[str], values: Sequence[Any], asked_for: object, bad: BadRows) -> list[str] | None:
    """The cells of a row; None if it is bad. If no columns were asked for, nested values are JSON."""
    cells = []
    for name, value in zip(names, values, strict=True):
        text = text_of(value)
        if text is None and asked_for is None:
            text = json.dumps(value, ensure_ascii=False, default=str)
        elif text is None:
            bad.add(row, *not_a_text(name, value))
            return None
        cells.append(text)
    return None if refuse_nul(row, names, cells, bad) else cells


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
