"""Padded lengths: a few round ones, so that few shapes are compiled and little is padding.

The padded length of a row does not depend on other rows of the batch: predictions of a model that reads padding (a
recurrent layer without a mask) would otherwise depend on them.
"""

from __future__ import annotations

import numpy as np

from seqlab.data.ragged import Ragged

STEPS = 16
"""Multiples of it up to 64; above, four lengths per octave: at most a quarter of a long row is padding."""


def round_lengths(lengths: np.ndarray, longest: int | None = None) -> np.ndarray:
    """The padded length of rows of these lengths, (rows,) int64: the next of 16, 32, 48, 64, 80, 96, 112, 128, 160 …

    `longest`: the length of the longest row, beyond which none is padded.
    """
    octave = np.floor(np.log2(np.maximum(lengths - 1, 1))).astype(np.int64)
    step = np.maximum(STEPS, 2 ** np.maximum(octave - 2, 0))
    rounded: np.ndarray = -(-lengths // step) * step
    return rounded if longest is None else np.minimum(rounded, longest)


def padded(rows: Ragged, length: int) -> np.ndarray:
    """Rows as an array (rows, length), padded with zeros. No row may be longer than `length`."""
    table = np.zeros((len(rows), length), rows.values.dtype)
    table[np.arange(length) < rows.lengths[:, None]] = rows.values
    return table
