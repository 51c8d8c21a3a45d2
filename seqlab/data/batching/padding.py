"""To which length a row is padded: a few round lengths, so that few shapes are compiled and little is padding.

The length depends on the row alone, never on the rows beside it: where a model reads padding as text (a recurrent layer
without a mask), an answer would otherwise depend on its neighbours.
"""

from __future__ import annotations

import numpy as np

from seqlab.data.ragged import Ragged

STEPS = 16
"""Multiples of it below 64; above, four lengths an octave: at most a quarter of a long row is padding."""


def round_lengths(lengths: np.ndarray, longest: int | None = None) -> np.ndarray:
    """The padded length of rows of these lengths, (rows,) int64: the next of 16, 32, 48, 64, 80, 96, 112, 128, 160 …

    `longest`: no row is longer, and none is padded beyond it.
    """
    octave = np.floor(np.log2(np.maximum(lengths - 1, 1))).astype(np.int64)
    step = np.maximum(STEPS, 2 ** np.maximum(octave - 2, 0))
    rounded: np.ndarray = -(-lengths // step) * step
    return rounded if longest is None else np.minimum(rounded, longest)


def padded(rows: Ragged, length: int) -> np.ndarray:
    """Rows as (rows, length), zeros behind each. No row is longer than `length`."""
    table = np.zeros((len(rows), length), rows.values.dtype)
    table[np.arange(length) < rows.lengths[:, None]] = rows.values
    return table
