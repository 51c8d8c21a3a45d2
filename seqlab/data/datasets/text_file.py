"""A text file of one's own."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from seqlab.data.datasets.dataset import TEXTS, Reading
from seqlab.data.datasets.running_text import RunningText, document, read_file
from seqlab.data.records import SourceFile
from seqlab.progress import Progress
from seqlab.registry import Location


@TEXTS.add
class TextFile(RunningText):
    """Your own text in one file: UTF-8, with or without a byte order mark; CRLF and lone CR are read as LF.

    What has no file of its own is cut off the end, at the beginning of a line where one is near: first comes the
    training text, then `validation`, then `test`. In a text of very long lines a split begins within one.
    """

    name: Literal["text_file"] = "text_file"
    path: Location
    """The file."""

    def find(self) -> tuple[Path, ...]:
        return (Path(self.path),)

    def read(self, sources: tuple[SourceFile, ...], progress: Progress) -> Reading:
        path = Path(sources[0].path)
        with progress.step(f"reading {path.name}"):
            return Reading(document(read_file(path), path.name))
