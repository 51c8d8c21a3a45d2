"""Attention of a decoder to the tokens of a source sentence, with a single head.

Both mechanisms have the same interface: `keys` is called once per source sentence, the layer at every step.
"""

from __future__ import annotations

from typing import Any

import keras
import tensorflow as tf

MASKED_SCORE = -1e9
"""The score of padding: its float32 exponential is zero, and so is its weight."""


class LuongAttention(keras.layers.Layer):
    """Multiplicative attention: query · key, or query · W · key if `general` (Luong et al. 2015, section 3.1).

    `queries` (batch, time, units), `keys` and `values` (batch, source, units), `mask` (batch, source) bool, true for
    tokens → contexts (batch, time, units), weights (batch, time, source) float32.
    """

    def __init__(self, units: int, *, general: bool, **options: Any) -> None:
        super().__init__(**options)
        self.units = units
        dense = keras.layers.Dense
        self.projection = dense(units, use_bias=False, name="key", dtype=self.dtype_policy) if general else None

    def keys(self, outputs: tf.Tensor) -> tf.Tensor:
        """Encoder outputs (batch, source, units) → keys (batch, source, units)."""
        return outputs if self.projection is None else self.projection(outputs)

    def call(
        self, queries: tf.Tensor, keys: tf.Tensor, values: tf.Tensor, mask: tf.Tensor
    ) -> tuple[tf.Tensor, tf.Tensor]:
        scores = tf.matmul(queries, keys, transpose_b=True)  # (batch, time, source)
        return weighted_mean(scores, values, mask)


class BahdanauAttention(keras.layers.Layer):
    """Additive attention: v · tanh(W · query + U · key) (Bahdanau et al. 2015, appendix A.1.2).

    Shapes as for `LuongAttention`. W and U are learned; `keras.layers.AdditiveAttention` has neither.
    """

    def __init__(self, units: int, **options: Any) -> None:
        super().__init__(**options)
        self.units = units
        self.query = keras.layers.Dense(units, name="query", dtype=self.dtype_policy)
        self.key = keras.layers.Dense(units, use_bias=False, name="key", dtype=self.dtype_policy)

    def build(self, *_: Any) -> None:
        self.scale = self.add_weight(name="scale", shape=(self.units,), initializer="glorot_uniform")

    def keys(self, outputs: tf.Tensor) -> tf.Tensor:
        """Encoder outputs (batch, source, …) → U · key (batch, source, units)."""
        return self.key(outputs)

    def call(
        self, queries: tf.Tensor, keys: tf.Tensor, values: tf.Tensor, mask: tf.Tensor
    ) -> tuple[tf.Tensor, tf.Tensor]:
        hidden = tf.tanh(self.query(queries)[:, :, None] + keys[:, None])  # (batch, time, source, units)
        scale = tf.cast(tf.convert_to_tensor(self.scale), hidden.dtype)  # (units,)
        return weighted_mean(tf.tensordot(hidden, scale, 1), values, mask)


def weighted_mean(scores: tf.Tensor, values: tf.Tensor, mask: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """The mean of the values (batch, source, units) weighted by the softmax of the scores (batch, time, source):
    (batch, time, units), and the weights (batch, time, source) float32."""
    scores = tf.where(mask[:, None], tf.cast(scores, tf.float32), MASKED_SCORE)
    weights = tf.nn.softmax(scores)
    return tf.matmul(tf.cast(weights, values.dtype), values), weights
