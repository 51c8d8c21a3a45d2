"""Running text: one long text, read from its beginning to its end, and cut into its splits by position."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Annotated

from pydantic import Field

from seqlab.data.datasets.dataset import Dataset
from seqlab.data.records import SPLITS, Records, SplitName
from seqlab.data.sources import utf8
from seqlab.errors import DataError

FEWEST = 2
"""Characters of a split: one to read, and the one that comes next."""


class RunningText(Dataset):
    """What texts that are cut by position share: every split is one document, the training text comes first.

    There is nothing to shuffle and `split_seed` decides nothing. Of duplicates only a whole split can be one.
    """

    take: Annotated[int, Field(ge=FEWEST)] | None = None
    """Keep so many characters of the training text: its first."""

    def cut(self, records: Records, shares: Mapping[SplitName, float]) -> dict[SplitName, Records]:
        """Training, then validation, then test, each from the beginning of a line where there is one near."""
        text, (name, _, _) = records["text"][0], records["id"][0].rpartition(":")
        names: list[SplitName] = [split for split in SPLITS if split == "train" or split in shares]
        cut = documents(text, name, edges(text, [shares[split] for split in names[1:]]))
        return dict(zip(names, cut, strict=True))

    def shortened(self, train: Records) -> Records:
        return Records({"text": [text[: self.take] for text in train["text"]], "id": train["id"]})


def document(text: str, name: str, start: int = 0) -> Records:
    """A split of one document. Its id is where it stands: the file, and the character at which it begins, from 0."""
    return Records({"text": [text], "id": [f"{name}:{start}"]})


def documents(text: str, name: str, starts: Sequence[int]) -> list[Records]:
    """The text cut at the places where all documents but the first begin.

    Raises DataError when one has less than two characters.
    """
    borders = [0, *starts, len(text)]
    if min(end - start for start, end in pairwise(borders)) < FEWEST:
        raise DataError(
            f"{name} has {len(text):,} characters, too few for {len(borders) - 1} splits of at least {FEWEST}: give a "
            "longer text, or change data.validation and data.test (each a larger fraction, or a file)"
        )
    return [document(text[start:end], name, start) for start, end in pairwise(borders)]


def edges(text: str, shares: Sequence[float]) -> list[int]:
    """Where the last parts of a text begin, which have these shares of its characters.

    Each begins with a line if a line begins near: not further off than a quarter of the smallest part, the first one
    included, so that no part loses more than half. In a text of very long lines it begins within one.
    """
    places, place = [], len(text)
    for share in reversed(shares):
        place -= round(share * len(text))
        places.append(place)
    reach = int(min(1 - sum(shares), *shares, 1) * len(text) / 4)
    return [_near_line(text, place, reach) for place in reversed(places)]


def read_file(path: Path) -> str:
    """The text of a file: UTF-8, a byte order mark dropped, CRLF and lone CR read as LF, nothing else changed.

    Raises DataError for what is not UTF-8, for a file that holds NUL (no text does, binary files and UTF-16 do), and
    for less than two characters.
    """
    text = utf8.read_text(path).replace("\r\n", "\n").replace("\r", "\n")
    if "\0" in text:
        raise DataError(
            f"{path} holds the character NUL (line {text[: text.index(chr(0))].count(chr(10)) + 1:,}), which no text "
            "does: it is a binary file, or UTF-16 without its mark; give a text file in UTF-8 (iconv -f UTF-16 -t "
            "UTF-8 FILE)"
        )
    if len(text) < FEWEST:
        found = "is empty" if not text else f"holds {len(text)} character"
        raise DataError(f"{path} {found}: a text to learn from has at least {FEWEST} characters, better a million")
    return text


def _near_line(text: str, place: int, reach: int) -> int:
    """The nearest beginning of a line not further than `reach` from `place`; there is none: `place`."""
    before = text.rfind("\n", max(0, place - reach - 1), place) + 1
    after = text.find("\n", place, place + reach) + 1
    near = [edge for edge in (before, after) if edge]
    return min(near, key=lambda edge: abs(edge - place), default=place)
