"""Positional encodings: attention alone sees a text as a set."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import tensorflow as tf

LONGEST_WAVE = 10_000.0
"""Wavelengths rise geometrically from 2π to 2π times this (Vaswani et al. 2017, section 3.5)."""


class LearnedPositions(keras.layers.Layer):
    """Adds a learned row of a table to the vector at each position: (batch, time, width) → the same.

    Positions run from `first`, () int32 or int, and are below `max_length`, the number of rows.
    """

    def __init__(self, max_length: int, **options: Any) -> None:
        super().__init__(**options)
        self.max_length = max_length

    def build(self, shape: tuple[int | None, ...]) -> None:
        start = keras.initializers.RandomUniform(-0.05, 0.05)
        self.table = self.add_weight(name="table", shape=(self.max_length, shape[-1]), initializer=start)

    def call(self, vectors: tf.Tensor, first: tf.Tensor | int = 0) -> tf.Tensor:
        rows = tf.convert_to_tensor(self.table)[first : first + tf.shape(vectors)[1]]  # (time, width)
        return vectors + rows


class SinusoidalPositions(keras.layers.Layer):
    """Scales vectors by √width and adds fixed waves (Vaswani et al. 2017, sections 3.4 and 3.5).

    (batch, time, width) → the same, of any length. Embeddings start small: unscaled, the waves would drown them.
    `first`: the position of the first vector.
    """

    def call(self, vectors: tf.Tensor, first: tf.Tensor | int = 0) -> tf.Tensor:
        width = vectors.shape[-1]
        waves = sinusoidal(first + tf.range(tf.shape(vectors)[1]), width)  # (time, width)
        return vectors * width**0.5 + tf.cast(waves, vectors.dtype)


def sinusoidal(positions: tf.Tensor, width: int) -> tf.Tensor:
    """Sines and cosines of the `angles` in turn: (time,) int32 → (time, width) float32; width is even."""
    angle = angles(positions, width)  # (time, width / 2)
    return tf.reshape(tf.stack([tf.sin(angle), tf.cos(angle)], axis=-1), (-1, width))


def rotate(vectors: tf.Tensor, positions: tf.Tensor) -> tf.Tensor:
    """Rotary positions: each pair of neighbouring numbers is rotated by its angle (Su et al. 2021, section 3.2.2).

    `vectors`: (…, time, width) with an even width; `positions`: (time,) int32. The dot product of two rotated vectors
    depends on their distance, not on their positions. Angles are float32 under every precision policy: half precision
    cannot tell position 2,049 from 2,048.
    """
    angle = angles(positions, vectors.shape[-1])  # (time, width / 2)
    cosine, sine = (tf.cast(wave(angle), vectors.dtype) for wave in (tf.cos, tf.sin))
    first, second = vectors[..., 0::2], vectors[..., 1::2]  # (…, time, width / 2) each
    pairs = tf.stack([first * cosine - second * sine, first * sine + second * cosine], axis=-1)
    return tf.reshape(pairs, tf.shape(vectors))  # (…, time, width / 2, 2) → (…, time, width)


def angles(positions: tf.Tensor, width: int) -> tf.Tensor:
    """position · 10,000^(−2i / width) for each pair i of numbers: (time,) int32 → (time, width / 2) float32."""
    evens = tf.constant(np.arange(0, width, 2, dtype=np.float32))  # (width / 2,)
    frequencies = tf.pow(LONGEST_WAVE, -evens / width)  # (width / 2,)
    return tf.cast(positions, tf.float32)[:, None] * frequencies
