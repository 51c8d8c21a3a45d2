"""Hashes of contents as an array: 16 bytes a row, compared, sorted and looked up without a Python object for each.

Both halves of a hash are numbers, the first bytes highest: ascending pairs of numbers are hashes in the order of their
bytes.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from itertools import islice

import numpy as np

from seqlab.data.columns import PORTION, Column
from seqlab.data.spool import AT_ONCE, ArrayWriter

BYTES = 16
"""Of a hash."""
DIGITS = 2 * BYTES


class ContentHashes(Column[str]):
    """One hash per row, shown as 32 hexadecimal digits. `halves`: (rows, 2) uint64."""

    def __init__(self, halves: np.ndarray) -> None:
        self.halves = halves

    @classmethod
    def of(cls, hashes: Iterable[bytes]) -> ContentHashes:
        """`hashes`: 16 bytes each."""
        remaining, content = iter(hashes), bytearray()
        while some := b"".join(islice(remaining, PORTION)):
            content += some
        halves = np.frombuffer(content, np.uint64).reshape(-1, 2)
        return cls(halves.byteswap(inplace=True) if sys.byteorder == "little" else halves)

    def __len__(self) -> int:
        return len(self.halves)

    def rows(self, rows: np.ndarray) -> ContentHashes:
        return ContentHashes(self.halves[rows])

    def values(self, start: int, stop: int) -> list[str]:
        digits = self.halves[start:stop].astype(">u8").tobytes().hex()
        return [digits[first : first + DIGITS] for first in range(0, len(digits), DIGITS)]

    def followed_by(self, other: ContentHashes) -> ContentHashes:
        return ContentHashes(np.concatenate([self.halves, other.halves]))

    def digits(self) -> np.ndarray:
        """What is shown of each row as bytes, (rows,) S32; mapped if it does not fit into memory."""
        found = ArrayWriter(f"S{DIGITS}")
        for start in range(0, len(self), PORTION):
            digits = self.halves[start : start + PORTION].astype(">u8").tobytes().hex().encode()
            found.append(np.frombuffer(digits, f"S{DIGITS}"))
        return found.finish()

    def order(self) -> np.ndarray:
        """The rows in ascending order of their hashes, (rows,); equal ones in the order of the rows."""
        first, second = self.halves[:, 0], self.halves[:, 1]
        order = np.argsort(first, kind="stable")
        ordered = first[order]
        equal = ordered[1:] == ordered[:-1]
        if (second[order[1:][equal]] != second[order[:-1][equal]]).any():  # as rare as 64 equal bits by chance
            return np.lexsort((second, first))
        return order

    def starts(self, order: np.ndarray | None = None) -> np.ndarray:
        """The places in an order of the rows (None: as they are) whose hash differs from that before, (groups,): of
        equal hashes that are neighbors, the first."""
        halves = self.halves if order is None else self.halves[order]
        changed = np.ones(len(halves), bool)
        np.not_equal(halves[1:, 0], halves[:-1, 0], out=changed[1:])
        changed[1:] |= halves[1:, 1] != halves[:-1, 1]
        return np.flatnonzero(changed)

    def distinct(self) -> int:
        """How many different hashes there are."""
        return len(self.starts(self.order()))

    def first_rows(self) -> np.ndarray:
        """For each row the first one with the same hash, (rows,)."""
        order = self.order()
        starts = self.starts(order)
        found = np.empty(len(self), np.int64)
        found[order] = np.repeat(order[starts], np.diff(starts, append=len(order)))
        return found

    def among(self, others: Iterable[ContentHashes]) -> np.ndarray:
        """Which rows have a hash that one of the others has too, (rows,) bool."""
        order = self.order()
        starts = self.starts(order)
        distinct = self.halves[order[starts]]
        shared = np.zeros(len(starts), bool)
        for other in others:
            for first in range(0, len(other), AT_ONCE):
                shared[_found(distinct, other.halves[first : first + AT_ONCE])] = True
        found = np.zeros(len(self), bool)
        found[order] = np.repeat(shared, np.diff(starts, append=len(order)))
        return found


def _found(distinct: np.ndarray, halves: np.ndarray) -> np.ndarray:
    """The places in `distinct`, ascending pairs of halves, of those of the `halves` that are there."""
    places = np.searchsorted(distinct[:, 0], halves[:, 0])
    found = []
    while len(places):  # once, unless different hashes have equal first halves
        inside = places < len(distinct)
        places, halves = places[inside], halves[inside]
        like = distinct[places, 0] == halves[:, 0]
        places, halves = places[like], halves[like]
        equal = distinct[places, 1] == halves[:, 1]
        found.append(places[equal])
        places, halves = places[~equal] + 1, halves[~equal]
    return np.concatenate([np.empty(0, np.int64), *found])


def whole_groups(starts: np.ndarray, rows: int) -> Iterator[tuple[int, int]]:
    """Ranges of about `PORTION` rows that begin and end with a group; `starts`: the first row of each group."""
    first = 0
    while first < rows:
        group = int(np.searchsorted(starts, first + PORTION))
        end = int(starts[group]) if group < len(starts) else rows
        yield first, end
        first = end
