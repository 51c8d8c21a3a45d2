"""The base of datasets of running text: one long text, cut into splits by position."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import ClassVar

from pydantic import field_validator
from pydantic_core import PydanticCustomError

from seqlab.data.datasets.dataset import Dataset
from seqlab.data.datasets.take import Take, TakeOfSplits
from seqlab.data.long_text import LongText, LongTexts
from seqlab.data.records import SPLITS, Records, SplitName
from seqlab.data.sources.text_lines import read_pieces
from seqlab.errors import DataError
from seqlab.text_format import counted

FEWEST = 2
"""Characters of a split: one to read, and the next one to predict."""


class RunningText(Dataset):
    """Every split is one document; the training text comes first.

    Nothing is shuffled. Only whole splits can be duplicates.
    """

    single_text: ClassVar[bool] = True
    fewest: ClassVar[int] = FEWEST
    take: Take = None
    """Keep only the first characters of the training text, this many, and the same share of validation and test; or a
    mapping: {train: 100000, validation: 5000, test: 5000}."""

    @field_validator("take")
    @classmethod
    def _something_to_predict(cls, take: TakeOfSplits | None) -> TakeOfSplits | None:
        numbers = [] if take is None else [take.train, take.validation, take.test]
        if any(isinstance(number, int) and number < FEWEST for number in numbers):
            raise PydanticCustomError("take", f"expected at least {FEWEST} characters")
        return take

    def unused_options(self) -> Mapping[str, str]:
        return {**super().unused_options(), "split_seed": "running text is cut by position and not shuffled"}

    def cut(self, records: Records, shares: Mapping[SplitName, float]) -> dict[SplitName, Records]:
        """Training, then validation, then test, each from the start of a line if there is one nearby."""
        (text,), (name, _, _) = LongTexts.of(records["text"]).texts, records["id"][0].rpartition(":")
        names: list[SplitName] = [split for split in SPLITS if split == "train" or split in shares]
        cut = documents(text, name, split_starts(text, [shares[split] for split in names[1:]]))
        return dict(zip(names, cut, strict=True))

    def size_of(self, records: Records) -> int:
        return sum(map(len, LongTexts.of(records["text"]).texts))

    def truncated(self, records: Records, size: int) -> Records:
        texts = LongTexts([text[:size] for text in LongTexts.of(records["text"]).texts])
        return Records({**records.columns, "text": texts})


def document(text: LongText | str, name: str, start: int = 0, line: int = 1) -> Records:
    """A split of one document, whose id is its location: the file, and the index of its first character, which is on
    `line` of the file."""
    texts = LongTexts.of([text]) if isinstance(text, str) else LongTexts([text])
    return Records({"text": texts, "id": [f"{name}:{start}"], "file": [name], "line": [line]})


def documents(text: LongText | str, name: str, starts: Sequence[int], remedy: str | None = None) -> list[Records]:
    """The text cut at the positions at which all documents but the first start.

    Raises DataError, with the `remedy`, if one has less than two characters.
    """
    bounds = [0, *starts, len(text)]
    if min(end - start for start, end in pairwise(bounds)) < FEWEST:
        raise DataError(
            f"{name} has {counted(len(text), 'character')}, too few for {len(bounds) - 1} splits of at least {FEWEST}: "
            + (remedy or "use a longer text, or change data.validation and data.test (to larger fractions, or files)")
        )
    return [document(text[start:end], name, start, text.count("\n", 0, start) + 1) for start, end in pairwise(bounds)]


def split_starts(text: LongText | str, shares: Sequence[float]) -> list[int]:
    """The positions at which the last parts of a text start, which have these shares of its characters.

    Each part starts at a line if one starts within a quarter of the smallest part, the first one included, so that no
    part loses more than half. In a text of very long lines, parts start within a line.
    """
    positions, position = [], len(text)
    for share in reversed(shares):
        position -= round(share * len(text))
        positions.append(position)
    reach = int(min(1 - sum(shares), *shares, 1) * len(text) / 4)
    return [_nearest_line(text, position, reach) for position in reversed(positions)]


def read_file(path: Path, encoding: str = "utf-8") -> LongText:
    """The text of a file, read in pieces: a byte order mark dropped, CRLF and lone CR read as LF, nothing else changed.

    Raises DataError if it does not decode, contains NUL (as binary files do), or has less than two characters.
    """
    text = LongText.of(read_pieces(path, encoding))
    refuse_short(path, len(text))
    return text


def refuse_short(path: Path, characters: int) -> None:
    """Raises DataError for a file with less than two characters."""
    if characters < FEWEST:
        size = "is empty" if not characters else f"has {characters} character"
        raise DataError(f"{path} {size}: a text to learn from needs at least {FEWEST} characters, better a million")


def _nearest_line(text: LongText | str, position: int, reach: int) -> int:
    """The nearest start of a line at most `reach` away from `position`; `position` if there is none."""
    before = text.rfind("\n", max(0, position - reach - 1), position) + 1
    after = text.find("\n", position, position + reach) + 1
    starts = [start for start in (before, after) if start]
    return min(starts, key=lambda start: abs(start - position), default=position)
