"""Tables with one labelled text per row: CSV, TSV, JSON Lines and Parquet."""

from __future__ import annotations

import unicodedata
from pathlib import Path
from typing import Literal, Self

from pydantic import model_validator
from pydantic_core import PydanticCustomError

from seqlab.data.datasets.dataset import LABELLED_TEXTS, SourceSplits
from seqlab.data.datasets.table_dataset import Column, TextColumns
from seqlab.data.records import Records, SourceFile
from seqlab.data.tables import CommaDelimited, JsonLinesFormat, ParquetFormat, TabDelimited
from seqlab.progress import Progress
from seqlab.text_format import without_invisible


class LabelledTable(TextColumns):
    """Labels are texts in Unicode's normal form C, without surrounding spaces."""

    label: Column = "label"
    """The column with the label."""

    @model_validator(mode="after")
    def _label_is_no_text(self) -> Self:
        if self.label in self.text_columns:
            raise PydanticCustomError("label_in_text", "the column of the label cannot be part of the text")
        if len(self.text_columns) > 1 and "label" in self.text_columns:
            raise PydanticCustomError("reserved", "'label' cannot be in a list of text columns; rename it")
        return self

    @property
    def chosen(self) -> list[tuple[str, str | int]]:
        return [*super().chosen, ("label", self.label)]

    def read(self, sources: tuple[SourceFile, ...], progress: Progress) -> SourceSplits:
        path = Path(sources[0].path)
        table, bad = self._table(sources, progress)
        columns: dict[str, list[str]] = {name: [] for name in (*self.text_fields, "label", "id")}
        for number, (*texts, label) in table.rows:
            if not without_invisible(label).strip():
                bad.add(number, "the label is empty", "give each row a label, or remove it")
            for field, text in zip(self.text_fields, texts, strict=True):
                columns[field].append(text)
            columns["label"].append(unicodedata.normalize("NFC", label.strip()))
            columns["id"].append(f"{path.name}:{number}")
        bad.check()
        return SourceSplits(Records(columns, self.text_fields), notes=table.notes)


@LABELLED_TEXTS.add
class CommaSeparated(CommaDelimited, LabelledTable):
    """Your own comma-separated file (CSV): one labelled text per row."""

    name: Literal["csv"] = "csv"


@LABELLED_TEXTS.add
class TabSeparated(TabDelimited, LabelledTable):
    """Your own tab-separated file (TSV): one labelled text per row."""

    name: Literal["tsv"] = "tsv"


@LABELLED_TEXTS.add
class JsonLines(JsonLinesFormat, LabelledTable):
    """Your own JSON Lines file (JSONL): one object with a labelled text per line."""

    name: Literal["jsonl"] = "jsonl"


@LABELLED_TEXTS.add
class Parquet(ParquetFormat, LabelledTable):
    """Your own Parquet file: one labelled text per row."""

    name: Literal["parquet"] = "parquet"
