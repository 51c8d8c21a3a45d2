"""Logits of all ids, from a table with one row per id."""

from __future__ import annotations

from typing import Any

import keras
import tensorflow as tf

from seqlab.layers.embedding import Embedding, rows


class Logits(keras.layers.Layer):
    """Vectors (…, width) · a learned row per id + a bias per id: (…, vocabulary).

    A dense layer whose kernel is stored by rows, so that the logits of some ids can be computed without the others.
    """

    def __init__(self, vocabulary_size: int, **options: Any) -> None:
        super().__init__(**options)
        self.vocabulary_size = vocabulary_size

    def build(self, shape: tuple[int | None, ...]) -> None:
        self.table = self.add_weight(
            name="table", shape=(self.vocabulary_size, shape[-1]), initializer="glorot_uniform", autocast=False
        )
        self._add_bias()

    def _add_bias(self) -> None:
        self.bias = self.add_weight(name="bias", shape=(self.vocabulary_size,), initializer="zeros", autocast=False)

    def call(self, vectors: tf.Tensor) -> tf.Tensor:
        table = tf.cast(self.table.value, self.compute_dtype)  # (vocabulary, width)
        return tf.tensordot(vectors, table, [[-1], [1]]) + tf.cast(self.bias.value, self.compute_dtype)

    def of(self, vectors: tf.Tensor, ids: tf.Tensor) -> tf.Tensor:
        """Logits of some ids: vectors (n, width), ids (k,) → (n, k); ids (n, 1), one per vector → (n, 1)."""
        chosen, bias = rows(self.table, ids), tf.gather(self.bias.value, ids)  # (…, width), (…)
        vectors = tf.cast(vectors, chosen.dtype)
        if len(ids.shape) == 1:
            return tf.matmul(vectors, chosen, transpose_b=True) + bias
        return tf.reduce_sum(vectors[:, None] * chosen, axis=-1) + bias


class TiedLogits(Logits):
    """`Logits` with the table of an embedding (Press & Wolf 2017, section 3)."""

    def __init__(self, embedding: Embedding, **options: Any) -> None:
        super().__init__(embedding.vocabulary_size, **options)
        self.tied_to = embedding

    def build(self, *_: Any) -> None:
        self._add_bias()

    @property
    def table(self) -> keras.Variable:
        return self.tied_to.table
