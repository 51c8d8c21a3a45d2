"""Tables with one sentence pair per row: CSV, TSV, JSON Lines and Parquet."""

from __future__ import annotations

from pathlib import Path
from typing import Literal, Self

from pydantic import model_validator
from pydantic_core import PydanticCustomError

from seqlab.data.datasets.dataset import PAIRS, SourceSplits
from seqlab.data.datasets.pairs import SIDES, Pairs, PairsWriter
from seqlab.data.datasets.table_dataset import Column, TableDataset
from seqlab.data.records import SourceFile
from seqlab.data.tables import CommaDelimited, JsonLinesFormat, ParquetFormat, TabDelimited
from seqlab.progress import Progress


class PairTable(TableDataset, Pairs):
    """Spaces around sentences are removed."""

    source: Column = "source"
    """The column with the sentence that is translated."""
    target: Column = "target"
    """The column with its translation."""

    @model_validator(mode="after")
    def _two_columns(self) -> Self:
        if self.source == self.target:
            raise PydanticCustomError("one_column", f"source and target are both the column {self.source!r}; name two")
        return self

    @property
    def source_names(self) -> tuple[str, ...]:
        return (str(self.source), *super().source_names)

    @property
    def chosen(self) -> list[tuple[str, str | int]]:
        return [("source", self.source), ("target", self.target)]

    def read(self, sources: tuple[SourceFile, ...], progress: Progress) -> SourceSplits:
        path = Path(sources[0].path)
        table, bad = self._table(sources, progress)
        pairs = PairsWriter(path.name)
        for number, cells in table.rows:
            source, target = map(str.strip, cells)
            if not (source and target):
                empty = " and the ".join(side for side, text in zip(SIDES, (source, target), strict=True) if not text)
                bad.add(number, f"the {empty} sentence is empty", "write it, or remove the pair")
            pairs.append(number, source, target)
        bad.check()
        return SourceSplits(pairs.finish(), notes=table.notes)


@PAIRS.add
class CommaSeparatedPairs(CommaDelimited, PairTable):
    """Your own CSV file: a sentence and its translation in each row."""

    name: Literal["csv"] = "csv"


@PAIRS.add
class TabSeparatedPairs(TabDelimited, PairTable):
    """Your own TSV file: a sentence and its translation in each row."""

    name: Literal["tsv"] = "tsv"


@PAIRS.add
class JsonLinesPairs(JsonLinesFormat, PairTable):
    """Your own JSON Lines file (JSONL): an object with a sentence and its translation on each line."""

    name: Literal["jsonl"] = "jsonl"


@PAIRS.add
class ParquetPairs(ParquetFormat, PairTable):
    """Your own Parquet file: a sentence and its translation in each row."""

    name: Literal["parquet"] = "parquet"
