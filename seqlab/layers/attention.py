"""Multi-head attention, with keys that are masked or still to come."""

from __future__ import annotations

from typing import Any, NamedTuple

import keras
import tensorflow as tf

from seqlab.layers.positions import rotated

FORBIDDEN = -1e9
"""Added to the score of a key that must not be looked at: float32's exponential of it is zero."""


class Cache(NamedTuple):
    """Keys and values of what was read, each (batch, heads, longest, width / heads); zeros where nothing is yet."""

    keys: tf.Tensor
    values: tf.Tensor


class Attention(keras.layers.Layer):
    """Multi-head attention (Vaswani et al. 2017, section 3.2.2): each query gets a weighted mean of the values.

    Inputs: `queries` (batch, query time, …), `keys` and `values` (batch, key time, …), of any widths; `mask`
    (batch, key time) bool, true where a token is. `causal`: no query sees a key behind its own place; fewer queries
    than keys are the last ones. Output: (batch, query time, width). `rotary` turns queries and keys by their places,
    counted in the same way, and needs an even width / heads.
    """

    def __init__(self, heads: int, width: int, *, rotary: bool = False, **options: Any) -> None:
        super().__init__(**options)
        self.heads, self.width, self.rotary = heads, width, rotary
        self.query, self.key, self.value, self.output_projection = (
            keras.layers.Dense(width, dtype=self.dtype_policy, name=name)
            for name in ("query", "key", "value", "output")
        )

    def build(self, queries_shape: Any, keys_shape: Any, values_shape: Any) -> None:
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
        query, key, value = (
            split_heads(project(vectors), self.heads)
            for project, vectors in ((self.query, queries), (self.key, keys), (self.value, values))
        )
        if self.rotary:
            places = tf.range(tf.shape(key)[2])
            query, key = rotated(query, places[-tf.shape(query)[2] :]), rotated(key, places)
        ahead = still_to_come(tf.shape(query)[2], tf.shape(key)[2]) if causal else None
        return self.output_projection(join_heads(attend(query, key, value, mask, ahead)))

    def advance(self, vectors: tf.Tensor, cache: Cache, place: tf.Tensor) -> tuple[tf.Tensor, Cache]:
        """Causal self-attention of a text's next stretch, whose first token stands at `place`, () int32.

        vectors: (batch, stretch, …); cache: of what was read before → (batch, stretch, width), and the cache with the
        stretch. The same numbers as one call over the whole text.
        """
        query, key, value = (
            split_heads(project(vectors), self.heads) for project in (self.query, self.key, self.value)
        )
        length = tf.shape(query)[2]
        places = place + tf.range(length)
        if self.rotary:
            query, key = rotated(query, places), rotated(key, places)
        cache = Cache(written(cache.keys, key, place), written(cache.values, value, place))
        ahead = tf.range(tf.shape(cache.keys)[2]) > places[:, None]
        attended = attend(query, cache.keys, cache.values, ahead=ahead)
        return self.output_projection(join_heads(attended)), cache

    def remembered(self, vectors: tf.Tensor) -> Cache:
        """Keys and values of another sequence (batch, key time, …), for `look`."""
        return Cache(split_heads(self.key(vectors), self.heads), split_heads(self.value(vectors), self.heads))

    def look(self, queries: tf.Tensor, memory: Cache, mask: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """Attention to what was `remembered`, whose places are not those of the queries: nothing is rotated.

        queries: (batch, query time, …); mask: (batch, key time) → (batch, query time, width), and the mean of the
        heads' weights (batch, query time, key time) float32.
        """
        query = split_heads(self.query(queries), self.heads)
        weights = weights_of(query, memory.keys, mask)
        attended = tf.matmul(tf.cast(weights, memory.values.dtype), memory.values)
        return self.output_projection(join_heads(attended)), tf.reduce_mean(weights, axis=1)

    def empty_cache(self, batch: int | tf.Tensor, longest: int) -> Cache:
        """Room for a text of at most so many tokens."""
        room = tf.zeros((batch, self.heads, longest, self.width // self.heads), self.compute_dtype)
        return Cache(room, room)

    def compute_mask(self, *_: Any) -> None:
        """The mask is that of the keys, and Keras would take it for the output's."""

    def compute_output_spec(self, queries: Any, *_: Any, **__: Any) -> keras.KerasTensor:
        return keras.KerasTensor((*queries.shape[:2], self.width), dtype=self.compute_dtype)


def attend(
    queries: tf.Tensor,
    keys: tf.Tensor,
    values: tf.Tensor,
    mask: tf.Tensor | None = None,
    ahead: tf.Tensor | None = None,
) -> tf.Tensor:
    """softmax(q·kᵀ / √width) · v, all (batch, heads, time, width of a head)."""
    return tf.matmul(tf.cast(weights_of(queries, keys, mask, ahead), values.dtype), values)


def weights_of(
    queries: tf.Tensor, keys: tf.Tensor, mask: tf.Tensor | None = None, ahead: tf.Tensor | None = None
) -> tf.Tensor:
    """softmax(q·kᵀ / √width): (batch, heads, queries, keys) float32.

    `mask`: (batch, keys) bool, true where a token is; `ahead`: (queries, keys) bool, true for keys that are still to
    come. Products in the tensors' dtype, softmax in float32. Keras' flash attention does not exist on TensorFlow.
    """
    scaled = queries * queries.shape[-1] ** -0.5
    scores = tf.cast(tf.matmul(scaled, keys, transpose_b=True), tf.float32)
    if mask is not None:
        scores += FORBIDDEN * tf.cast(~mask, tf.float32)[:, None, None, :]
    if ahead is not None:
        scores += FORBIDDEN * tf.cast(ahead, tf.float32)
    return tf.nn.softmax(scores)


def still_to_come(queries: tf.Tensor, keys: tf.Tensor) -> tf.Tensor:
    """Which keys lie behind each query's place, (queries, keys) bool; the queries are the last of the keys."""
    places = tf.range(keys)
    return places > places[keys - queries :, None]


def written(room: tf.Tensor, vectors: tf.Tensor, place: tf.Tensor) -> tf.Tensor:
    """The room (batch, heads, longest, width) with vectors of some places from `place` on."""
    behind = place + tf.shape(vectors)[2]
    return tf.concat([room[:, :, :place], vectors, room[:, :, behind:]], axis=2)


def split_heads(vectors: tf.Tensor, heads: int) -> tf.Tensor:
    """(batch, time, width) → (batch, heads, time, width / heads)."""
    batch, time = tf.unstack(tf.shape(vectors)[:2])
    return tf.transpose(tf.reshape(vectors, (batch, time, heads, vectors.shape[-1] // heads)), (0, 2, 1, 3))


def join_heads(vectors: tf.Tensor) -> tf.Tensor:
    """(batch, heads, time, width / heads) → (batch, time, width)."""
    batch, time = tf.shape(vectors)[0], tf.shape(vectors)[2]
    width = vectors.shape[1] * vectors.shape[3]
    return tf.reshape(tf.transpose(vectors, (0, 2, 1, 3)), (batch, time, width))
