"""The vector of a text by a language model: what the last layer reads after its last token."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import keras
    import tensorflow as tf

    Reader = Callable[[tf.Tensor, tf.Tensor], tf.Tensor]
else:
    Reader = Callable

ROWS_AT_ONCE = 64


def compile_reader(model: keras.Model) -> Reader:
    """ids (texts, time) int32 with anything after the end of a text, lengths (texts,) int32 → (texts, width) float32.

    A model that predicts reads from left to right, so that what stands behind a text changes nothing.
    """
    import tensorflow as tf

    def read(ids: tf.Tensor, lengths: tf.Tensor) -> tf.Tensor:
        hidden = model.hidden(ids)  # (texts, time, width)
        return tf.cast(tf.gather(hidden, lengths - 1, axis=1, batch_dims=1), tf.float32)

    signature = [tf.TensorSpec((None, None), tf.int32), tf.TensorSpec((None,), tf.int32)]
    compiled: Reader = tf.function(read, input_signature=signature, autograph=False)
    return compiled


def text_states(reader: Reader, texts: Sequence[np.ndarray]) -> np.ndarray:
    """(texts, width) float32, in the order of the texts, each of (ids,) int32; zeros for one without ids.

    Texts of similar length are read together.
    """
    import tensorflow as tf

    lengths = np.fromiter(map(len, texts), np.int32, len(texts))
    by_length = np.argsort(lengths, kind="stable")
    found = []
    for start in range(0, len(texts), ROWS_AT_ONCE):
        rows = by_length[start : start + ROWS_AT_ONCE]
        ids = np.zeros((len(rows), max(lengths[rows[-1]], 1)), np.int32)
        for line, row in zip(ids, rows, strict=True):
            line[: lengths[row]] = texts[row]
        vectors = reader(tf.constant(ids), tf.constant(np.maximum(lengths[rows], 1))).numpy()
        found.append(np.where(lengths[rows, None] > 0, vectors, 0))
    states: np.ndarray = np.concatenate(found)[np.argsort(by_length)]
    return states
