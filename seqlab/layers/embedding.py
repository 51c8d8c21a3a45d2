"""Token embeddings and masks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
import tensorflow as tf

PADDING = 0


def token_mask(ids: keras.KerasTensor) -> keras.KerasTensor:
    """Ids (batch, time) → (batch, time) bool, false for padding."""
    return keras.ops.not_equal(ids, PADDING)


class Embedding(keras.layers.Layer):
    """Rows of a table: (batch, time) ids → (batch, time, width) in the compute dtype.

    The table is float32; its rows are cast after they are gathered. `keras.layers.Embedding` casts the whole table at
    each step under mixed precision, which makes its gradient as large as the table; here it stays `tf.IndexedSlices`.
    """

    def __init__(
        self,
        vocabulary_size: int,
        width: int,
        *,
        initializer: str | keras.initializers.Initializer,
        **options: Any,
    ) -> None:
        super().__init__(**options)
        self.vocabulary_size, self.width, self.initializer = vocabulary_size, width, initializer
        self.supports_masking = True

    def build(self, *_: Any) -> None:
        shape = (self.vocabulary_size, self.width)
        self.table = self.add_weight(
            name="table", shape=shape, initializer=self.initializer, trainable=self.trainable, autocast=False
        )

    def call(self, ids: tf.Tensor) -> tf.Tensor:
        return tf.cast(rows(self.table, ids), self.compute_dtype)

    def compute_output_spec(self, ids: keras.KerasTensor) -> keras.KerasTensor:
        return keras.KerasTensor((*ids.shape, self.width), dtype=self.compute_dtype)


class ColumnEmbeddings(keras.layers.Layer):
    """An embedding for each column of a table: (batch, columns) ids → (batch, columns · width) in the compute dtype.

    `sizes`: the number of ids of each column. All columns share one table, in which each has rows of its own.
    """

    def __init__(self, sizes: Sequence[int], width: int, **options: Any) -> None:
        super().__init__(**options)
        self.sizes, self.width = tuple(sizes), width

    def build(self, *_: Any) -> None:
        shape = (sum(self.sizes), self.width)
        self.table = self.add_weight(name="table", shape=shape, initializer="uniform", autocast=False)

    def call(self, ids: tf.Tensor) -> tf.Tensor:
        ids = ids + first_ids(self.sizes, ids.dtype)
        vectors = tf.cast(rows(self.table, ids), self.compute_dtype)  # (batch, columns, width)
        return tf.reshape(vectors, (-1, len(self.sizes) * self.width))

    def compute_output_spec(self, ids: keras.KerasTensor) -> keras.KerasTensor:
        return keras.KerasTensor((ids.shape[0], len(self.sizes) * self.width), dtype=self.compute_dtype)


def first_ids(sizes: Sequence[int], dtype: tf.DType) -> tf.Tensor:
    """Where the rows of each column begin in a table that all share: (columns,)."""
    return tf.constant([sum(sizes[:column]) for column in range(len(sizes))], dtype)


def rows(table: keras.Variable, ids: tf.Tensor) -> tf.Tensor:
    """Rows of a table (vocabulary, width): ids (…) → (…, width) float32.

    The gradient is `tf.IndexedSlices` of the variable, which must not be autocast.
    """
    return tf.gather(table.value, ids)
