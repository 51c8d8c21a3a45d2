"""The user's own documents: the lines of a text file, or the rows of a table."""

from __future__ import annotations

from array import array
from pathlib import Path
from typing import Literal

import numpy as np

from seqlab.data.columns import Locations, TextsWriter
from seqlab.data.datasets.dataset import DOCUMENTS, Dataset, SourceSplits
from seqlab.data.datasets.documents import Documents
from seqlab.data.datasets.running_text import refuse_short
from seqlab.data.datasets.text_tables import TextTable
from seqlab.data.records import Records, SourceFile
from seqlab.data.sources.text_encoding import TextEncoding
from seqlab.data.sources.text_lines import read_lines
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
        texts, numbers, characters = TextsWriter(), array("q"), 0
        with progress.step(f"reading {path.name}"):
            for number, line in enumerate(read_lines(path, self.encoding, None), start=1):
                characters += len(line)
                if line.strip():
                    numbers.append(number)
                    texts.append(line.removesuffix("\n"))
        refuse_short(path, characters)
        ids = Locations(path.name, np.frombuffer(numbers, np.int64))
        return SourceSplits(Records({"text": texts.finish(), "id": ids}))


class DocumentTable(Documents, TextTable):
    """Each row is a document."""


@DOCUMENTS.add
class CommaSeparatedDocuments(CommaDelimited, DocumentTable):
    """Your own CSV file: one document per row."""

    name: Literal["csv"] = "csv"


@DOCUMENTS.add
class TabSeparatedDocuments(TabDelimited, DocumentTable):
    """Your own TSV file: one document per row."""

    name: Literal["tsv"] = "tsv"


@DOCUMENTS.add
class JsonLinesDocuments(JsonLinesFormat, DocumentTable):
    """Your own JSON Lines file (JSONL): one object with a document per line."""

    name: Literal["jsonl"] = "jsonl"


@DOCUMENTS.add
class ParquetDocuments(ParquetFormat, DocumentTable):
    """Your own Parquet file: one document per row."""

    name: Literal["parquet"] = "parquet"
