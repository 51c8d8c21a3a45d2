"""Operations on ragged rows of ids, without a Python loop over the rows."""

from __future__ import annotations

import numpy as np

from seqlab.data.ragged import Ragged, offsets_of


def never_empty(rows: Ragged, value: int) -> Ragged:
    """The same rows, with `value` in empty ones: cuDNN refuses a sequence that is all padding."""
    empty = rows.lengths == 0
    values = np.insert(rows.values, rows.offsets[:-1][empty], value)
    return Ragged(values, offsets_of(np.maximum(rows.lengths, 1)))


def truncated(rows: Ragged, length: int) -> Ragged:
    """The first `length` values of each row."""
    return Ragged.joined(_truncated(part, length) for part in rows.parts())


def _truncated(rows: Ragged, length: int) -> Ragged:
    kept = np.arange(len(rows.values)) - np.repeat(rows.offsets[:-1], rows.lengths) < length
    return Ragged(rows.values[kept], offsets_of(np.minimum(rows.lengths, length)))


def reversed_rows(rows: Ragged) -> Ragged:
    """Each row in reverse order."""
    mirrored = np.repeat(rows.offsets[:-1] + rows.offsets[1:] - 1, rows.lengths) - np.arange(len(rows.values))
    return Ragged(rows.values[mirrored], rows.offsets)


def bags_of(rows: Ragged, size: int) -> tuple[Ragged, np.ndarray]:
    """Each id of a row once, ascending, and its count in the row, (total,) int64. All ids are below `size`."""
    number = np.int32 if len(rows) * size < 2**31 else np.int64  # half the width sorts twice as fast
    first_keys = (np.arange(len(rows) + 1) * size).astype(number)
    keys = np.repeat(first_keys[:-1], rows.lengths) + rows.values
    keys.sort()
    distinct = run_starts(keys)
    counts = np.diff(distinct, append=len(keys))
    keys = keys[distinct]
    bags = Ragged(keys, np.searchsorted(keys, first_keys))
    ids = keys - np.repeat(first_keys[:-1], bags.lengths)
    return Ragged(ids.astype(np.int32), bags.offsets), counts


def counts_of(rows: Ragged, size: int) -> tuple[np.ndarray, np.ndarray]:
    """How often each id occurs, and in how many rows: two arrays (size,) int64. All ids are below `size`."""
    bags, _ = bags_of(rows, size)
    return np.bincount(rows.values, minlength=size), np.bincount(bags.values, minlength=size)


def run_starts(ascending: np.ndarray) -> np.ndarray:
    """The position of the first element of each distinct value of a sorted array."""
    return np.flatnonzero(np.concatenate([[True], ascending[1:] != ascending[:-1]])[: len(ascending)])
