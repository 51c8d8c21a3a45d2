"""What a table is, whatever its format, and how columns are found in it."""

from __future__ import annotations

import math
import unicodedata
from abc import abstractmethod
from array import array
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, overload

import numpy as np

from seqlab.data.columns import PORTION, Texts, TextsWriter
from seqlab.data.sources.text_encoding import NUL, WITHOUT_NUL
from seqlab.data.tables.bad_rows import BadRows
from seqlab.errors import DataError, RequestError
from seqlab.progress import Progress
from seqlab.registry import Options, did_you_mean
from seqlab.text_format import quoted, without_invisible

Row = tuple[int, Sequence[str]]
"""The number of the line on which a row starts (in Parquet, of the row), and its cells, one per column."""

Columns = Sequence[str | int] | None
"""Those that are read, by name or by number; None: all."""

MOST_NAMES = 20
"""Columns that a message names."""


class Rows(Sequence[Row]):
    """The rows of a table, which may be larger than memory. `numbers`: (rows,) int; `cells`: one text per row in each
    column."""

    def __init__(self, numbers: np.ndarray, cells: Sequence[Texts]) -> None:
        self.numbers, self.cells = numbers, tuple(cells)

    def __len__(self) -> int:
        return len(self.numbers)

    @overload
    def __getitem__(self, row: int) -> Row: ...
    @overload
    def __getitem__(self, row: slice) -> list[Row]: ...
    def __getitem__(self, row: int | slice) -> Row | list[Row]:
        if isinstance(row, slice):
            return [self[each] for each in range(*row.indices(len(self)))]
        return int(self.numbers[row]), [cells[row] for cells in self.cells]

    def __iter__(self) -> Iterator[Row]:
        for start in range(0, len(self), PORTION):
            end = min(start + PORTION, len(self))
            cells = [column.values(start, end) for column in self.cells]
            rows = zip(*cells, strict=True) if cells else iter([()] * (end - start))
            yield from zip(self.numbers[start:end].tolist(), map(list, rows), strict=True)

    def each_number(self) -> Iterator[int]:
        """The number of each row."""
        for start in range(0, len(self), PORTION):
            yield from self.numbers[start : start + PORTION].tolist()

    def without(self, numbers: np.ndarray) -> Rows:
        """All rows but those with these numbers."""
        if not len(numbers):
            return self
        kept = np.flatnonzero(~np.isin(self.numbers, numbers))
        return Rows(self.numbers[kept], [column.rows(kept) for column in self.cells])

    def __eq__(self, other: object) -> bool:
        return list(self) == other if isinstance(other, list) else NotImplemented

    def __hash__(self) -> int:
        return id(self)


class RowsWriter:
    """Collects the rows of a table with so many columns."""

    def __init__(self, width: int) -> None:
        self._numbers, self._cells = array("q"), [TextsWriter() for _ in range(width)]

    def __len__(self) -> int:
        return len(self._numbers)

    def append(self, number: int, cells: Sequence[str]) -> None:
        self._numbers.append(number)
        for writer, cell in zip(self._cells, cells, strict=True):
            writer.append(cell)

    def finish(self) -> Rows:
        return Rows(np.frombuffer(self._numbers, np.int64), [writer.finish() for writer in self._cells])


@dataclass(frozen=True)
class Table:
    """The columns that were asked for, in that order (all, in the file's order, if none were), and their rows."""

    columns: tuple[str, ...]
    rows: Rows
    notes: tuple[str, ...] = ()
    """Lines for the user about what was skipped or looks wrong."""
    sources: Sequence[str] = ()
    """Each row as a JSON object, in JSON Lines as it is written; only of typed files read with all columns."""
    nested: tuple[str, ...] = ()
    """The columns with a value that is no text, but a list or an object; only of typed files read with all columns."""
    typed: Any = None
    """The rows as a `pyarrow.Table`; only of Parquet, and with all columns."""


class NoRows(DataError):
    """A table without rows. `columns`: those that its header names."""

    def __init__(self, message: str, columns: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.columns = columns


class TableFormat(Options):
    """How a table is written: the options of a format. Datasets inherit them."""

    unit: ClassVar[str] = "line"
    """What the numbers of rows count."""

    @property
    def names_columns(self) -> bool:
        """Whether columns have names; else they are numbers from 0."""
        return True

    @abstractmethod
    def table(self, path: Path, columns: Columns, bad: BadRows, progress: Progress, *, with_empty: bool) -> Table:
        """See `seqlab.data.tables.read_table`."""


def positions(path: Path, names: Sequence[str], columns: Sequence[Any] | None, hint: str = "") -> list[int]:
    """The positions of the chosen columns among `names`; of all, if none are chosen.

    Names are compared in normal form C, without surrounding spaces and invisible characters. Raises RequestError for a
    column that is missing, with the `hint`, or that occurs more than once.
    """
    if columns is None:
        return list(range(len(names)))
    keys = [column_key(name) for name in names]
    for column in columns:
        if column_key(column) not in keys:
            close = did_you_mean(column, list(names)) if len(names) > 1 else ""
            known = ", ".join(map(quoted, names[:MOST_NAMES])) + (" …" if len(names) > MOST_NAMES else "")
            raise RequestError(f"{path} has no column {quoted(column)}; {close}its columns are {known}{hint}")
        if keys.count(column_key(column)) > 1:
            raise RequestError(
                f"{path} has {keys.count(column_key(column))} columns called '{column}'; rename all but one"
            )
    return [keys.index(column_key(column)) for column in columns]


def text_of(value: object) -> str | None:
    """The text of a value from a typed file, as a CSV file would hold it; None: it is nested, no text."""
    match value:
        case str():
            return value
        case bool():
            return str(value).lower()
        case None:
            return ""
        case float() if math.isnan(value):
            return ""
        case list() | tuple() | dict() | set() | bytes():
            return None
        case _:
            return str(value)


def not_a_text(name: str, value: object) -> tuple[str, str]:
    """The problem of a nested value in a column that is read, and its remedy."""
    return f"{quoted(name)} is a {type(value).__name__}, not a text ({quoted(value)})", "write it as one text"


def refuse_nul(number: int, names: Sequence[str], cells: Sequence[str], bad: BadRows) -> bool:
    """Whether a cell of the row contains NUL, as a text file with one is refused; `bad` receives it then."""
    name = next((name for name, cell in zip(names, cells, strict=True) if "\0" in cell), None)
    if name is not None:
        bad.add(number, f"{quoted(name)} contains {NUL}", WITHOUT_NUL)
    return name is not None


def is_blank(cells: Iterable[str | None]) -> bool:
    """Whether nothing can be seen in any cell. None, a nested value, is not blank."""
    return not any(cell is None or (cell.strip() and without_invisible(cell).strip()) for cell in cells)


def no_rows(path: Path, what: str, columns: Sequence[str] = ()) -> NoRows:
    """The error for a table that has none."""
    return NoRows(f"{path} {what}; expected a table with a row for each example", tuple(columns))


def column_key(name: str) -> str:
    """The same for names that are those of one column."""
    return unicodedata.normalize("NFC", without_invisible(name)).strip()
