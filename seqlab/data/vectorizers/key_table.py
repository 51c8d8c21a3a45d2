"""A hash table of integers that answers for a million keys in one call."""

from __future__ import annotations

import numpy as np

NOT_FOUND = -1

_EMPTY = -1
_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
"""2^64 divided by the golden ratio: multiplying by it spreads neighbouring keys (Knuth, vol. 3, section 6.4)."""


class KeyTable:
    """Finds integers in an array, several times faster than `np.searchsorted` in a sorted one.

    `keys`: (keys,) int64, distinct, none below 0. Open addressing with linear probing, a third full at most.
    """

    def __init__(self, keys: np.ndarray) -> None:
        bits = max(1, (3 * len(keys)).bit_length())
        self._shift, self._mask = np.uint64(64 - bits), 2**bits - 1
        self._positions = np.full(2**bits, NOT_FOUND, np.int32)
        waiting, slots = np.arange(len(keys), dtype=np.int32), self._first_slots(keys)
        while len(waiting):
            free = self._positions[slots] == NOT_FOUND
            self._positions[slots[free]] = waiting[free]
            displaced = self._positions[slots] != waiting
            waiting, slots = waiting[displaced], (slots[displaced] + 1) & self._mask
        self._keys = np.append(keys, _EMPTY)[self._positions]

    def find(self, keys: np.ndarray) -> np.ndarray:
        """The position of each of `keys`, (any number,) int64, among those of the table; int32, NOT_FOUND if none.

        A key below 0 is in no table.
        """
        slots = self._first_slots(keys)
        held = self._keys[slots]
        positions = np.where(held == keys, self._positions[slots], np.int32(NOT_FOUND))
        searching = np.flatnonzero((held != keys) & (held != _EMPTY))
        slots = slots[searching]
        while len(searching):
            slots = (slots + 1) & self._mask
            held = self._keys[slots]
            hit = held == keys[searching]
            positions[searching[hit]] = self._positions[slots[hit]]
            further = ~hit & (held != _EMPTY)
            searching, slots = searching[further], slots[further]
        return positions

    def _first_slots(self, keys: np.ndarray) -> np.ndarray:
        return ((keys.view(np.uint64) * _GOLDEN) >> self._shift).view(np.int64)
