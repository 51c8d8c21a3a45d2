"""The user's own documents: the lines of a text file, or the rows of a table."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from seqlab.data.datasets.dataset import DOCUMENTS, Dataset, SourceSplits
from seqlab.data.datasets.documents import Documents
from seqlab.data.datasets.running_text import read_file
from seqlab.data.datasets.text_tables import TextTable
from seqlab.data.records import Records, SourceFile
from seqlab.data.sources.text_encoding import TextEncoding
from seqlab.data.tables import CommaDelimited, JsonLinesFormat, ParquetFormat, TabDelimited
from seqlab.progress import Progress
from seqlab.registry import Location


@DOCUMENTS.add
class DocumentFile(TextEncoding, Documents, Dataset):
    """Your own text in one file, also packed with gzip (.gz): each line that is not blank is a document."""

    name: Literal["text_file"] = "text_file"
    path: Location
    """The file."""

    def find(self) -> tuple[Path, ...]:
        return (Path(self.path),)

    def read(self, sources: tuple[SourceFile, ...], progress: Progress) -> SourceSplits:
        path = Path(sources[0].path)
        with progress.step(f"reading {path.name}"):
            numbered = enumerate(read_file(path, self.encoding).split("\n"), start=1)
            lines = [(number, line) for number, line in numbered if line.strip()]
        columns = {"text": [line for _, line in lines], "id": [f"{path.name}:{number}" for number, _ in lines]}
        return SourceSplits(Records(columns))


class DocumentTable(Documents, TextTable):
    """Each row is a document."""


@DOCUMENTS.add
class CommaSeparatedDocuments(CommaDelimited, DocumentTable):
    """Your own comma-separated file (CSV): one document per row."""

    name: Literal["csv"] = "csv"


@DOCUMENTS.add
class TabSeparatedDocuments(TabDelimited, DocumentTable):
    """Your own tab-separated file (TSV): one document per row."""

    name: Literal["tsv"] = "tsv"


@DOCUMENTS.add
class JsonLinesDocuments(JsonLinesFormat, DocumentTable):
    """Your own JSON Lines file (JSONL): one object with a document per line."""

    name: Literal["jsonl"] = "jsonl"


@DOCUMENTS.add
class ParquetDocuments(ParquetFormat, DocumentTable):
    """Your own Parquet file: one document per row."""

    name: Literal["parquet"] = "parquet"
