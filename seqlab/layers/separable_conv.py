"""Depthwise-separable convolutions over time."""

from __future__ import annotations

from typing import Any

import keras
import tensorflow as tf

from seqlab.layers.normalization import layer_norm
from seqlab.runtime import has_gpu


class SeparableConv(keras.layers.Layer):
    """A convolution of each channel with its own kernel, then a dense layer over channels (Chollet 2017, section 3).

    width · kernel + width · filters weights instead of width · kernel · filters. Input: (batch, time, width); `mask`
    (batch, time) bool, true for tokens: other positions count as zero, as do those before and after a text. Output:
    (batch, time, filters), the bias alone where the kernel covers no token.
    """

    def __init__(self, filters: int, kernel: int, **options: Any) -> None:
        super().__init__(**options)
        self.filters, self.kernel = filters, kernel
        self.supports_masking = True

    def build(self, vectors_shape: tuple[int | None, ...]) -> None:
        width = vectors_shape[-1]
        # Both steps keep the variance: fan-in of the kernel's own positions, then Glorot over the channels.
        self.depthwise = self.add_weight(
            name="depthwise",
            shape=(self.kernel, width),
            initializer=keras.initializers.VarianceScaling(mode="fan_in", distribution="uniform"),
        )
        self.pointwise = self.add_weight(name="pointwise", shape=(width, self.filters), initializer="glorot_uniform")
        self.bias = self.add_weight(name="bias", shape=(self.filters,), initializer="zeros")

    def call(self, vectors: tf.Tensor, mask: tf.Tensor | None = None) -> tf.Tensor:
        if mask is not None:
            vectors *= tf.cast(mask, vectors.dtype)[:, :, None]
        convolved = depthwise(vectors, tf.convert_to_tensor(self.depthwise))  # (batch, time, width)
        mixed = tf.matmul(convolved, tf.convert_to_tensor(self.pointwise))  # (batch, time, filters)
        return mixed + tf.convert_to_tensor(self.bias)

    def compute_output_spec(self, vectors: keras.KerasTensor, *_: Any, **__: Any) -> keras.KerasTensor:
        return keras.KerasTensor((*vectors.shape[:2], self.filters), dtype=self.compute_dtype)


class SeparableConvBlock(keras.layers.Layer):
    """Twice norm, ReLU and separable convolution, with a residual connection.

    He et al. 2016 ("Identity mappings"), section 4.1, with layer normalization. Input and output: (batch, time,
    filters); `mask` as in `SeparableConv`.
    """

    def __init__(self, filters: int, kernel: int, **options: Any) -> None:
        super().__init__(**options)
        policy = {"dtype": self.dtype_policy}
        self.filters = filters
        self.supports_masking = True
        self.norms = [layer_norm(f"norm_{number}", **policy) for number in (1, 2)]
        self.convolutions = [
            SeparableConv(filters, kernel, name=f"convolution_{number}", **policy) for number in (1, 2)
        ]

    def build(self, *_: Any) -> None:
        for layer in (*self.norms, *self.convolutions):
            layer.build((None, None, self.filters))

    def call(self, vectors: tf.Tensor, mask: tf.Tensor | None = None) -> tf.Tensor:
        changed = vectors
        for normalize, convolve in zip(self.norms, self.convolutions, strict=True):
            changed = convolve(tf.nn.relu(normalize(changed)), mask=mask)
        return vectors + changed

    def compute_output_spec(self, vectors: keras.KerasTensor, *_: Any, **__: Any) -> keras.KerasTensor:
        return keras.KerasTensor(vectors.shape, dtype=self.compute_dtype)


def depthwise(vectors: tf.Tensor, kernel: tf.Tensor) -> tf.Tensor:
    """Each channel convolved over time with its own column of `kernel` (size, width), with zero padding.

    (batch, time, width) → the same. On a CPU TensorFlow's operation, five times as fast as sums of shifted vectors
    (forward and backward, (32, 320, 128), kernel 5, two cores: 18 ms against 100 ms; under XLA 340 ms against 148 ms);
    on a GPU the sums, which are deterministic.
    """
    if has_gpu():
        return shifted_sums(vectors, kernel)
    return depthwise_operation(vectors, kernel)


def depthwise_operation(vectors: tf.Tensor, kernel: tf.Tensor) -> tf.Tensor:
    """A convolution of images of height 1: (batch, 1, time, width)."""
    return tf.nn.depthwise_conv2d(vectors[:, None], kernel[None, :, :, None], [1, 1, 1, 1], "SAME")[:, 0]


def shifted_sums(vectors: tf.Tensor, kernel: tf.Tensor) -> tf.Tensor:
    """Σ kernel[i] · the vectors shifted by i."""
    size, time = kernel.shape[0], tf.shape(vectors)[1]
    before = (size - 1) // 2
    padded = tf.pad(vectors, [[0, 0], [before, size - 1 - before], [0, 0]])  # (batch, time + size − 1, width)
    return tf.add_n([padded[:, i : i + time] * kernel[i] for i in range(size)])
