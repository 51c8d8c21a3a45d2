"""The user's own texts: one directory per class, one file per text."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Literal

from seqlab.data.columns import CodesWriter, TextsWriter
from seqlab.data.datasets.dataset import LABELLED_TEXTS, Dataset, SourceSplits
from seqlab.data.records import SPLITS, Records, SourceFile, SplitName
from seqlab.data.sources import locations
from seqlab.data.sources.text_encoding import TextEncoding, read_text
from seqlab.errors import DataError, RequestError
from seqlab.progress import Progress, tracked
from seqlab.registry import Location
from seqlab.text_format import counted

SUFFIXES = frozenset({".txt", ""})
"""Suffixes of files that are texts."""


@LABELLED_TEXTS.add
class TextFolder(TextEncoding, Dataset):
    """Your own texts: one directory per class, one file per text.

    A text is a file directly in its class's directory that ends in `.txt` or has no suffix; other files are skipped and
    counted, hidden ones are ignored. If there is a directory `train` with directories inside, `train`, `validation`
    and `test` are official splits, each with its classes. Labels are the names of the directories in Unicode's normal
    form C.
    """

    name: Literal["text_folder"] = "text_folder"
    path: Location
    """The directory with the classes' directories, or with `train` (and `validation`, `test`)."""

    def find(self) -> tuple[Path, ...]:
        directory = Path(self.path)
        if directory.is_dir():
            return (directory,)
        if directory.exists():
            raise RequestError(f"{directory} is a file; text_folder reads a directory (for a table, use name: csv)")
        raise RequestError(f"there is no directory {directory}; correct the path")

    def sources(self) -> tuple[SourceFile, ...]:
        directories = {root: _split_directories(root).values() for root in self.find()}
        return tuple(
            locations.directory_source(root, (text for directory in split_directories for text in _texts(directory)))
            for root, split_directories in directories.items()
        )

    def unused_with_files(self) -> Mapping[str, str]:
        official = [split for split in _split_directories(Path(self.path)) if split != "train"]
        return {
            split: f"{Path(self.path) / split} is the official {split} split"
            for split in official
            if isinstance(getattr(self, split), float)
        }

    def read(self, sources: tuple[SourceFile, ...], progress: Progress) -> SourceSplits:
        root = Path(sources[0].path)
        directories = _split_directories(root)
        splits = {split: self._records(root, directory, progress) for split, directory in directories.items()}
        skipped = sum(_count_skipped(directory) for directory in directories.values())
        one = skipped == 1
        what = "1 file or directory" if one else f"{skipped:,} files or directories"
        note = f"{what} in {root} {'is not a text' if one else 'are not texts'} (*.txt, or no suffix): skipped"
        notes = (note,) if skipped else ()
        return SourceSplits(splits["train"], splits.get("validation"), splits.get("test"), notes=notes)

    def _records(self, root: Path, directory: Path, progress: Progress) -> Records:
        """The texts in a directory of classes. Raises DataError if there are none, or some cannot be read."""
        texts, ids = TextsWriter(), TextsWriter()
        labels: CodesWriter[str] = CodesWriter()
        unreadable: list[DataError] = []
        for path in tracked(_texts(directory), progress, f"reading {directory.name}", None, "texts"):
            try:
                texts.append(read_text(path, self.encoding))
            except DataError as error:
                unreadable.append(error)
                continue
            labels.append(unicodedata.normalize("NFC", path.parent.name))
            ids.append(path.relative_to(root).as_posix())
        if unreadable:
            more = f"\nso it is with {counted(len(unreadable) - 1, 'other text')}" if len(unreadable) > 1 else ""
            raise DataError(f"{unreadable[0]}{more}")
        if not len(texts):
            raise DataError(f"{directory} has no texts; expected one directory per class, with a file *.txt per text")
        return Records({"text": texts.finish(), "label": labels.finish(), "id": ids.finish()})


def _split_directories(root: Path) -> dict[SplitName, Path]:
    """Split → the directory of its classes. The root is `train` unless it has a `train` with directories inside."""
    if (root / "train").is_dir() and any(path.is_dir() for path in _visible(root / "train")):
        return {split: root / split for split in SPLITS if (root / split).is_dir()}
    return {"train": root}


def _texts(directory: Path) -> Iterator[Path]:
    for class_directory in _visible(directory):
        if class_directory.is_dir():
            yield from (path for path in _visible(class_directory) if is_text_file(path))


def _count_skipped(directory: Path) -> int:
    class_directories = [path for path in _visible(directory) if path.is_dir()]
    strays = len(_visible(directory)) - len(class_directories)
    return strays + sum(
        not is_text_file(path) for class_directory in class_directories for path in _visible(class_directory)
    )


def is_text_file(path: Path) -> bool:
    """Whether a path is a file whose name is that of a text."""
    return path.suffix in SUFFIXES and path.is_file()


def _visible(directory: Path) -> list[Path]:
    """The entries of a directory, sorted by name, without hidden ones."""
    try:
        return sorted(path for path in directory.iterdir() if not path.name.startswith("."))
    except OSError as error:
        raise locations.unreadable(directory, error) from error
