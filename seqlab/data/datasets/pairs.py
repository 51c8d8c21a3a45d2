"""The base of datasets of sentence pairs, and functions to read pairs from lines."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from pydantic_core import PydanticCustomError

from seqlab.data.columns import Locations, TextsWriter
from seqlab.data.datasets.dataset import Dataset
from seqlab.data.records import Records, SplitName, hashes_of
from seqlab.data.splits import connected_components
from seqlab.data.tables import BadRows
from seqlab.errors import DataError
from seqlab.text_format import counted, quoted, verb, without_invisible

SIDES = ("source", "target")

EARLIER: dict[SplitName, tuple[SplitName, ...]] = {"validation": ("train",), "test": ("train", "validation")}
"""Split → the splits that should not contain its sentences."""


class Pairs(Dataset):
    """Pairs with a sentence in common are in the same split.

    The splits do not depend on the direction of translation or on the order of the rows.
    """

    @property
    def content(self) -> str:
        return "pair of sentences"

    @property
    def text_fields(self) -> tuple[str, ...]:
        return SIDES

    @property
    def source_names(self) -> tuple[str, ...]:
        """What a column with sentences to translate may be called, the most likely first."""
        return ("source", "text")

    def cut(self, records: Records, shares: Mapping[SplitName, float]) -> dict[SplitName, Records]:
        """By connected components of equal sentences; shares are fractions of the pairs."""
        if not shares:  # a second for 100,000 pairs
            return {"train": records}
        quotas = {split: round(share * len(records)) for split, share in shares.items()}
        return connected_components.cut(records, quotas, self.split_seed)

    def shuffled(self, train: Records) -> Records:
        """In the same order for both directions, so that `take` keeps the same pairs."""
        return connected_components.shuffled(train, self.split_seed)

    def texts(self, records: Records) -> dict[str, Sequence[str]]:
        return {side: records[side] for side in SIDES}

    def split_notes(self, splits: Mapping[SplitName, Records]) -> tuple[str, ...]:
        """Reports sentences of official splits, or of separate files, that are also in earlier splits."""
        notes = []
        hashes = {split: {side: hashes_of(records[side]) for side in SIDES} for split, records in splits.items()}
        for split, earlier in EARLIER.items():
            shared = [int(hashes[split][side].among(hashes[other][side] for other in earlier).sum()) for side in SIDES]
            if any(shared):
                total, where = len(splits[split]), " or ".join(other.replace("train", "training") for other in earlier)
                notes.append(
                    f"{self.name}: of {counted(total, f'{split} pair')} {shared[0]:,} "
                    f"{verb(shared[0], 'has', 'have')} a source and {shared[1]:,} a target "
                    f"that is also in {where}: kept"
                )
        return tuple(notes)


def two_languages(source: str, target: str) -> None:
    """Raises the error of an option if both languages are the same."""
    if source == target:
        raise PydanticCustomError(
            "one_language",
            "source and target are both {language}; set both options, to different languages",
            {"language": source},
        )


@dataclass(frozen=True)
class Lines:
    """The sentences of one language, one per line, and the name of their file for messages."""

    file: str
    lines: Sequence[str]


def lines_of(text: str) -> list[str]:
    """The lines of a file, which end with LF or CRLF only: U+2028 may be inside a sentence."""
    return text.removeprefix("\ufeff").removesuffix("\n").split("\n") if text else []


def aligned(source: Lines, target: Lines, name: str) -> Records:
    """Pairs by line, with ids `name:LINE`; lines that are empty on both sides are skipped.

    Raises DataError for files of different lengths, and for lines that are empty on one side, all of them.
    """
    for side, lines in zip(SIDES, (source, target), strict=True):
        if not lines.lines:
            raise DataError(f"{lines.file} is empty; expected one {side} sentence per line")
    if len(source.lines) != len(target.lines):
        longer, shorter = sorted((source, target), key=lambda side: -len(side.lines))
        line, all_lines = len(shorter.lines), counted(len(longer.lines), "line")
        alone = quoted(longer.lines[line].strip())
        raise DataError(
            f"{longer.file} has {all_lines} and {shorter.file} has {line:,}: line {line + 1:,} of "
            f"{longer.file} ({alone}) is the first without a translation, which must be on the line of "
            "the same number"
        )
    pairs = PairsWriter(name)
    for line, (one, other) in enumerate(_sentences(source, target), start=1):
        if bool(one) != bool(other):
            raise _without_sentence(source, target)
        if one:
            pairs.append(line, one, other)
    return pairs.finish()


def _sentences(source: Lines, target: Lines) -> Iterator[tuple[str, str]]:
    return zip(map(_sentence, source.lines), map(_sentence, target.lines), strict=True)


def _sentence(line: str) -> str:
    """The line without surrounding spaces; empty if nothing in it can be seen."""
    stripped = line.strip()
    return stripped if stripped.isascii() or without_invisible(stripped).strip() else ""


def _without_sentence(source: Lines, target: Lines) -> DataError:
    """The error for all lines that are empty on one side."""
    sides = [side for side in (0, 1) if any(p[1 - side] and not p[side] for p in _sentences(source, target))]
    bad = BadRows(" and ".join((source.file, target.file)[side] for side in sides))
    for line, pair in enumerate(_sentences(source, target), start=1):
        for side in sides:
            if pair[1 - side] and not pair[side]:
                bad.add(line, f"the {SIDES[side]} sentence is empty", "write it, or remove the pair (on both sides)")
    return bad.error()


def sentence(text: str, location: str, side: str) -> str:
    """The text without surrounding white space. Raises DataError if nothing is left."""
    stripped = text.strip()
    if not stripped:
        raise DataError(f"{location}: the {side} sentence is empty; write it, or remove the pair (on both sides)")
    return stripped


class PairsWriter:
    """Collects pairs, whose ids are `name:NUMBER`."""

    def __init__(self, name: str) -> None:
        self._name, self._numbers = name, array("q")
        self._sides = (TextsWriter(), TextsWriter())

    def append(self, number: int, source: str, target: str) -> None:
        self._numbers.append(number)
        for writer, text in zip(self._sides, (source, target), strict=True):
            writer.append(text)

    def finish(self) -> Records:
        source, target = (writer.finish() for writer in self._sides)
        ids = Locations(self._name, np.frombuffer(self._numbers, np.int64))
        return Records({"source": source, "target": target, "id": ids}, SIDES)


def pair_records(rows: Iterable[tuple[str, str, str]]) -> Records:
    """Records from rows of source, target and id."""
    columns: dict[str, list[str]] = {name: [] for name in (*SIDES, "id")}
    for row in rows:
        for name, value in zip(columns, row, strict=True):
            columns[name].append(value)
    return Records(columns, SIDES)
