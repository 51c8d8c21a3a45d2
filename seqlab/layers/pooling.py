"""Pooling over time, without padding."""

from __future__ import annotations

import keras
from keras import ops

LOWEST = -1e4
"""Below every activation, and finite in float16"""


def masked_mean(vectors: keras.KerasTensor, mask: keras.KerasTensor | None = None) -> keras.KerasTensor:
    """The mean over time, (batch, time, width) → (batch, width); `mask` (batch, time) bool, true for tokens.

    Summed in float32 under every precision policy: float16 cannot count beyond 2,048.
    """
    if mask is None:
        return ops.mean(vectors, axis=1)
    present = ops.cast(mask, "float32")[:, :, None]  # (batch, time, 1)
    total = ops.sum(ops.cast(vectors, "float32") * present, axis=1)  # (batch, width)
    return ops.cast(total / ops.sum(present, axis=1), vectors.dtype)


def masked_max(vectors: keras.KerasTensor, mask: keras.KerasTensor | None = None) -> keras.KerasTensor:
    """The maximum over time, (batch, time, width) → (batch, width); `mask` as in `masked_mean`."""
    if mask is None:
        return ops.max(vectors, axis=1)
    return ops.max(ops.where(mask[:, :, None], vectors, ops.cast(LOWEST, vectors.dtype)), axis=1)
