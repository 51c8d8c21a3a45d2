"""Parallel text: two files, in which lines of the same number are translations of each other."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import ValidationInfo, WithJsonSchema
from pydantic.functional_validators import BeforeValidator
from pydantic_core import PydanticCustomError

from seqlab.data.columns import Texts
from seqlab.data.datasets.dataset import PAIRS, BuiltIn, SourceSplits, fraction_of
from seqlab.data.datasets.pairs import Lines, Pairs, aligned
from seqlab.data.records import SourceFile
from seqlab.data.sources.text_encoding import TextEncoding
from seqlab.data.sources.text_lines import read_lines
from seqlab.progress import Progress
from seqlab.registry import Location, Options


class TwoFiles(Options):
    """The two files of a split."""

    source: Location
    """The file with its sentences."""
    target: Location
    """The file with their translations."""


def _fraction_or_files(value: Any, info: ValidationInfo) -> float | TwoFiles:
    if (fraction := fraction_of(value)) is not None:
        return fraction
    if isinstance(value, TwoFiles):
        return value
    if isinstance(value, dict):
        return TwoFiles.model_validate(value, context=info.context)
    raise PydanticCustomError(
        "fraction_or_files", "expected a fraction between 0 and 1, or a mapping with the files 'source' and 'target'"
    )


FractionOrFiles = Annotated[
    Any,
    BeforeValidator(_fraction_or_files),
    WithJsonSchema(
        {"anyOf": [{"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 1}, TwoFiles.model_json_schema()]}
    ),
]


@PAIRS.add
class ParallelText(TextEncoding, Pairs):
    """Your own translations in two files, one sentence per line, and translations on lines of the same number.

    With or without a byte order mark, also packed with gzip (.gz); lines end with LF or CRLF. Surrounding spaces are
    removed, and lines that are empty on both sides are skipped.
    """

    name: Literal["parallel_text"] = "parallel_text"
    path: BuiltIn = None
    """The files are `source` and `target`."""
    source: Location
    """The file with the sentences that are translated."""
    target: Location
    """The file with their translations."""
    validation: FractionOrFiles = 0.1
    """A fraction of the pairs, or a mapping `{source: FILE, target: FILE}`."""
    test: FractionOrFiles = 0.1
    """A fraction of the pairs, or a mapping `{source: FILE, target: FILE}`."""

    @property
    def locations(self) -> tuple[str, ...]:
        splits = (split for split in ("validation", "test") if isinstance(getattr(self, split), TwoFiles))
        return ("source", "target", *splits)

    def find(self) -> tuple[Path, ...]:
        return Path(self.source), Path(self.target)

    def read(self, sources: tuple[SourceFile, ...], progress: Progress) -> SourceSplits:
        source, target = (Path(file.path) for file in sources)
        with progress.step(f"reading {source.name} and {target.name}"):
            return SourceSplits(aligned(self._lines(source), self._lines(target), source.name))

    def at(self, location: TwoFiles) -> Self:
        return self.model_copy(update={"source": location.source, "target": location.target})

    def _lines(self, path: Path) -> Lines:
        return Lines(str(path), Texts.of(line.removesuffix("\n") for line in read_lines(path, self.encoding, "\n")))
