"""Multi30k: 31,014 captions of photographs in English, translated into German, read from six gzip files."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar, Literal, Self

from pydantic import model_validator

from seqlab.data.datasets.dataset import PAIRS, BuiltIn, SourceSplits
from seqlab.data.datasets.pairs import Lines, Pairs, aligned, lines_of, two_languages
from seqlab.data.records import Records, SourceFile
from seqlab.data.sources import gzipped, locations, text_encoding
from seqlab.data.sources.locations import PublishedFile
from seqlab.progress import Progress

ADDRESS = "https://raw.githubusercontent.com/multi30k/dataset/master/data/task1/raw"
PAIRS_IN = {"train": 29_000, "val": 1_014, "test_2016_flickr": 1_000}
"""File name → number of published pairs, in the order of the splits."""
SUFFIXES = {"german": "de", "english": "en"}

Language = Literal["german", "english"]


def _published(text: str, size: int, sha256: str) -> PublishedFile:
    return PublishedFile(f"{text}.gz", f"{ADDRESS}/{text}.gz", size, sha256)


@PAIRS.add
class Multi30k(Pairs):
    """Multi30k: captions of Flickr's photographs in English and German, 29,000 for training (Elliott et al. 2016).

    With the official splits: 1,014 pairs for validation and 1,000 for testing, the Flickr test set of 2016.
    """

    licence: ClassVar[str] = "none stated with the files; the captions are Flickr30k's: for non-commercial research"
    citation: ClassVar[str] = (
        "Elliott, Frank, Sima'an, Specia: Multi30K: Multilingual English-German Image Descriptions. Workshop on Vision "
        "and Language 2016"
    )
    hub: ClassVar[str] = "bentrevett/multi30k"
    published: ClassVar[tuple[PublishedFile, ...]] = (
        _published("train.de", 637_044, "726e39b2fa9eb9ffb6dc763fb35a179f80fae06ffc5d28b6ace5faa883de28a6"),
        _published("train.en", 568_929, "d79cfa999dd4c51d2cb42499b6796d5a882c3a8a961923c25a898c90f8bbd56f"),
        _published("val.de", 24_681, "f0cba2f995189cf5770f29a8a9a537a3ad3f51657ad873405082ff6863a5e75a"),
        _published("val.en", 21_650, "14f7d25ddd868909a9213e361768460edcacdd6ab9d1e77b92560dc10c10dc28"),
        _published("test_2016_flickr.de", 22_890, "9204244e408ccb38d2a55cfcd344df15005fc42a07a6e55ca6c52b6ababb8cc8"),
        _published("test_2016_flickr.en", 21_077, "611d361c6334bc7246101d48097c13cf5c4413c5befc793cc629934359d532d9"),
    )

    name: Literal["multi30k"] = "multi30k"
    source: Language = "german"
    """The language that is translated."""
    target: Language = "english"
    """The language that it is translated into."""
    validation: BuiltIn = None
    """Multi30k has an official validation split."""
    test: BuiltIn = None
    """Multi30k has an official test split."""

    @model_validator(mode="after")
    def _two_languages(self) -> Self:
        two_languages(self.source, self.target)
        return self

    @property
    def source_names(self) -> tuple[str, ...]:
        return (str(self.source), *super().source_names)

    def find(self) -> tuple[Path, ...]:
        """All six files, from one directory."""
        names = [file.name for file in self.published]
        for location in locations.searched(self.name, self.path):
            paths = tuple(location / name for name in names)
            if all(path.is_file() for path in paths):
                return paths
        raise locations.not_found(self.name, [", ".join(names)], self.published, self.path)

    def read(self, sources: tuple[SourceFile, ...], progress: Progress) -> SourceSplits:
        directory = Path(sources[0].path).parent
        with progress.step(f"reading {directory.name}"):
            train, validation, test = (self._pairs(directory, split) for split in PAIRS_IN)
        notes = tuple(
            f"multi30k: {split} has {len(records):,} of the {published:,} published pairs: say so with every metric"
            for records, (split, published) in zip((train, validation, test), PAIRS_IN.items(), strict=True)
            if len(records) != published
        )
        return SourceSplits(train, validation, test, notes=notes)

    def _pairs(self, directory: Path, split: str) -> Records:
        source, target = (_lines(directory / f"{split}.{SUFFIXES[side]}.gz") for side in (self.source, self.target))
        return aligned(source, target, split)


def _lines(path: Path) -> Lines:
    return Lines(str(path), lines_of(text_encoding.decode(gzipped.read(path), str(path))))
