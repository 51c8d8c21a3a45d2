"""spa-eng: 118,964 English sentences with their Spanish translations, the corpus of many tutorials on translation."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar, Literal, Self

from pydantic import model_validator

from seqlab.data.datasets.dataset import PAIRS, BuiltIn, SourceSplits
from seqlab.data.datasets.pairs import Pairs, lines_of, pair_records, sentence, two_languages
from seqlab.data.records import Records, SourceFile, SplitName
from seqlab.data.sources import archives, locations, text_encoding
from seqlab.data.sources.locations import PublishedFile
from seqlab.data.splits import connected_components
from seqlab.errors import DataError
from seqlab.progress import Progress, tracked
from seqlab.text_format import counted, quoted

ARCHIVE, FOLDER, FILE = "spa-eng.zip", "spa-eng", "spa.txt"
KNOWN_TEXT = "6ec60e212f812ee3430f7568ea6f33b6fb080e32193c5952e8da0ee8ba45574c"
"""sha256 of the 8,042,772 bytes of spa.txt with which the results in docs/results.md were measured."""
HELD_OUT: dict[SplitName, int] = {"validation": 5_000, "test": 5_000}
"""Pairs."""

Language = Literal["english", "spanish"]


@PAIRS.add
class SpaEng(Pairs):
    """spa-eng: 118,964 sentences in English and Spanish from Tatoeba, most of them short.

    Many have more than one translation, and there is no official split: random lines for testing would contain
    sentences of the training split. Validation and test are 5,000 pairs each, whose English and Spanish sentences are
    in no other split; they are the same for both directions.
    """

    licence: ClassVar[str] = "CC BY 2.0 FR"
    citation: ClassVar[str] = "Tatoeba (tatoeba.org), chosen and paired by manythings.org/anki"
    published: ClassVar[tuple[PublishedFile, ...]] = (
        PublishedFile(
            name=ARCHIVE,
            address="https://storage.googleapis.com/download.tensorflow.org/data/spa-eng.zip",
            size=2_638_744,
        ),
    )

    name: Literal["spa_eng"] = "spa_eng"
    source: Language = "english"
    """The language that is translated."""
    target: Language = "spanish"
    """The language that it is translated into."""
    validation: BuiltIn = None
    """5,000 pairs."""
    test: BuiltIn = None
    """5,000 pairs."""

    @model_validator(mode="after")
    def _two_languages(self) -> Self:
        two_languages(self.source, self.target)
        return self

    @property
    def source_names(self) -> tuple[str, ...]:
        return (str(self.source), *super().source_names)

    def find(self) -> tuple[Path, ...]:
        """The archive, or the file it contains."""
        for location in locations.searched(self.name, self.path):
            for candidate in (location, location / ARCHIVE, location / FILE, location / FOLDER / FILE):
                if candidate.is_file():
                    return (candidate,)
        raise locations.not_found(self.name, [ARCHIVE, FILE, f"{FOLDER}/{FILE}"], self.published, self.path)

    def read(self, sources: tuple[SourceFile, ...], progress: Progress) -> SourceSplits:
        path = Path(sources[0].path)
        content = _unpacked(path) if path.suffix == ".zip" else locations.read_bytes(path)
        location = f"{path}/{FOLDER}/{FILE}" if path.suffix == ".zip" else str(path)
        lines = tracked(
            lines_of(text_encoding.decode(content, location)), progress, f"reading {path.name}", None, "pairs"
        )
        splits = self._held_out(pair_records(self._rows(lines, location)), path)
        return SourceSplits(splits["train"], splits["validation"], splits["test"], notes=_notes(content, path))

    def _rows(self, lines: Iterator[str], location: str) -> Iterator[tuple[str, str, str]]:
        """Source, target and id of each line that is not blank. Raises DataError for lines that are not pairs."""
        for number, line in enumerate(lines, start=1):
            cells = line.split("\t")
            if len(cells) == 2:
                english, spanish = (
                    sentence(cell, f"{location}:{number}", language)
                    for cell, language in zip(cells, ("English", "Spanish"), strict=True)
                )
                pair = {"english": english, "spanish": spanish}
                yield pair[self.source], pair[self.target], f"{FILE}:{number}"
            elif line.strip():
                raise DataError(
                    f"{location}:{number}: {counted(len(cells), 'cell')}, expected English, a tab and Spanish "
                    f"(in {quoted(line)}); correct the line. Later files of manythings.org have a third cell: keep the "
                    "first two with cut -f1,2"
                )

    def _held_out(self, records: Records, path: Path) -> dict[SplitName, Records]:
        splits = connected_components.cut(records, HELD_OUT, self.split_seed)
        if any(len(splits[split]) != size for split, size in HELD_OUT.items()):
            raise DataError(
                f"{path} has {len(records):,} pairs, too few to hold out 5,000 for validation and 5,000 for the test "
                f"that share no sentence with others: get {ARCHIVE} from {self.published[0].address}, or read a file "
                "of your own with name: tsv"
            )
        return splits


def _unpacked(archive: Path) -> bytes:
    for member in archives.members(archive):
        if member.name.rpartition("/")[2] == FILE:
            return member.read()
    raise DataError(
        f"{archive} has no {FOLDER}/{FILE}: it is another archive; get {ARCHIVE} from {SpaEng.published[0].address}"
    )


def _notes(content: bytes, path: Path) -> tuple[str, ...]:
    """Compares the text, because archives of the same text may differ."""
    sha256 = hashlib.sha256(content).hexdigest()
    if sha256 == KNOWN_TEXT:
        return ()
    return (
        f"spa_eng: the pairs in {path.name} (sha256 {sha256}) are not those of docs/results.md: say so with every "
        "metric",
    )
