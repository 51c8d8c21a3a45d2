"""What a table is, whatever its format, and how columns are found in it."""

from __future__ import annotations

import math
import unicodedata
from abc import abstractmethod
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

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


@dataclass(frozen=True)
class Table:
    """The columns that were asked for, in that order (all, in the file's order, if none were), and their rows."""

    columns: tuple[str, ...]
    rows: list[Row]
    notes: tuple[str, ...] = ()
    """Lines for the user about what was skipped or looks wrong."""
    sources: tuple[str, ...] = ()
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
    keys = [_key(name) for name in names]
    for column in columns:
        if _key(column) not in keys:
            close = did_you_mean(column, list(names)) if len(names) > 1 else ""
            known = ", ".join(map(quoted, names[:MOST_NAMES])) + (" …" if len(names) > MOST_NAMES else "")
            raise RequestError(f"{path} has no column {quoted(column)}; {close}its columns are {known}{hint}")
        if keys.count(_key(column)) > 1:
            raise RequestError(f"{path} has {keys.count(_key(column))} columns called '{column}'; rename all but one")
    return [keys.index(_key(column)) for column in columns]


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


def _key(name: str) -> str:
    return unicodedata.normalize("NFC", without_invisible(name)).strip()
