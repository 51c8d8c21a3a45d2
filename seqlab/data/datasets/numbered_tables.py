"""Tables with one number to predict per row: CSV, TSV, JSON Lines and Parquet."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Literal

from seqlab.data.columns import Numbers
from seqlab.data.datasets.dataset import NUMBERED
from seqlab.data.datasets.input_tables import InputTable
from seqlab.data.datasets.table_dataset import Column
from seqlab.data.features import NotANumber, read_number
from seqlab.data.tables import BadRows, CommaDelimited, JsonLinesFormat, ParquetFormat, TabDelimited

LARGEST = 1e140
"""Errors are squared, and added up."""


class NumberedTable(InputTable):
    """Labels are finite numbers."""

    answers: ClassVar[str] = "number"

    label: Column = "label"
    """The column with the number that is to be predicted."""

    def answer_of(self, number: int, cell: str, bad: BadRows) -> float:
        try:
            found = read_number(cell)
        except NotANumber as error:
            bad.add(number, f"the label {error.problem}", f"{error.remedy}, or classify: task: classification")
            return 0.0
        if abs(found or 0.0) > LARGEST:
            bad.add(
                number, f"the label {found:g} is too large to compute with", "predict its logarithm, or change units"
            )
        if found is None:
            bad.add(number, "the label is empty", "give each row a number, or remove it")
        return found or 0.0

    def answers_of(self, answers: Iterator[float]) -> Numbers:
        return Numbers.of(answers)


@NUMBERED.add
class NumberedCommaSeparated(CommaDelimited, NumberedTable):
    """Your own CSV file: one number to predict per row."""

    name: Literal["csv"] = "csv"


@NUMBERED.add
class NumberedTabSeparated(TabDelimited, NumberedTable):
    """Your own TSV file: one number to predict per row."""

    name: Literal["tsv"] = "tsv"


@NUMBERED.add
class NumberedJsonLines(JsonLinesFormat, NumberedTable):
    """Your own JSON Lines file (JSONL): one object with a number to predict per line."""

    name: Literal["jsonl"] = "jsonl"


@NUMBERED.add
class NumberedParquet(ParquetFormat, NumberedTable):
    """Your own Parquet file: one number to predict per row."""

    name: Literal["parquet"] = "parquet"
