"""A hash table of integers that looks up a million keys in one call."""

from __future__ import annotations

from typing import Any

import numpy as np

NOT_FOUND = -1

_EMPTY = -1
_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
"""2^64 divided by the golden ratio: multiplying by it spreads neighboring keys (Knuth, vol. 3, section 6.4)."""


class KeyTable:
    """Numbers distinct integers in the order in which they are added, and looks up their numbers.

    Several times faster than `np.searchsorted`. Keys are int64, any but -1; at most 2^31 of them. Open addressing with
    linear probing, at most a third full.
    """

    def __init__(self, keys: np.ndarray) -> None:
        self.keys = np.empty(0, np.int64)
        self._allocate(len(keys))
        self.add(keys)

    def __len__(self) -> int:
        return len(self.keys)

    def __reduce__(self) -> tuple[Any, ...]:
        return KeyTable, (self.keys,)

    def add(self, keys: np.ndarray) -> None:
        """Add keys (n,) that are not in the table yet."""
        first = len(self.keys)
        self.keys = np.concatenate([self.keys, keys])
        if 3 * len(self.keys) <= len(self._slot_keys):
            self._insert(keys, first)
        else:
            self._allocate(2 * len(self.keys))
            self._insert(self.keys, 0)

    def find(self, keys: np.ndarray) -> np.ndarray:
        """The number of each key: (n,) int64 → (n,) int32, NOT_FOUND for keys that were not added."""
        slots = self._first_slots(keys)
        held = self._slot_keys[slots]
        numbers = np.where(held == keys, self._slot_numbers[slots], np.int32(NOT_FOUND))
        searching = np.flatnonzero((held != keys) & (held != _EMPTY))  # (searching,)
        slots = slots[searching]
        while len(searching):
            slots = (slots + 1) & self._mask
            held = self._slot_keys[slots]
            hit = held == keys[searching]
            numbers[searching[hit]] = self._slot_numbers[slots[hit]]
            unresolved = ~hit & (held != _EMPTY)
            searching, slots = searching[unresolved], slots[unresolved]
        return numbers

    def _allocate(self, capacity: int) -> None:
        bits = max(1, (3 * capacity).bit_length())
        self._shift, self._mask = np.uint64(64 - bits), 2**bits - 1
        self._slot_keys = np.full(2**bits, _EMPTY, np.int64)
        self._slot_numbers = np.full(2**bits, NOT_FOUND, np.int32)

    def _first_slots(self, keys: np.ndarray) -> np.ndarray:
        return ((keys.view(np.uint64) * _GOLDEN) >> self._shift).view(np.int64)

    def _insert(self, keys: np.ndarray, first: int) -> None:
        """All keys write into their slot if it is free; the last writer owns it and the others try the next slot."""
        numbers = np.arange(first, first + len(keys), dtype=np.int32)
        slots = self._first_slots(keys)
        while len(numbers):
            free = self._slot_numbers[slots] == NOT_FOUND
            self._slot_numbers[slots[free]] = numbers[free]
            placed = self._slot_numbers[slots] == numbers
            self._slot_keys[slots[placed]] = keys[placed]
            keys, numbers, slots = keys[~placed], numbers[~placed], (slots[~placed] + 1) & self._mask
