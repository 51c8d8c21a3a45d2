"""The names of buckets of hashed tokens, made when they are asked for: ten million of them would need 0.6 GB."""

from __future__ import annotations

from collections.abc import Sequence
from typing import overload

MOST_BUCKETS = 10_000_000
"""Each has a count in the vocabulary, and a row in the tables of a model."""


class BucketNames(Sequence[str]):
    """What stands for the tokens of each of `count` buckets: `#0`, `#1` …"""

    def __init__(self, count: int) -> None:
        self._numbers = range(count)

    def __len__(self) -> int:
        return len(self._numbers)

    @overload
    def __getitem__(self, place: int) -> str: ...
    @overload
    def __getitem__(self, place: slice) -> tuple[str, ...]: ...
    def __getitem__(self, place: int | slice) -> str | tuple[str, ...]:
        found = self._numbers[place]
        return f"#{found}" if isinstance(found, int) else tuple(f"#{number}" for number in found)
