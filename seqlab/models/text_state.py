"""The vector of a text by a language model: what the last layer reads after its last token."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import keras
    import tensorflow as tf

    Reader = Callable[[tf.Tensor, tf.Tensor], tf.Tensor]
else:
    Reader = Callable

IDS_AT_ONCE = 16_384
"""Of all texts that are read together, with what fills the shorter ones: the states of all of them are in memory."""


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
    for rows in _together(by_length, lengths):
        ids = np.zeros((len(rows), max(lengths[rows[-1]], 1)), np.int32)
        for line, row in zip(ids, rows, strict=True):
            line[: lengths[row]] = texts[row]
        vectors = reader(tf.constant(ids), tf.constant(np.maximum(lengths[rows], 1))).numpy()
        found.append(np.where(lengths[rows, None] > 0, vectors, 0))
    states: np.ndarray = np.concatenate(found)[np.argsort(by_length)]
    return states


def _together(by_length: np.ndarray, lengths: np.ndarray) -> Iterator[np.ndarray]:
    """Consecutive rows, ascending in length, that are read at once: at least one."""
    start = 0
    while start < len(by_length):
        end = start + 1
        while end < len(by_length) and (end + 1 - start) * lengths[by_length[end]] <= IDS_AT_ONCE:
            end += 1
        yield by_length[start:end]
        start = end
