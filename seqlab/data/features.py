"""Categories and numbers beside, or instead of, a text: cells of a table as the input of a model.

A category is looked up; a number is normalized by the mean and the deviation of the training split. What was learned
is a value that can be saved and read back: `FittedFeatures`.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import numpy as np
from pydantic import Field, ValidationError

from seqlab import files
from seqlab.data.columns import transposed
from seqlab.data.records import Records
from seqlab.data.tables.bad_rows import BadRows
from seqlab.errors import DataError
from seqlab.registry import Number, Options
from seqlab.text_format import quoted, without_invisible

MISSING_ID, UNKNOWN_ID, FIRST_ID = 0, 1, 2
"""The ids of a missing category and of one that training lacks; the categories of training follow."""
NO_NUMBER = frozenset({"", "nan", "na", "n/a", "null", "none"})
"""How tables write a number that is missing, in lower case."""
LARGEST_NORMALIZED = 1e30
"""Deviations from the mean, where numbers of new data are cut off: float32 ends at 3e38."""
FILE = "features.json"

# Possessive: a million digits before a letter are read once, not once for each of them.
_NUMBER = re.compile(r"[+-]?(\d++(\.\d*+)?|\.\d++)([eE][+-]?\d++)?", re.ASCII)


class NotANumber(ValueError):
    """A cell that is no finite number: the problem, and the remedy."""

    def __init__(self, problem: str, remedy: str) -> None:
        super().__init__(problem)
        self.problem, self.remedy = problem, remedy


@dataclass(frozen=True)
class FeatureColumns:
    """The columns that are categories and numbers, by name. Records hold their cells in the column `features`: for each
    row a tuple of texts, first the categories, then the numbers; a cell that is missing is empty."""

    categories: tuple[str, ...] = ()
    numbers: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.names)

    @property
    def names(self) -> tuple[str, ...]:
        """All columns in the order of the cells."""
        return (*self.categories, *self.numbers)

    def shown(self, cells: Sequence[str]) -> str:
        """A row for people: `city Rome, size 3.2`."""
        split = len(self.categories)
        short = [*cells[:split], *(cell.removesuffix(".0") for cell in cells[split:])]
        return ", ".join(f"{name} {cell or '(missing)'}" for name, cell in zip(self.names, short, strict=True))

    def read(self, number: int, cells: Sequence[str], bad: BadRows, otherwise: str) -> tuple[str, ...]:
        """The cells of a row as records hold them. `bad` receives what is no number, with the row's `number` and what
        to do `otherwise`."""
        split = len(self.categories)
        read = [category_cell(cell) for cell in cells[:split]]
        for column, cell in zip(self.numbers, cells[split:], strict=True):
            try:
                read.append(number_cell(cell))
            except NotANumber as error:
                bad.add(number, f"in {quoted(column)}, {error.problem}", f"{error.remedy}; {otherwise}")
                read.append("")
        return tuple(read)


def read_number(cell: str) -> float | None:
    """The number in a cell; None if it is missing. Raises NotANumber for text and for what is not finite."""
    text = without_invisible(cell).strip()
    if text.lower() in NO_NUMBER:
        return None
    if _NUMBER.fullmatch(text):
        if math.isfinite(number := float(text)):
            return number
        raise NotANumber(f"{quoted(cell)} is too large", "write a finite number")
    if text.lower().lstrip("+-") in ("inf", "infinity", "∞"):
        raise NotANumber(f"{quoted(cell)} is infinite", "write a finite number")
    raise NotANumber(f"{quoted(cell)} is not a number", "write numbers with a decimal point and nothing else (1234.5)")


def category_cell(cell: str) -> str:
    """A category in normal form C without surrounding spaces; empty if nothing can be seen of it."""
    return unicodedata.normalize("NFC", cell.strip()) if without_invisible(cell).strip() else ""


def number_cell(cell: str) -> str:
    """A number as Python writes it, so that 1 and 1.0 are equal; empty if it is missing. Raises NotANumber."""
    number = read_number(cell)
    return "" if number is None else repr(number)


class CategoryColumn(Options):
    """The categories of a column in the training split."""

    column: str
    values: Annotated[tuple[str, ...], Field(strict=False)]

    @property
    def size(self) -> int:
        """Ids, those of missing and of unknown categories included."""
        return FIRST_ID + len(self.values)


class NumberColumn(Options):
    """How a column of numbers is normalized. `indicator`: whether training has missing ones, which a further input then
    tells apart from the mean that stands for them."""

    column: str
    mean: Number
    deviation: Annotated[float, Field(gt=0, allow_inf_nan=False)]
    indicator: bool

    def is_cut(self, number: float) -> bool:
        """Whether a number is so far from the mean that it is read as `LARGEST_NORMALIZED` deviations."""
        return abs(number - self.mean) / self.deviation > LARGEST_NORMALIZED


class FittedFeatures(Options):
    """What the training split taught about the columns."""

    categories: Annotated[tuple[CategoryColumn, ...], Field(strict=False)]
    numbers: Annotated[tuple[NumberColumn, ...], Field(strict=False)]

    @property
    def columns(self) -> FeatureColumns:
        return FeatureColumns(
            tuple(each.column for each in self.categories), tuple(each.column for each in self.numbers)
        )

    @property
    def category_sizes(self) -> tuple[int, ...]:
        return tuple(each.size for each in self.categories)

    @property
    def numbers_width(self) -> int:
        """Inputs of all numbers: one each, and one more for those that training misses."""
        return sum(1 + each.indicator for each in self.numbers)

    @classmethod
    def learn(cls, columns: FeatureColumns, train: Records) -> FittedFeatures:
        """From the training split, and nothing else. Every column of numbers must have one."""
        cells = transposed(train["features"], len(columns.names))
        split = len(columns.categories)
        categories = [
            CategoryColumn(column=name, values=tuple(sorted(set(of_column) - {""})))
            for name, of_column in zip(columns.categories, cells[:split], strict=True)
        ]
        numbers = [
            _learned(name, _values(of_column)) for name, of_column in zip(columns.numbers, cells[split:], strict=True)
        ]
        return cls(categories=tuple(categories), numbers=tuple(numbers))

    def encode(self, rows: Sequence[Sequence[str]]) -> dict[str, np.ndarray]:
        """Rows of cells as `categories` (rows, columns) int32 and `numbers` (rows, `numbers_width`) float32.

        A missing number is the mean, 0, and its indicator is 1.
        """
        cells = transposed(rows, len(self.columns.names))
        split = len(self.categories)
        ids = [_ids(column.values, of_column) for column, of_column in zip(self.categories, cells[:split], strict=True)]
        inputs = []
        for column, of_column in zip(self.numbers, cells[split:], strict=True):
            inputs += _normalized(column, _values(of_column))
        encoded = {}
        if ids:
            encoded["categories"] = np.stack(ids, axis=1)
        if inputs:
            encoded["numbers"] = np.stack(inputs, axis=1).astype(np.float32)
        return encoded

    def unknown(self, rows: Sequence[Sequence[str]]) -> dict[str, list[str]]:
        """Column → its cells that training lacks, in the order of the rows."""
        found = {}
        for position, column in enumerate(self.categories):
            known = {"", *column.values}
            if cells := [row[position] for row in rows if row[position] not in known]:
                found[column.column] = cells
        return found

    def save(self, directory: Path) -> None:
        files.write_json(directory / FILE, self.model_dump(mode="json"))

    @classmethod
    def load(cls, directory: Path, columns: FeatureColumns) -> FittedFeatures:
        """What `save` wrote for these columns. Raises DataError for anything else."""
        path = directory / FILE
        try:
            fitted = cls.model_validate(files.read_json(path))
        except (OSError, ValueError) as error:
            reason = "not as seqlab writes it" if isinstance(error, ValidationError) else str(error)
            raise DataError(f"cannot read {path} ({reason}): restore it from a copy, or train again") from error
        doubled = [each.column for each in fitted.categories if len(set(each.values)) < len(each.values)]
        if fitted.columns != columns or doubled:
            raise DataError(f"{path} is not of the columns of the config: restore it from a copy, or train again")
        return fitted


def mean_and_deviation(values: np.ndarray) -> tuple[float, float]:
    """Of finite float64 (rows,), computed without overflow; the deviation of equal values is 1."""
    scale = float(np.abs(values).max()) or 1.0
    scaled = values / scale
    mean, deviation = float(scaled.mean()) * scale, float(scaled.std()) * scale
    # Rounding leaves a deviation of some 1e-17 of equal values.
    constant = float(values.min()) == float(values.max()) or deviation == 0
    return (float(values[0]) if constant else mean), (1.0 if constant else deviation)


def _learned(column: str, values: np.ndarray) -> NumberColumn:
    present = values[~np.isnan(values)]
    mean, deviation = mean_and_deviation(present)
    return NumberColumn(column=column, mean=mean, deviation=deviation, indicator=len(present) < len(values))


def _values(cells: Sequence[str]) -> np.ndarray:
    """Numbers (rows,) float64; NaN for those that are missing."""
    return np.fromiter((float(cell) if cell else math.nan for cell in cells), np.float64, len(cells))


def _ids(known: Sequence[str], cells: Sequence[str]) -> np.ndarray:
    id_of = {value: number for number, value in enumerate(known, start=FIRST_ID)} | {"": MISSING_ID}
    return np.fromiter((id_of.get(cell, UNKNOWN_ID) for cell in cells), np.int32, len(cells))


def _normalized(column: NumberColumn, values: np.ndarray) -> list[np.ndarray]:
    """The inputs of a column, (rows,) each: the normalized numbers, and whether they are missing if training asks."""
    missing = np.isnan(values)
    with np.errstate(over="ignore"):
        normalized = (values - column.mean) / column.deviation
    normalized = np.clip(np.where(missing, 0.0, normalized), -LARGEST_NORMALIZED, LARGEST_NORMALIZED)
    return [normalized, missing.astype(np.float64)] if column.indicator else [normalized]
