"""Tables in plain text: cells between commas, tabs or another character, in double quotes where they need it."""

from __future__ import annotations

import csv
import itertools
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from seqlab.data.sources.text_encoding import TextEncoding
from seqlab.data.sources.text_lines import read_lines
from seqlab.data.tables.bad_rows import BadRows
from seqlab.data.tables.table import Columns, Row, RowsWriter, Table, TableFormat, is_blank, no_rows, positions
from seqlab.errors import RequestError
from seqlab.progress import Progress, tracked
from seqlab.text_format import counted, quoted

LARGEST_CELL = 2**31 - 1
"""Characters. Python's default is 131,072; this is the largest value on every platform."""
DELIMITERS = ",;\t|"
"""Delimiters that a message recommends."""

COMMENT = "#"
"""The beginning of lines that other programs skip."""

_SEPARATOR_LINE = re.compile(r'"?sep=([^"\r\n])"?(?:\r\n|\r|\n)', re.IGNORECASE)
"""A first line that tells Excel the delimiter, and is no row."""
_LINE_END = re.compile(r"\r\n|\r|\n")


def _delimiter(value: str) -> str:
    if len(value) != 1 or value in '"\r\n':
        message = "expected one character between two cells, such as ',' or \"\\t\", and no quote or line end"
        raise PydanticCustomError("delimiter", "{message}", {"message": message})
    return value


def comment_advice(cell: str) -> str:
    """What to do about a row that begins with `COMMENT`."""
    return (
        f"a table has no comments: if the row {quoted(cell)} is one, remove the lines that begin with {COMMENT!r} "
        f"(grep -v '^{COMMENT}' FILE > NEW)"
    )


Character = Annotated[str, Field(json_schema_extra={"pattern": r'^[^"\r\n]$'}), AfterValidator(_delimiter)]


class Delimited(TextEncoding, TableFormat):
    """The base of plain-text tables. Cells that contain the delimiter or a line break are in double quotes."""

    delimiter: Character = ","
    """The character between two cells."""
    header: bool = True
    """Whether the first row has the names of the columns; without it, columns are numbers from 0."""
    quotes: bool = True
    """Whether cells may be in double quotes; false: a quote is an ordinary character."""

    @property
    def names_columns(self) -> bool:
        return self.header

    def table(self, path: Path, columns: Columns, bad: BadRows, progress: Progress, *, with_empty: bool) -> Table:
        first, lines = _peeked(read_lines(path, self.encoding))
        declared = self.as_declared(first)
        return declared._parsed(path, rows_of(lines, bad, declared, with_empty=with_empty), columns, bad, progress)

    def as_declared(self, content: str) -> Self:
        """The format with the delimiter that the first line tells Excel, if there is such a line."""
        found = _SEPARATOR_LINE.match(content)
        return self.model_copy(update={"delimiter": found[1]}) if found else self

    def _parsed(self, path: Path, rows: Iterator[Row], columns: Columns, bad: BadRows, progress: Progress) -> Table:
        first = next((row for row in rows if not is_blank(row[1])), None)
        if first is None:
            bad.check()
            raise no_rows(path, "is empty")
        names = [name.strip() for name in first[1]] if self.header else list(map(str, range(len(first[1]))))
        chosen = self._positions(path, first[1], names, columns)
        remaining = rows if self.header else itertools.chain([first], rows)
        checks = _Checks(self, first[1], bad)
        kept = RowsWriter(len(chosen))
        for line, cells in tracked(remaining, progress, f"reading {path.name}", None, "rows"):
            if checks.accept(line, cells):
                kept.append(line, [cells[position] for position in chosen])
        if not len(kept):
            bad.check()
            raise no_rows(path, "has a header and no rows", names)
        return Table(tuple(names[position] for position in chosen), kept.finish(), tuple(checks.notes(path.name)))

    def _positions(
        self, path: Path, first: Sequence[str], names: Sequence[str], columns: Sequence[Any] | None
    ) -> list[int]:
        other = self._other_delimiter(first, names, columns or ())
        if other:
            row = quoted(self.delimiter.join(first))
            raise RequestError(
                f"{path}: the cells of the first row ({row}) are separated by {other!r}: set data.delimiter to "
                f"{other!r}"
            )
        if self.header or columns is None:
            comment = f"; {comment_advice(names[0])}" if names[0].startswith(COMMENT) else ""
            right = f"is data.delimiter ({self.delimiter!r}) right? " if len(names) == 1 else ""
            return positions(
                path, names, columns, f" ({right}if that row is an example, set data.header to false){comment}"
            )
        for column in columns:
            if column >= len(first):
                raise RequestError(f"{path} has no column {column}: its first row has columns 0 to {len(first) - 1}")
        return list(columns)

    def _other_delimiter(self, first: Sequence[str], names: Sequence[str], columns: Sequence[Any]) -> str | None:
        """The delimiter with which the first row has all columns, if it lacks one with the present delimiter."""
        if all(column in (names if self.header else range(len(first))) for column in columns):
            return None
        row = self.delimiter.join(first)
        for other in DELIMITERS.replace(self.delimiter, ""):
            cells = [cell.strip() for cell in next(csv.reader([row], delimiter=other), [])]
            known = cells if self.header else range(len(cells))
            if len(cells) > len(first) and all(column in known for column in columns):
                return other
        return None


class CommaDelimited(Delimited):
    """Comma-separated values."""


class TabDelimited(Delimited):
    """Tab-separated values."""

    delimiter: Character = "\t"
    """The character between two cells."""


def rows_of(lines: Iterable[str], bad: BadRows, options: Delimited, *, with_empty: bool = False) -> Iterator[Row]:
    """The rows that are not blank, `with_empty` also those of empty cells. `lines`: with their ends. `bad` receives the
    row with a quote that is not closed: the last one."""
    first, lines = _peeked(iter(lines))
    above = 1 if _SEPARATOR_LINE.match(first) else 0
    lines = itertools.islice(lines, above, None)
    csv.field_size_limit(LARGEST_CELL)
    quoting: Literal[0, 3] = csv.QUOTE_MINIMAL if options.quotes else csv.QUOTE_NONE
    reader = csv.reader(lines, delimiter=options.delimiter, quoting=quoting, strict=True)
    line, width = 1 + above, 0
    try:
        for cells in reader:
            if not is_blank(cells) or (with_empty and (len(cells) > 1 or len(cells) == width)):
                width = width or len(cells)
                yield line, cells
            line = reader.line_num + 1 + above
    except csv.Error as error:
        bad.add(
            line,
            f"{error}; the row that starts here has a double quote too many or too few",
            "write a quote twice inside a quoted cell (or, in a table without quoted cells, set data.quotes to false)",
        )


def _peeked(lines: Iterator[str]) -> tuple[str, Iterator[str]]:
    """The first of the lines, empty without any, and all of them."""
    first = list(itertools.islice(lines, 1))
    return "".join(first), itertools.chain(first, lines)


@dataclass
class _Checks:
    """What is wrong with rows, or looks wrong, compared with the `first` row of the table."""

    table_format: Delimited
    first: Sequence[str]
    bad: BadRows
    repeated: int = 0
    first_repeated: int = 0
    swallowed: int = 0
    first_swallowed: int = 0

    def accept(self, line: int, cells: Sequence[str]) -> bool:
        """Whether a row is an example: it has the width of the first row, and does not repeat the header."""
        if len(cells) != len(self.first):
            self.bad.add(line, *self._another_width(cells))
            return False
        if self.table_format.header and len(cells) > 1 and cells == self.first:
            self.repeated += 1
            self.first_repeated = self.first_repeated or line
            return False
        if any("\n" in cell or "\r" in cell for cell in cells) and self._may_be_rows(cells):
            self.swallowed += 1
            self.first_swallowed = self.first_swallowed or line
        return True

    def notes(self, name: str) -> Iterator[str]:
        if self.repeated:
            rows = counted(self.repeated, "row")
            yield f"{name}: {rows} like the header (first: line {self.first_repeated:,}): skipped"
        if self.swallowed:
            rows = counted(self.swallowed, "row")
            yield (
                f"{name}: {rows} with line breaks between double quotes, where each line would be a row of its own "
                f"(first: line {self.first_swallowed:,}): if quotes mean nothing in this file, set data.quotes to false"
            )

    def _another_width(self, cells: Sequence[str]) -> tuple[str, str]:
        """The problem of a row with more or fewer cells than the first, and its remedy."""
        delimiter, width = self.table_format.delimiter, len(self.first)
        of_comment = next((row for row in (cells, self.first) if row[0].startswith(COMMENT)), None)
        problem = f"{counted(len(cells), 'cell')}, the first row has {width} ({quoted(delimiter.join(cells))})"
        if of_comment is not None:
            return problem, comment_advice(of_comment[0])
        if len(cells) < width:
            return problem, f"write {delimiter!r} between two cells, also where one is empty"
        if self.table_format.quotes:
            return problem, f"a text that contains {delimiter!r} must be in double quotes"
        return problem, f"without quotes (data.quotes) no text can contain {delimiter!r}"

    def _may_be_rows(self, cells: Sequence[str]) -> bool:
        """Whether a cell with line breaks may be rows that stray quotes have joined.

        Then its first line ends a row that starts with the cells before it, its last line starts one that ends with the
        cells after it, and the lines between are whole rows.
        """
        width, delimiter = len(cells), self.table_format.delimiter
        for position, cell in enumerate(cells):
            counts = [line.count(delimiter) for line in _LINE_END.split(cell) if line]
            if len(counts) > 1 and counts == [width - 1 - position, *[width - 1] * (len(counts) - 2), position]:
                return True
        return False
