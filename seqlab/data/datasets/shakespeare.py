"""Tiny Shakespeare: 40,000 lines of the plays, the text that character models are compared on."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from seqlab.data.datasets.dataset import TEXTS, BuiltIn, SourceSplits
from seqlab.data.datasets.running_text import FEWEST, RunningText, documents, read_file
from seqlab.data.records import SourceFile
from seqlab.data.sources import locations
from seqlab.data.sources.locations import PublishedFile
from seqlab.errors import DataError
from seqlab.progress import Progress
from seqlab.text_format import counted

FILE = "shakespeare.txt"
COURSE = (1_000_000, 1_060_000)
"""The positions at which validation and test start."""
TRAIN_AND_VALIDATION, VALIDATION = 0.9, 0.05
"""Shares of the text in the split 90_10."""


@TEXTS.add
class Shakespeare(RunningText):
    """Tiny Shakespeare: 1,115,394 characters of his plays, 65 distinct ones, 39 in lowercase (Karpathy 2015)."""

    licence: ClassVar[str] = "public domain: the plays of William Shakespeare"
    citation: ClassVar[str] = (
        "Karpathy: The Unreasonable Effectiveness of Recurrent Neural Networks. 2015, with the code char-rnn"
    )
    hub: ClassVar[str] = "karpathy/tiny_shakespeare"
    published: ClassVar[tuple[PublishedFile, ...]] = (
        PublishedFile(
            name=FILE,
            address="https://raw.githubusercontent.com/karpathy/char-rnn/master/data/tinyshakespeare/input.txt",
            size=1_115_394,
            sha256="86c4e6aa9db7c042ec79f339dcb96d42b0075e16b8fc2e86bf0ca57e2dc565ed",
            mirrors=("https://storage.googleapis.com/download.tensorflow.org/data/shakespeare.txt",),
        ),
    )

    name: Literal["shakespeare"] = "shakespeare"
    split: Literal["course", "90_10"] = "course"
    """course: the first 1,000,000 characters train, the next 60,000 validate, the last 55,394 test. 90_10: the last
    10 % test (111,540 characters, those that nanoGPT validates on), the 5 % before them validate, the first 85 % train.
    """
    validation: Annotated[float, Field(gt=0, le=0.5, allow_inf_nan=False)] | None = None
    """With 90_10: the share that validates, just before the test; null: set by `split`."""
    test: BuiltIn = None
    """Set by `split`."""

    def unused_options(self) -> Mapping[str, str]:
        fixed = self.split == "course" and self.validation is not None
        of_its_own = "it belongs to the split 90_10, and data.split is course"
        return {**super().unused_options(), **({"validation": of_its_own} if fixed else {})}

    def find(self) -> tuple[Path, ...]:
        for location in locations.searched(self.name, self.path):
            for candidate in (location, location / FILE):
                if candidate.is_file():
                    return (candidate,)
        raise locations.not_found(self.name, [FILE], self.published, self.path)

    def read(self, sources: tuple[SourceFile, ...], progress: Progress) -> SourceSplits:
        path = Path(sources[0].path)
        with progress.step(f"reading {path.name}"):
            text = read_file(path)
        remedy = None if self.validation is None else f"data.validation is {self.validation:g}: use a larger share"
        train, validation, test = documents(text, path.name, self._starts(path, len(text)), remedy)
        return SourceSplits(train, validation, test)

    def _starts(self, path: Path, characters: int) -> tuple[int, int]:
        """The positions at which validation and test start; rounded down for 90_10, as in nanoGPT."""
        if self.split == "90_10":
            validation = VALIDATION if self.validation is None else self.validation
            return int((TRAIN_AND_VALIDATION - validation) * characters), int(TRAIN_AND_VALIDATION * characters)
        if characters < COURSE[1] + FEWEST:
            raise DataError(
                f"{path} has {counted(characters, 'character')}, and data.split: course tests on what comes after "
                f"{COURSE[1]:,}: get {FILE} from {self.published[0].address}, or read a text of your own with "
                "name: text_file"
            )
        return COURSE
