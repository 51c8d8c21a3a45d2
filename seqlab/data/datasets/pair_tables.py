"""Tables with one sentence pair per row: CSV, TSV and similar files."""

from __future__ import annotations

from pathlib import Path
from typing import Literal, Self

from pydantic import model_validator
from pydantic_core import PydanticCustomError

from seqlab.data.datasets.dataset import PAIRS, SourceSplits
from seqlab.data.datasets.pairs import SIDES, Pairs, pair_records, sentence
from seqlab.data.datasets.tables import Character, Column, Table
from seqlab.data.records import SourceFile
from seqlab.progress import Progress


class PairTable(Table, Pairs):
    """The base of `csv` and `tsv`. Spaces around sentences are removed."""

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
    def _chosen(self) -> list[tuple[str, str | int]]:
        return [("source", self.source), ("target", self.target)]

    def read(self, sources: tuple[SourceFile, ...], progress: Progress) -> SourceSplits:
        path = Path(sources[0].path)
        rows = []
        for line, cells in self._cells(path, progress):
            source, target = (sentence(cell, f"{path}:{line}", side) for cell, side in zip(cells, SIDES, strict=True))
            rows.append((source, target, f"{path.name}:{line}"))
        return SourceSplits(pair_records(rows))


@PAIRS.add
class CommaSeparatedPairs(PairTable):
    """Your own comma-separated file (CSV): a sentence and its translation in each row."""

    name: Literal["csv"] = "csv"


@PAIRS.add
class TabSeparatedPairs(PairTable):
    """Your own tab-separated file (TSV): a sentence and its translation in each row."""

    name: Literal["tsv"] = "tsv"
    delimiter: Character = "\t"
    """The character between two cells."""
