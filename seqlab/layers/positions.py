"""Where a token stands: attention alone sees a text as a set."""

from __future__ import annotations

from typing import Any

import keras
import tensorflow as tf

LONGEST_WAVE = 10_000.0
"""The wavelengths rise geometrically from 2π to 2π times this (Vaswani et al. 2017, section 3.5)."""


class LearnedPositions(keras.layers.Layer):
    """Adds a learned row of a table to each place: (batch, time, width) → the same. No row is longer than the table.

    `first`: the place of the first token, where a text is read in stretches.
    """

    def __init__(self, max_length: int, **options: Any) -> None:
        super().__init__(**options)
        self.max_length = max_length

    def build(self, shape: tuple[int | None, ...]) -> None:
        start = keras.initializers.RandomUniform(-0.05, 0.05)
        self.table = self.add_weight(name="table", shape=(self.max_length, shape[-1]), initializer=start)

    def call(self, vectors: tf.Tensor, first: tf.Tensor | int = 0) -> tf.Tensor:
        return vectors + tf.convert_to_tensor(self.table)[first : first + tf.shape(vectors)[1]]


class SinusoidalPositions(keras.layers.Layer):
    """Adds fixed waves to vectors that are scaled by √width first (Vaswani et al. 2017, sections 3.4 and 3.5).

    (batch, time, width) → the same, of any length. Embeddings start small: unscaled, the waves would drown them.
    `first` as in `LearnedPositions`.
    """

    def call(self, vectors: tf.Tensor, first: tf.Tensor | int = 0) -> tf.Tensor:
        width = vectors.shape[-1]
        waves = sinusoidal(first + tf.range(tf.shape(vectors)[1]), width)
        return vectors * width**0.5 + tf.cast(waves, vectors.dtype)


def sinusoidal(places: tf.Tensor, width: int) -> tf.Tensor:
    """sin(place · f), cos(place · f) of the `angles`, in turn: (time,) → (time, width) float32; width is even."""
    turned = angles(places, width)
    return tf.reshape(tf.stack([tf.sin(turned), tf.cos(turned)], axis=-1), (-1, width))


def rotated(vectors: tf.Tensor, places: tf.Tensor) -> tf.Tensor:
    """Rotary positions: each pair of neighbouring numbers turned by its place's angle (Su et al. 2021, section 3.2.2).

    `vectors`: (…, time, width) with an even width; `places`: (time,) int32. The dot product of two turned vectors
    depends on how far apart they stand, not on where. Angles are float32 under every precision policy: half precision
    cannot tell place 2,049 from 2,048.
    """
    turned = angles(places, vectors.shape[-1])
    cosine, sine = (tf.cast(wave(turned), vectors.dtype) for wave in (tf.cos, tf.sin))
    first, second = vectors[..., 0::2], vectors[..., 1::2]
    pairs = tf.stack([first * cosine - second * sine, first * sine + second * cosine], axis=-1)
    return tf.reshape(pairs, tf.shape(vectors))


def angles(places: tf.Tensor, width: int) -> tf.Tensor:
    """place · 10,000^(−2i / width), one for each pair of numbers: (time,) → (time, width / 2) float32."""
    speeds = tf.pow(LONGEST_WAVE, -tf.range(0, width, 2, tf.float32) / width)
    return tf.cast(places, tf.float32)[:, None] * speeds
