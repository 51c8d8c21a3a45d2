"""The base of datasets that are one table in a file of the user's own."""

from __future__ import annotations

from abc import abstractmethod
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import WithJsonSchema, model_validator
from pydantic.functional_validators import BeforeValidator
from pydantic_core import PydanticCustomError

from seqlab.data.datasets.dataset import Dataset
from seqlab.data.records import SourceFile
from seqlab.data.tables import BadRows, Table, TableFormat, read_table
from seqlab.progress import Progress
from seqlab.registry import Location


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

    def _table(self, sources: tuple[SourceFile, ...], progress: Progress) -> tuple[Table, BadRows]:
        """The chosen columns of all rows, and what receives rows that cannot be used: the caller checks it."""
        path = Path(sources[0].path)
        bad = BadRows(path, self.unit)
        table = read_table(path, self, [column for _, column in self.chosen], bad=bad, progress=progress)
        return table, bad


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
