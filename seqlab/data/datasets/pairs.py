"""Pairs of sentences, a source and its translation: what their datasets share, and how they are read from lines."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import count
from typing import ClassVar

from pydantic_core import PydanticCustomError

from seqlab.data.datasets.dataset import Dataset
from seqlab.data.records import Records, SplitName
from seqlab.data.splits import connected_components
from seqlab.errors import DataError
from seqlab.text_format import quoted

SIDES = ("source", "target")

EARLIER: dict[SplitName, tuple[SplitName, ...]] = {"validation": ("train",), "test": ("train", "validation")}
"""Split → the splits that should hold none of its sentences."""


class Pairs(Dataset):
    """What datasets of sentence pairs share: pairs with a sentence in common fall on the same side of a split.

    The splits are the same in both directions and whatever the order of the rows.
    """

    content: ClassVar[str] = "pair of sentences"

    @property
    def text_fields(self) -> tuple[str, ...]:
        return SIDES

    def cut(self, records: Records, shares: Mapping[SplitName, float]) -> dict[SplitName, Records]:
        """By connected components of equal sentences; a share is one of the pairs."""
        if not shares:  # a second for 100,000 pairs
            return {"train": records}
        quotas = {split: round(share * len(records)) for split, share in shares.items()}
        return connected_components.cut(records, quotas, self.split_seed)

    def shuffled(self, train: Records) -> Records:
        """In the same order in both directions, so that `take` keeps the same pairs."""
        return connected_components.shuffled(train, self.split_seed)

    def texts(self, records: Records) -> dict[str, list[str]]:
        return {side: list(records[side]) for side in SIDES}

    def remarks(self, found: Mapping[SplitName, Records]) -> tuple[str, ...]:
        """Sentences of a split that come with it, or in a file of their own, and that earlier splits hold as well."""
        remarks = []
        for split, earlier in EARLIER.items():
            known = {side: {text for other in earlier for text in found[other][side]} for side in SIDES}
            shared = [sum(text in known[side] for text in found[split][side]) for side in SIDES]
            if any(shared):
                total, where = len(found[split]), " or ".join(other.replace("train", "training") for other in earlier)
                remarks.append(
                    f"{self.name}: of {total:,} {split} pairs {shared[0]:,} have a source and {shared[1]:,} a target "
                    f"that also stands in {where}: kept"
                )
        return tuple(remarks)


def two_languages(source: str, target: str) -> None:
    """Raises the error of an option where a corpus is to be translated into its own language."""
    if source == target:
        raise PydanticCustomError(
            "one_language",
            "source and target are both {language}; give both options, each another language",
            {"language": source},
        )


@dataclass(frozen=True)
class Lines:
    """The sentences of one language, one a line, and the file that they stand in, as messages name it."""

    file: str
    lines: list[str]


def lines_of(text: str) -> list[str]:
    """The lines of a file: they end with LF or CRLF and with nothing else (U+2028 may stand within a sentence)."""
    return text.removeprefix("\ufeff").removesuffix("\n").split("\n") if text else []


def aligned(source: Lines, target: Lines, name: str) -> Records:
    """Line by line, the ids `name:LINE`. Raises DataError for a line without a partner, and for empty ones."""
    for side, lines in zip(SIDES, (source, target), strict=True):
        if not lines.lines:
            raise DataError(f"{lines.file} is empty; one {side} sentence a line is expected")
    if len(source.lines) != len(target.lines):
        longer, shorter = sorted((source, target), key=lambda side: -len(side.lines))
        line = len(shorter.lines)
        alone = quoted(longer.lines[line].strip())
        raise DataError(
            f"{longer.file} has {len(longer.lines):,} lines and {shorter.file} has {line:,}: line {line + 1:,} of "
            f"{longer.file} ({alone}) is the first without a partner; the translation of a line stands on the line of "
            "the same number"
        )
    rows = zip(count(1), source.lines, target.lines, strict=False)
    return pair_records(
        (
            sentence(one, f"{source.file}:{line}", "source"),
            sentence(other, f"{target.file}:{line}", "target"),
            f"{name}:{line}",
        )
        for line, one, other in rows
    )


def sentence(text: str, place: str, side: str) -> str:
    """Without outer white space. Raises DataError where nothing is left."""
    stripped = text.strip()
    if not stripped:
        raise DataError(f"{place}: the {side} sentence is empty; write it, or remove the pair (on both sides)")
    return stripped


def pair_records(rows: Iterable[tuple[str, str, str]]) -> Records:
    """From rows of source, target and id."""
    columns: dict[str, list[str]] = {name: [] for name in (*SIDES, "id")}
    for row in rows:
        for name, value in zip(columns, row, strict=True):
            columns[name].append(value)
    return Records(columns, SIDES)
