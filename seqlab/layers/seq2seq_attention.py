"""Attention of a decoder over the words of a source sentence, by one head: how much each of them matters now.

All mechanisms are called alike, so that a model does not know which it has: `keys` once a sentence, then the call.
"""

from __future__ import annotations

from typing import Any

import keras
import tensorflow as tf

FORBIDDEN = -1e9
"""The score of padding: its weight is exactly zero, because float32's exponential of it is."""


class LuongAttention(keras.layers.Layer):
    """Multiplicative attention (Luong et al. 2015, section 3.1): the score of a source word is its product with the
    query; of the `general` form with a projection of it between them.

    `queries` (batch, time, units), `keys` and `values` (batch, source, units), `mask` (batch, source) bool, true where
    a word is → contexts (batch, time, units), weights (batch, time, source) float32.
    """

    def __init__(self, units: int, *, general: bool, **options: Any) -> None:
        super().__init__(**options)
        self.units = units
        dense = keras.layers.Dense
        self.projection = dense(units, use_bias=False, name="key", dtype=self.dtype_policy) if general else None

    def keys(self, outputs: tf.Tensor) -> tf.Tensor:
        """What queries are compared with, (batch, source, units)."""
        return outputs if self.projection is None else self.projection(outputs)

    def call(
        self, queries: tf.Tensor, keys: tf.Tensor, values: tf.Tensor, mask: tf.Tensor
    ) -> tuple[tf.Tensor, tf.Tensor]:
        return attended(tf.matmul(queries, keys, transpose_b=True), values, mask)


class BahdanauAttention(keras.layers.Layer):
    """Additive attention (Bahdanau et al. 2015, appendix A.1.2): v · tanh(W query + U word), shapes as above.

    Both projections are learned; `keras.layers.AdditiveAttention` has neither.
    """

    def __init__(self, units: int, **options: Any) -> None:
        super().__init__(**options)
        self.units = units
        self.query = keras.layers.Dense(units, name="query", dtype=self.dtype_policy)
        self.key = keras.layers.Dense(units, use_bias=False, name="key", dtype=self.dtype_policy)

    def build(self, *_: Any) -> None:
        self.scale = self.add_weight(name="scale", shape=(self.units,), initializer="glorot_uniform")

    def keys(self, outputs: tf.Tensor) -> tf.Tensor:
        return self.key(outputs)

    def call(
        self, queries: tf.Tensor, keys: tf.Tensor, values: tf.Tensor, mask: tf.Tensor
    ) -> tuple[tf.Tensor, tf.Tensor]:
        compared = tf.tanh(self.query(queries)[:, :, None] + keys[:, None])
        scale = tf.cast(tf.convert_to_tensor(self.scale), compared.dtype)
        return attended(tf.tensordot(compared, scale, 1), values, mask)


def attended(scores: tf.Tensor, values: tf.Tensor, mask: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """The mean of the values weighted by the softmax of the scores (batch, time, source), and the weights."""
    scores = tf.where(mask[:, None], tf.cast(scores, tf.float32), FORBIDDEN)
    weights = tf.nn.softmax(scores)
    return tf.matmul(tf.cast(weights, values.dtype), values), weights
