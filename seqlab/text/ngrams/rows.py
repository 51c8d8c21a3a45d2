"""From the ids of tokens, text after text, to the rows that a model reads."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from seqlab.data.ragged import Ragged, offsets_of
from seqlab.text.ngrams.counting import firsts


def rows_of(ids: Sequence[np.ndarray], rows: np.ndarray, texts: int) -> Ragged:
    """One row per text: its ids of the first array in order, then those of the second, and so on.

    `ids`: arrays with the id of each place, below 0 where there is none; `rows`: the text of each place, ascending.
    """
    valid = [each >= 0 for each in ids]
    values = np.concatenate([each[there] for each, there in zip(ids, valid, strict=True)])
    value_rows = np.concatenate([rows[: len(there)][there] for there in valid])
    lengths = np.bincount(value_rows, minlength=texts)
    if len(ids) > 1:
        values = values[np.argsort(value_rows, kind="stable")]
    return Ragged(values, offsets_of(lengths))


def never_empty(rows: Ragged, value: int) -> Ragged:
    """The same rows, `value` in those that hold nothing: recurrent layers on a GPU refuse a row that is all padding."""
    empty = rows.lengths == 0
    values = np.insert(rows.values, rows.offsets[:-1][empty], value)
    return Ragged(values, offsets_of(np.maximum(rows.lengths, 1)))


def shortened(rows: Ragged, length: int) -> Ragged:
    """The first `length` values of each row."""
    kept = np.arange(len(rows.values)) - np.repeat(rows.offsets[:-1], rows.lengths) < length
    return Ragged(rows.values[kept], offsets_of(np.minimum(rows.lengths, length)))


def reversed_rows(rows: Ragged) -> Ragged:
    """Each row from its end to its beginning."""
    mirrored = np.repeat(rows.offsets[:-1] + rows.offsets[1:] - 1, rows.lengths) - np.arange(len(rows.values))
    return Ragged(rows.values[mirrored], rows.offsets)


def bags_of(rows: Ragged, size: int) -> tuple[Ragged, np.ndarray]:
    """Each id of a row once, ascending, and how often it stood there: (total,) int64. All ids are below `size`."""
    number = np.int32 if len(rows) * size < 2**31 else np.int64  # half as wide sorts twice as fast
    first_keys = (np.arange(len(rows) + 1) * size).astype(number)
    keys = np.repeat(first_keys[:-1], rows.lengths) + rows.values
    keys.sort()
    distinct = firsts(keys)
    counts = np.diff(distinct, append=len(keys))
    keys = keys[distinct]
    bags = Ragged(keys, np.searchsorted(keys, first_keys))
    ids = keys - np.repeat(first_keys[:-1], bags.lengths)
    return Ragged(ids.astype(np.int32), bags.offsets), counts


def joined(parts: Sequence[Ragged]) -> Ragged:
    """The rows of all parts, one after the other."""
    values = np.concatenate([np.empty(0, np.int32), *(part.values for part in parts)])
    return Ragged(values, offsets_of(np.concatenate([np.empty(0, np.int64), *(part.lengths for part in parts)])))
