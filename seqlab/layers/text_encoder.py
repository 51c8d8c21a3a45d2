"""A pretrained sentence encoder as a layer whose variables train."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import keras
import tensorflow as tf


class TextEncoderLayer(keras.layers.Layer):
    """Strings (batch,) to vectors (batch, width) float32, by a function of TensorFlow.

    `variables` are those that the function reads. They become weights of this layer: the same memory, so that what
    training and loading assign to them acts in the function.
    """

    def __init__(
        self, encode: Callable[[tf.Tensor], tf.Tensor], variables: Sequence[tf.Variable], width: int, **options: Any
    ) -> None:
        super().__init__(**options, dtype="float32")
        self.encode, self.width = encode, width
        for variable in variables:
            self._track_variable(
                keras.Variable(
                    variable,
                    shape=variable.shape,
                    dtype=variable.dtype.name,
                    trainable=variable.trainable,
                    name=variable.name.partition(":")[0].replace("/", "_"),
                )
            )
        self.built = True

    def call(self, texts: tf.Tensor) -> tf.Tensor:
        vectors = self.encode(texts)
        vectors.set_shape((None, self.width))
        return vectors

    def compute_output_spec(self, texts: keras.KerasTensor) -> keras.KerasTensor:
        return keras.KerasTensor((texts.shape[0], self.width), "float32")
