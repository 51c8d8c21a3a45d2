"""Multi-head attention, with key masks, causality and a cache."""

from __future__ import annotations

from typing import Any, NamedTuple, TypeAlias

import keras
import tensorflow as tf

from seqlab.layers.positions import rotate

Shape: TypeAlias = tuple[int | None, ...]

MASKED_SCORE = -1e9
"""Added to the score of a key that must not be attended to: its float32 exponential is zero."""


class Cache(NamedTuple):
    """Keys and values of earlier positions, (batch, heads, max length, width / heads) each; zeros at later ones."""

    keys: tf.Tensor
    values: tf.Tensor


class Attention(keras.layers.Layer):
    """Multi-head attention (Vaswani et al. 2017, section 3.2.2).

    Inputs: `queries` (batch, query time, …), `keys` and `values` (batch, key time, …), of any widths; `mask`
    (batch, key time) bool, true for tokens. `causal`: no query attends to keys after its own position; fewer queries
    than keys are the last ones. Output: (batch, query time, width). `rotary` rotates queries and keys by their
    positions, counted in the same way, and requires an even width / heads.
    """

    def __init__(self, heads: int, width: int, *, rotary: bool = False, **options: Any) -> None:
        super().__init__(**options)
        self.heads, self.width, self.rotary = heads, width, rotary
        self.query, self.key, self.value, self.output_projection = (
            keras.layers.Dense(width, dtype=self.dtype_policy, name=name)
            for name in ("query", "key", "value", "output")
        )

    def build(self, queries_shape: Shape, keys_shape: Shape, values_shape: Shape) -> None:
        self.query.build(queries_shape)
        self.key.build(keys_shape)
        self.value.build(values_shape)
        self.output_projection.build((None, None, self.width))

    def call(
        self,
        queries: tf.Tensor,
        keys: tf.Tensor,
        values: tf.Tensor,
        mask: tf.Tensor | None = None,
        causal: bool = False,
    ) -> tf.Tensor:
        query, key, value = (  # (batch, heads, query or key time, width / heads)
            split_heads(project(vectors), self.heads)
            for project, vectors in ((self.query, queries), (self.key, keys), (self.value, values))
        )
        if self.rotary:
            positions = tf.range(tf.shape(key)[2])  # (key time,)
            query, key = rotate(query, positions[-tf.shape(query)[2] :]), rotate(key, positions)
        future = future_keys(tf.shape(query)[2], tf.shape(key)[2]) if causal else None  # (query time, key time)
        return self.output_projection(join_heads(attend(query, key, value, mask, future)))

    def advance(self, vectors: tf.Tensor, cache: Cache, position: tf.Tensor) -> tuple[tf.Tensor, Cache]:
        """Causal self-attention of the next tokens of a text, the first of them at `position`, () int32.

        vectors: (batch, time, …); cache: of the tokens before → (batch, time, width), and the cache with these tokens.
        Gives the same result as one call on the whole text.
        """
        query, key, value = (  # (batch, heads, time, width / heads)
            split_heads(project(vectors), self.heads) for project in (self.query, self.key, self.value)
        )
        length = tf.shape(query)[2]
        positions = position + tf.range(length)  # (time,)
        if self.rotary:
            query, key = rotate(query, positions), rotate(key, positions)
        cache = Cache(write(cache.keys, key, position), write(cache.values, value, position))
        future = tf.range(tf.shape(cache.keys)[2]) > positions[:, None]  # (time, max length)
        attended = attend(query, cache.keys, cache.values, future=future)  # (batch, heads, time, width / heads)
        return self.output_projection(join_heads(attended)), cache

    def memory(self, vectors: tf.Tensor) -> Cache:
        """Keys and values of another sequence (batch, key time, …), for `attend_to_memory`."""
        return Cache(split_heads(self.key(vectors), self.heads), split_heads(self.value(vectors), self.heads))

    def attend_to_memory(self, queries: tf.Tensor, memory: Cache, mask: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """Cross-attention. Positions of the memory are not comparable with those of the queries: nothing is rotated.

        queries: (batch, query time, …); mask: (batch, key time) → (batch, query time, width), and the mean of the
        heads' weights (batch, query time, key time) float32.
        """
        query = split_heads(self.query(queries), self.heads)  # (batch, heads, query time, width / heads)
        weights = attention_weights(query, memory.keys, mask)  # (batch, heads, query time, key time)
        attended = tf.matmul(tf.cast(weights, memory.values.dtype), memory.values)  # as query
        return self.output_projection(join_heads(attended)), tf.reduce_mean(weights, axis=1)

    def empty_cache(self, batch: int | tf.Tensor, max_length: int | tf.Tensor) -> Cache:
        zeros = tf.zeros((batch, self.heads, max_length, self.width // self.heads), self.compute_dtype)
        return Cache(zeros, zeros)

    def compute_mask(self, *_: Any) -> None:
        """None: the mask is that of the keys, and Keras would take it for the output's."""

    def compute_output_spec(self, queries: keras.KerasTensor, *_: Any, **__: Any) -> keras.KerasTensor:
        return keras.KerasTensor((*queries.shape[:2], self.width), dtype=self.compute_dtype)


def attend(
    queries: tf.Tensor,
    keys: tf.Tensor,
    values: tf.Tensor,
    mask: tf.Tensor | None = None,
    future: tf.Tensor | None = None,
) -> tf.Tensor:
    """softmax(q · kᵀ / √n) · v, all (batch, heads, time, n); `mask` and `future` as in `attention_weights`."""
    return tf.matmul(tf.cast(attention_weights(queries, keys, mask, future), values.dtype), values)


def attention_weights(
    queries: tf.Tensor, keys: tf.Tensor, mask: tf.Tensor | None = None, future: tf.Tensor | None = None
) -> tf.Tensor:
    """softmax(q · kᵀ / √n) of (batch, heads, time, n): (batch, heads, query time, key time) float32.

    `mask`: (batch, key time) bool, true for tokens; `future`: (query time, key time) bool, true for keys after the
    query. Products in the tensors' dtype, softmax in float32. TensorFlow has no flash attention.
    """
    scaled = queries * queries.shape[-1] ** -0.5  # (batch, heads, query time, n)
    scores = tf.cast(tf.matmul(scaled, keys, transpose_b=True), tf.float32)  # (batch, heads, query time, key time)
    if mask is not None:
        scores += MASKED_SCORE * tf.cast(~mask, tf.float32)[:, None, None, :]
    if future is not None:
        scores += MASKED_SCORE * tf.cast(future, tf.float32)
    return tf.nn.softmax(scores)


def future_keys(queries: tf.Tensor, keys: tf.Tensor) -> tf.Tensor:
    """Which keys come after each query, (queries, keys) bool; the queries are the last of the keys. Both () int32."""
    positions = tf.range(keys)
    return positions > positions[keys - queries :, None]


def write(cache: tf.Tensor, vectors: tf.Tensor, position: tf.Tensor) -> tf.Tensor:
    """The cache (batch, heads, max length, n) with vectors (batch, heads, time, n) from `position` on."""
    end = position + tf.shape(vectors)[2]
    return tf.concat([cache[:, :, :position], vectors, cache[:, :, end:]], axis=2)


def split_heads(vectors: tf.Tensor, heads: int) -> tf.Tensor:
    """(batch, time, width) → (batch, heads, time, width / heads)."""
    batch, time = tf.unstack(tf.shape(vectors)[:2])
    split = tf.reshape(vectors, (batch, time, heads, vectors.shape[-1] // heads))  # (batch, time, heads, n)
    return tf.transpose(split, (0, 2, 1, 3))


def join_heads(vectors: tf.Tensor) -> tf.Tensor:
    """(batch, heads, time, width / heads) → (batch, time, width)."""
    batch, time = tf.shape(vectors)[0], tf.shape(vectors)[2]
    width = vectors.shape[1] * vectors.shape[3]
    return tf.reshape(tf.transpose(vectors, (0, 2, 1, 3)), (batch, time, width))
