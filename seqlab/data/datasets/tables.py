"""Tables with one labelled text per row: CSV, TSV and similar files. `pair_tables.py` has those of sentence pairs."""

from __future__ import annotations

import csv
import itertools
from abc import abstractmethod
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import Field, WithJsonSchema, model_validator
from pydantic.functional_validators import BeforeValidator
from pydantic_core import PydanticCustomError

from seqlab.data.datasets.dataset import LABELLED_TEXTS, Dataset, SourceSplits
from seqlab.data.records import Records, SourceFile
from seqlab.data.sources import locations, utf8
from seqlab.errors import DataError, RequestError
from seqlab.progress import Progress, tracked
from seqlab.registry import Location, did_you_mean
from seqlab.text_format import counted, quoted

LARGEST_CELL = 2**31 - 1
"""Characters. Python's default is 131,072; this is the largest value on every platform."""

Row = tuple[int, list[str]]
"""The line on which a row starts, and its cells."""


def _is_column(value: Any) -> bool:
    return value != "" if isinstance(value, str) else type(value) is int and value >= 0


def _column(value: Any) -> str | int:
    if not _is_column(value):
        raise PydanticCustomError("column", "expected the name of a column, or its number counted from 0")
    return value


def _columns(value: Any) -> str | int | list[str | int]:
    is_list = isinstance(value, list) and value and all(map(_is_column, value)) and len(set(value)) == len(value)
    if not is_list and not _is_column(value):
        raise PydanticCustomError("columns", "expected a column (its name, or its number from 0), or a list of them")
    return value


_SINGLE: dict[str, Any] = {"anyOf": [{"type": "string", "minLength": 1}, {"type": "integer", "minimum": 0}]}
_LIST: dict[str, Any] = {"type": "array", "items": _SINGLE, "minItems": 1, "uniqueItems": True}
Column = Annotated[Any, BeforeValidator(_column), WithJsonSchema(_SINGLE)]
Columns = Annotated[Any, BeforeValidator(_columns), WithJsonSchema({"anyOf": [*_SINGLE["anyOf"], _LIST]})]
Character = Annotated[str, Field(pattern=r'^[^"\r\n]$')]


class Table(Dataset):
    """The base of all tables. UTF-8, with or without a byte order mark."""

    path: Location
    """The file."""
    delimiter: Character = ","
    """The character between two cells."""
    header: bool = True
    """Whether the first row has the names of the columns; without it, columns are numbers from 0."""
    quotes: bool = True
    """Whether cells may be in double quotes; false: a quote is an ordinary character."""

    @property
    @abstractmethod
    def _chosen(self) -> list[tuple[str, str | int]]:
        """The columns to read: pairs of an option's name and its column."""

    @model_validator(mode="after")
    def _columns_are_of_one_kind(self) -> Self:
        kind, expected = (str, "names") if self.header else (int, "numbers from 0")
        for option, column in self._chosen:
            if not isinstance(column, kind):
                reason = f"with 'header: {str(self.header).lower()}' columns are {expected}"
                raise PydanticCustomError("column_kind", f"{reason}, but {option} is {column!r}")
        return self

    def find(self) -> tuple[Path, ...]:
        return (Path(self.path),)

    def _cells(self, path: Path, progress: Progress) -> Iterator[Row]:
        """The chosen cells of each row. Raises DataError if there are no rows, or rows of different widths."""
        rows = rows_of(path, self.delimiter, quotes=self.quotes)
        first = next(rows, None)
        if first is None:
            what = " and ".join(dict.fromkeys(option for option, _ in self._chosen))
            raise DataError(f"{path} is empty; expected a table with {what} in each row")
        positions, width = self._positions(path, first[1]), len(first[1])
        rows = rows if self.header else itertools.chain([first], rows)
        line: int | None = None
        for line, cells in tracked(rows, progress, f"reading {path.name}", None, "rows"):
            if len(cells) != width:
                raise DataError(f"{path}:{line}: {self._another_width(cells, width)}")
            yield line, [cells[position] for position in positions]
        if line is None:
            raise DataError(f"{path} has a header and no rows; add examples below it")

    def _another_width(self, cells: Sequence[str], width: int) -> str:
        """The message for a row with more or fewer cells than the first."""
        widths = f"{counted(len(cells), 'cell')}, the first row has {width}"
        row = quoted(self.delimiter.join(cells))
        if len(cells) < width:
            return f"{widths} ({row}); write {self.delimiter!r} between two cells, also where one is empty"
        if self.quotes:
            return f"{widths} ({row}); a text that contains {self.delimiter!r} must be in double quotes"
        return f"{widths} ({row}); without quotes (data.quotes) no text can contain {self.delimiter!r}"

    def _positions(self, path: Path, first: list[str]) -> list[int]:
        """The positions of the chosen columns in a row."""
        chosen: list[Any] = [column for _, column in self._chosen]
        if not self.header:
            for column in chosen:
                if column >= len(first):
                    raise RequestError(
                        f"{path} has no column {column}: its first row has columns 0 to {len(first) - 1}"
                    )
            return chosen
        names = [name.strip() for name in first]
        for column in chosen:
            if column not in names:
                raise RequestError(_missing_column(path, column, names, self.delimiter))
            if names.count(column) > 1:
                raise RequestError(f"{path} has {names.count(column)} columns called '{column}'; rename all but one")
        return [names.index(column) for column in chosen]


class LabelledTable(Table):
    """The base of `csv` and `tsv`. Labels are texts, without surrounding spaces."""

    text: Columns = "text"
    """The column with the text, or a list of columns that are joined by a space."""
    label: Column = "label"
    """The column with the label."""

    @model_validator(mode="after")
    def _columns_make_sense(self) -> Self:
        if self.label in self._text_columns:
            raise PydanticCustomError("label_in_text", "the column of the label cannot be part of the text")
        if len(self._text_columns) > 1 and {"label", "id"}.intersection(self._text_columns):
            raise PydanticCustomError("reserved", "'label' and 'id' cannot be in a list of text columns; rename them")
        return self

    @property
    def _text_columns(self) -> list[str | int]:
        return self.text if isinstance(self.text, list) else [self.text]

    @property
    def _chosen(self) -> list[tuple[str, str | int]]:
        return [*(("text", column) for column in self._text_columns), ("label", self.label)]

    @property
    def text_fields(self) -> tuple[str, ...]:
        """`text`, or the names of the columns if there is a list of them."""
        return ("text",) if len(self._text_columns) == 1 else tuple(str(column) for column in self._text_columns)

    def read(self, sources: tuple[SourceFile, ...], progress: Progress) -> SourceSplits:
        path = Path(sources[0].path)
        columns: dict[str, list[str]] = {name: [] for name in (*self.text_fields, "label", "id")}
        for line, (*texts, label) in self._cells(path, progress):
            if not label.strip():
                raise DataError(f"{path}:{line}: the label is empty; give it one or remove the row")
            for field, text in zip(self.text_fields, texts, strict=True):
                columns[field].append(text)
            columns["label"].append(label.strip())
            columns["id"].append(f"{path.name}:{line}")
        return SourceSplits(Records(columns, self.text_fields))


def rows_of(path: Path, delimiter: str = ",", *, quotes: bool = True) -> Iterator[Row]:
    """The rows of a table that are not blank. Raises DataError if it is not UTF-8 or a quote is not closed."""
    csv.field_size_limit(LARGEST_CELL)
    line = 1
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            quoting: Literal[0, 3] = csv.QUOTE_MINIMAL if quotes else csv.QUOTE_NONE
            reader = csv.reader(file, delimiter=delimiter, quoting=quoting, strict=True)
            for cells in reader:
                if cells:
                    yield line, cells
                line = reader.line_num + 1
    except UnicodeDecodeError:
        utf8.read_text(path)  # raises, with the location
        raise
    except csv.Error as error:
        raise DataError(
            f"{path}:{line}: {error}; the row that starts here has a double quote too many or too few: write it "
            "twice inside a quoted cell (or, in a table without quoted cells, set data.quotes to false)"
        ) from error
    except OSError as error:
        raise locations.unreadable(path, error) from error


@LABELLED_TEXTS.add
class CommaSeparated(LabelledTable):
    """Your own comma-separated file (CSV): one labelled text per row."""

    name: Literal["csv"] = "csv"


@LABELLED_TEXTS.add
class TabSeparated(LabelledTable):
    """Your own tab-separated file (TSV): one labelled text per row."""

    name: Literal["tsv"] = "tsv"
    delimiter: Character = "\t"
    """The character between two cells."""


def _missing_column(path: Path, column: str, names: list[str], delimiter: str) -> str:
    hint = did_you_mean(column, names) if len(names) > 1 else f"is data.delimiter ({delimiter!r}) right? "
    known = ", ".join(map(quoted, names[:20])) + (" …" if len(names) > 20 else "")
    return (
        f"{path} has no column {quoted(column)}; {hint}its first row names {known} (if that row is an example, set "
        "data.header to false)"
    )
