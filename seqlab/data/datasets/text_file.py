"""The user's own text in one file."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from seqlab.data.datasets.dataset import TEXTS, SourceSplits
from seqlab.data.datasets.running_text import RunningText, document, read_file
from seqlab.data.records import SourceFile
from seqlab.data.sources.text_encoding import TextEncoding
from seqlab.progress import Progress
from seqlab.registry import Location


@TEXTS.add
class TextFile(TextEncoding, RunningText):
    """Your own text in one file, also packed with gzip (.gz). CRLF and lone CR are read as LF.

    Splits without a file of their own are cut from the end, at the start of a line if one is nearby: the training text
    comes first, then `validation`, then `test`. In a text of very long lines, a split starts within a line.
    """

    name: Literal["text_file"] = "text_file"
    path: Location
    """The file."""

    def find(self) -> tuple[Path, ...]:
        return (Path(self.path),)

    def read(self, sources: tuple[SourceFile, ...], progress: Progress) -> SourceSplits:
        path = Path(sources[0].path)
        with progress.step(f"reading {path.name}"):
            return SourceSplits(document(read_file(path, self.encoding), path.name))
