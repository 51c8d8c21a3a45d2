"""Examples that a user gives for a prediction: texts, or rows as mappings of columns to values."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from numbers import Real
from typing import Any

from seqlab.data.datasets import Dataset
from seqlab.data.features import NotANumber, category_cell, number_cell
from seqlab.data.tables.table import text_of
from seqlab.errors import RequestError
from seqlab.registry import did_you_mean
from seqlab.text_format import quoted

Example = str | Mapping[str, Any]
"""A text; or a row, with the columns of the run's own table, where categories and numbers are read too."""


class RowError(RequestError):
    """A cell of a row that cannot be read. `number`: of the row, from 1; `told`: the message after it."""

    def __init__(self, number: int, column: str, told: str) -> None:
        super().__init__(f"row {number}{told}")
        self.column, self.told = column, told


def read_examples(given: Sequence[Example], data: Dataset) -> tuple[list[str], list[tuple[str, ...]]]:
    """The text of each example, and the cells of its categories and numbers as records hold them.

    Texts are texts without features, rows with them. Columns that the data do not have are not looked at. Raises
    RequestError for what is neither, for a column that is missing, and for a number that is none.
    """
    if not data.feature_columns:
        return [_text(each) for each in given], []
    texts, rows = [], []
    for number, row in enumerate(given, start=1):
        if not isinstance(row, Mapping):
            raise RequestError(f"row {number} is {quoted(row)}: {rows_expected(data)}")
        of_row = _Row(number, {str(column): value for column, value in row.items()})
        texts.append(" ".join(of_row.read(column, str) for column in data.text_columns_named))
        columns = data.feature_columns
        categories = (of_row.read(column, category_cell) for column in columns.categories)
        rows.append((*categories, *(of_row.read(column, number_cell) for column in columns.numbers)))
    return texts, rows


def rows_expected(data: Dataset) -> str:
    """What to give instead of a text."""
    columns = columns_of(data)
    example = f"{{{quoted(columns[0])}: …, …}}"
    return f"{reads_columns(columns)}: give a table (--file new.csv), or from Python rows such as {example}"


def reads_columns(columns: Sequence[str]) -> str:
    """That a run reads rows, and of which columns."""
    return f"this run reads the columns {', '.join(map(quoted, columns))}"


def columns_of(data: Dataset) -> list[str]:
    """The columns that a run with these data reads, texts first."""
    return [*data.text_columns_named, *data.feature_columns.names]


class _Row:
    """A row that a user gave."""

    def __init__(self, number: int, values: Mapping[str, Any]) -> None:
        self.number, self.values = number, values

    def read(self, column: str, read: Callable[[str], str]) -> str:
        """The cell of a column. Raises RequestError if there is none, or if it is not what is read there."""
        if column not in self.values:
            close = did_you_mean(column, list(self.values))
            raise RowError(self.number, column, f" has no {quoted(column)}; {close}give None for what is missing")
        value = self.values[column]
        missing = isinstance(value, Real) and math.isnan(value)  # also of NumPy
        cell = "" if missing else text_of(value)
        if cell is None:
            raise RowError(self.number, column, f": {quoted(column)} is a {type(value).__name__}, not one value")
        try:
            return read(cell)
        except NotANumber as error:
            told = f": in {quoted(column)}, {error.problem}; {error.remedy}"
            raise RowError(self.number, column, told) from error


def _text(text: Example) -> str:
    if not isinstance(text, str):
        raise RequestError(f"expected texts, got {quoted(text)}, which is of the type {type(text).__name__}")
    return text
