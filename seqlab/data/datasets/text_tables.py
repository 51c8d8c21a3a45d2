"""Tables with one text per row, for language models: CSV, TSV, JSON Lines and Parquet."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from seqlab.data.columns import Locations
from seqlab.data.datasets.dataset import TEXTS, SourceSplits
from seqlab.data.datasets.table_dataset import TextColumns
from seqlab.data.records import Records, SourceFile
from seqlab.data.tables import CommaDelimited, JsonLinesFormat, ParquetFormat, TabDelimited
from seqlab.progress import Progress


class TextTable(TextColumns):
    """Each row is a document. Without splits of their own, documents are shared out by their content."""

    def read(self, sources: tuple[SourceFile, ...], progress: Progress) -> SourceSplits:
        path = Path(sources[0].path)
        table, bad = self._table(sources, progress)
        bad.check()
        columns: dict[str, Sequence[str]] = dict(zip(self.text_fields, table.rows.cells, strict=True))
        columns["id"] = Locations(path.name, table.rows.numbers)
        return SourceSplits(Records(columns, self.text_fields), notes=table.notes)


@TEXTS.add
class CommaSeparatedTexts(CommaDelimited, TextTable):
    """Your own CSV file: one text per row, each a document."""

    name: Literal["csv"] = "csv"


@TEXTS.add
class TabSeparatedTexts(TabDelimited, TextTable):
    """Your own TSV file: one text per row, each a document."""

    name: Literal["tsv"] = "tsv"


@TEXTS.add
class JsonLinesTexts(JsonLinesFormat, TextTable):
    """Your own JSON Lines file (JSONL): one object with a text per line, each a document."""

    name: Literal["jsonl"] = "jsonl"


@TEXTS.add
class ParquetTexts(ParquetFormat, TextTable):
    """Your own Parquet file: one text per row, each a document."""

    name: Literal["parquet"] = "parquet"
