"""Scores of all ids from the vectors of an embedding."""

from __future__ import annotations

from typing import Any

import keras
import tensorflow as tf

from seqlab.layers.embedding import Embedding


class TiedLogits(keras.layers.Layer):
    """vectors (batch, time, width) · the embedding's rowsᵀ + a bias: (batch, time, vocabulary)."""

    def __init__(self, embedding: Embedding, **options: Any) -> None:
        super().__init__(**options)
        self.tied_to = embedding

    def build(self, *_: Any) -> None:
        self.bias = self.add_weight(name="bias", shape=(self.tied_to.vocabulary_size,), initializer="zeros")

    def call(self, vectors: tf.Tensor) -> tf.Tensor:
        table = tf.cast(self.tied_to.table.value, self.compute_dtype)
        return tf.tensordot(vectors, table, [[2], [1]]) + tf.convert_to_tensor(self.bias)
