"""Tables with one labelled text per row: CSV, TSV, JSON Lines and Parquet."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from typing import ClassVar, Literal

from seqlab.data.columns import Coded
from seqlab.data.datasets.dataset import LABELLED_TEXTS
from seqlab.data.datasets.input_tables import InputTable
from seqlab.data.tables import BadRows, CommaDelimited, JsonLinesFormat, ParquetFormat, TabDelimited
from seqlab.text_format import without_invisible


class LabelledTable(InputTable):
    """Labels are texts in Unicode's normal form C, without surrounding spaces."""

    answers: ClassVar[str] = "label"

    def answer_of(self, number: int, cell: str, bad: BadRows) -> str:
        if not without_invisible(cell).strip():
            bad.add(number, "the label is empty", "give each row a label, or remove it")
        return unicodedata.normalize("NFC", cell.strip())

    def answers_of(self, answers: Iterator[str]) -> Coded[str]:
        return Coded.of(answers)


@LABELLED_TEXTS.add
class CommaSeparated(CommaDelimited, LabelledTable):
    """Your own CSV file: one labelled text per row."""

    name: Literal["csv"] = "csv"


@LABELLED_TEXTS.add
class TabSeparated(TabDelimited, LabelledTable):
    """Your own TSV file: one labelled text per row."""

    name: Literal["tsv"] = "tsv"


@LABELLED_TEXTS.add
class JsonLines(JsonLinesFormat, LabelledTable):
    """Your own JSON Lines file (JSONL): one object with a labelled text per line."""

    name: Literal["jsonl"] = "jsonl"


@LABELLED_TEXTS.add
class Parquet(ParquetFormat, LabelledTable):
    """Your own Parquet file: one labelled text per row."""

    name: Literal["parquet"] = "parquet"
