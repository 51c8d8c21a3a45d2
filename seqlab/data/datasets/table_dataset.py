"""The base of datasets that are one table in a file of the user's own."""

from __future__ import annotations

import contextlib
import dataclasses
from abc import abstractmethod
from pathlib import Path
from typing import Annotated, Any, Self, cast

from pydantic import ValidationError, WithJsonSchema, model_validator
from pydantic.functional_validators import BeforeValidator
from pydantic_core import PydanticCustomError

from seqlab.data import inspect_columns
from seqlab.data.datasets.dataset import Dataset
from seqlab.data.records import SourceFile
from seqlab.data.tables import BadRows, Table, TableFormat, format_of, read_table
from seqlab.data.tables.delimited import Delimited
from seqlab.errors import DataError, RequestError
from seqlab.progress import Progress
from seqlab.registry import Location
from seqlab.text_format import quoted, without_invisible


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


class TableDataset(TableFormat, Dataset):
    """What all tables have in common. Subclasses name their columns; a format beside it reads them."""

    path: Location
    """The file."""

    @property
    @abstractmethod
    def chosen(self) -> list[tuple[str, str | int]]:
        """The columns to read: pairs of an option's name and its column."""

    @model_validator(mode="after")
    def _columns_are_of_one_kind(self) -> Self:
        kind, expected = (str, "names") if self.names_columns else (int, "numbers from 0")
        for option, column in self.chosen:
            if not isinstance(column, kind):
                raise PydanticCustomError(
                    "column_kind",
                    "{why}columns are {expected}, but {option} is {column}",
                    {
                        "why": "" if self.names_columns else "with 'header: false' ",
                        "expected": expected,
                        "option": option,
                        "column": repr(column),
                    },
                )
        return self

    def find(self) -> tuple[Path, ...]:
        return (Path(self.path),)

    def at(self, location: Any) -> Self:
        """The same table in another file, in the format that its name says.

        Raises RequestError if the columns of this format cannot be those of the other one.
        """
        written = format_of(Path(location))
        if written is None or isinstance(self, type(written)):
            return super().at(location)
        kind = next(base for base in type(self).__bases__ if issubclass(base, TableDataset))
        other = next(each for each in kind.__subclasses__() if issubclass(each, type(written)))
        kept = other.model_fields.keys() - {"name", "path", "delimiter"}
        if not isinstance(self, Delimited) or not issubclass(other, Delimited):
            kept -= {"encoding"}  # JSON is UTF-8
        options = {name: value for name, value in self.model_dump(mode="json").items() if name in kept}
        try:
            return cast("Self", other.model_validate({**options, "path": location}))
        except ValidationError as error:
            raise RequestError(
                f"{location} is no {self.name} file, and cannot be read as {other.component_name()}: "
                f"{error.errors()[0]['msg']}; convert it to {self.name}"
            ) from None

    def _table(self, sources: tuple[SourceFile, ...], progress: Progress) -> tuple[Table, BadRows]:
        """The chosen columns of all rows, and what receives rows that cannot be used: the caller checks it."""
        path = Path(sources[0].path)
        bad = BadRows(path, self.unit)
        table = read_table(path, self, [column for _, column in self.chosen], bad=bad, progress=progress)
        return self._without_empty_columns(path, table), bad

    def _without_empty_columns(self, path: Path, table: Table) -> Table:
        """The table, with a note on columns that are empty. Raises DataError unless each option has one with cells.

        Of a single row the problem is that row.
        """
        if len(table.rows) < 2:
            return table
        empty = [
            (option, column)
            for position, (option, column) in enumerate(self.chosen)
            if (not self.feature_columns or option == "label")  # beside features all else may be missing
            and not any(without_invisible(cell).strip() for cell in table.rows.cells[position])
        ]
        filled = {option for option, column in self.chosen if (option, column) not in empty}
        notes = [f"{path.name}: all {len(table.rows):,} cells of {quoted(column)} are empty" for _, column in empty]
        for (option, _), note in zip(empty, notes, strict=True):
            if option not in filled:
                raise DataError(f"{note}; {self._another_column(path, option)}")
        return dataclasses.replace(table, notes=(*table.notes, *notes))

    def _another_column(self, path: Path, option: str) -> str:
        """What to do about an empty column."""
        others: list[str] = []
        if option != "label":
            with contextlib.suppress(DataError):  # of columns that are not read
                others = inspect_columns.Columns(read_table(path, self)).other_texts(
                    [str(column) for _, column in self.chosen]
                )
        found = f"another {option} column may be {' or '.join(map(quoted, others))}: " if others else ""
        return f"{found}name the column with the {option} in data.{option}"


class TextColumns(TableDataset):
    """The base of tables whose rows have a text in one column or several."""

    text: Columns = "text"
    """The column with the text, or a list of columns that are joined by a space."""

    @model_validator(mode="after")
    def _id_is_free(self) -> Self:
        if len(self.text_columns) > 1 and "id" in self.text_columns:
            raise PydanticCustomError("reserved", "'id' cannot be in a list of text columns; rename it")
        return self

    @property
    def text_columns(self) -> list[str | int]:
        return self.text if isinstance(self.text, list) else [self.text]

    @property
    def text_columns_named(self) -> tuple[str, ...]:
        return tuple(map(str, self.text_columns))

    @property
    def chosen(self) -> list[tuple[str, str | int]]:
        return [("text", column) for column in self.text_columns]

    @property
    def text_fields(self) -> tuple[str, ...]:
        """`text`, or the names of the columns if there is a list of them."""
        return ("text",) if len(self.text_columns) == 1 else tuple(map(str, self.text_columns))
