"""A linear model of categories and numbers that is found before training, and not trained."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from seqlab.layers.embedding import first_ids, rows


class LinearFeatures(keras.layers.Layer):
    """A weight for each id of each column of categories, and one for each number: (batch, columns) ids, (batch, width)
    numbers → (batch, 1) float32.

    `of_ids`, `of_numbers`: the weights, (ids,) and (width,), or None where they are loaded with the model's weights.
    """

    def __init__(
        self,
        sizes: Sequence[int],
        width: int,
        *,
        of_ids: np.ndarray | None = None,
        of_numbers: np.ndarray | None = None,
        **options: Any,
    ) -> None:
        super().__init__(trainable=False, **options)
        self.sizes, self.width = tuple(sizes), width
        self.of_ids, self.of_numbers = of_ids, of_numbers

    def build(self, *_: Any) -> None:
        self.table = self._fixed("table", sum(self.sizes), self.of_ids) if self.sizes else None
        self.kernel = self._fixed("kernel", self.width, self.of_numbers) if self.width else None

    def call(self, categories: tf.Tensor | None = None, numbers: tf.Tensor | None = None) -> tf.Tensor:
        parts = []
        if categories is not None:
            weights = rows(self.table, categories + first_ids(self.sizes, categories.dtype))  # (batch, columns, 1)
            parts.append(tf.reduce_sum(weights, axis=1))
        if numbers is not None:
            parts.append(tf.matmul(tf.cast(numbers, tf.float32), tf.convert_to_tensor(self.kernel)))
        return tf.add_n(parts)

    def compute_output_spec(
        self, categories: keras.KerasTensor | None = None, numbers: keras.KerasTensor | None = None
    ) -> keras.KerasTensor:
        batch = next(given.shape[0] for given in (categories, numbers) if given is not None)
        return keras.KerasTensor((batch, 1), dtype="float32")

    def _fixed(self, name: str, length: int, values: np.ndarray | None) -> keras.Variable:
        column = np.zeros((length, 1)) if values is None else values[:, None]
        return self.add_weight(
            name=name,
            shape=column.shape,
            initializer=lambda shape, dtype=None: tf.constant(column, tf.float32),
            trainable=False,
            autocast=False,
        )
