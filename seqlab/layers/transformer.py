"""Blocks of a Transformer."""

from __future__ import annotations

from typing import Any, NamedTuple

import keras
import tensorflow as tf

from seqlab.layers.attention import Attention, Cache
from seqlab.layers.normalization import layer_norm


class TransformerBlock(keras.layers.Layer):
    """Self-attention, then two dense layers, each beside a path that leaves its input as it is.

    Vaswani et al. 2017, section 3.1, with the norms before the sublayers, which trains without a warm-up (Xiong et al.
    2020, section 3); so a stack of blocks wants one more norm at its end. Input: (batch, time, width); `mask`
    (batch, time) bool, true where a token is: no other place is looked at. `causal`: none behind one's own either.
    Output: (batch, time, width); without meaning where the mask is false. Dropout on what each sublayer adds (section
    5.4), not on attention's weights: there it would draw time² random numbers.
    """

    def __init__(
        self,
        heads: int,
        width: int,
        feed_forward: int,
        *,
        dropout: float = 0.0,
        rotary: bool = False,
        **options: Any,
    ) -> None:
        super().__init__(**options)
        kind = {"dtype": self.dtype_policy}
        self.width, self.feed_forward = width, feed_forward
        self.supports_masking = True
        self.attention_norm = layer_norm("attention_norm", **kind)
        self.attention = Attention(heads, width, rotary=rotary, name="attention", **kind)
        self.attention_dropout = keras.layers.Dropout(dropout, name="attention_dropout", **kind)
        self.feed_forward_norm = layer_norm("feed_forward_norm", **kind)
        self.widen = keras.layers.Dense(feed_forward, activation="relu", name="widen", **kind)
        self.narrow = keras.layers.Dense(width, name="narrow", **kind)
        self.feed_forward_dropout = keras.layers.Dropout(dropout, name="feed_forward_dropout", **kind)

    def build(self, *_: Any) -> None:
        shape = (None, None, self.width)
        self.attention_norm.build(shape)
        self.attention.build(shape, shape, shape)
        self.feed_forward_norm.build(shape)
        self.widen.build(shape)
        self.narrow.build((None, None, self.feed_forward))

    def call(
        self,
        vectors: tf.Tensor,
        mask: tf.Tensor | None = None,
        causal: bool = False,
        training: bool | None = None,
    ) -> tf.Tensor:
        vectors = self._attended(vectors, mask, causal=causal, training=training)
        return self._fed_forward(vectors, training=training)

    def advance(self, vectors: tf.Tensor, cache: Cache, place: tf.Tensor) -> tuple[tf.Tensor, Cache]:
        """The next stretch of a causal text, as in `Attention.advance`; nothing is dropped."""
        attended, cache = self.attention.advance(self.attention_norm(vectors), cache, place)
        return self._fed_forward(vectors + attended, training=False), cache

    def _attended(
        self, vectors: tf.Tensor, mask: tf.Tensor | None, *, causal: bool, training: bool | None
    ) -> tf.Tensor:
        normed = self.attention_norm(vectors)
        attended = self.attention(normed, normed, normed, mask=mask, causal=causal)
        return vectors + self.attention_dropout(attended, training=training)

    def _fed_forward(self, vectors: tf.Tensor, *, training: bool | None) -> tf.Tensor:
        changed = self.narrow(self.widen(self.feed_forward_norm(vectors)))
        return vectors + self.feed_forward_dropout(changed, training=training)

    def compute_output_spec(self, vectors: Any, *_: Any, **__: Any) -> keras.KerasTensor:
        return keras.KerasTensor(vectors.shape, dtype=self.compute_dtype)


class Seen(NamedTuple):
    """What an encoder left for a block that looks back on it."""

    memory: Cache
    """by the block's own `cross.remembered`"""
    mask: tf.Tensor
    """(batch, source) bool, true where a token is"""


class DecoderBlock(TransformerBlock):
    """A block with a third sublayer between the other two: attention to what an encoder left. Always causal."""

    def __init__(
        self, heads: int, width: int, feed_forward: int, *, dropout: float = 0.0, rotary: bool = False, **options: Any
    ) -> None:
        super().__init__(heads, width, feed_forward, dropout=dropout, rotary=rotary, **options)
        kind = {"dtype": self.dtype_policy}
        self.cross_norm = layer_norm("cross_norm", **kind)
        self.cross = Attention(heads, width, name="cross", **kind)
        self.cross_dropout = keras.layers.Dropout(dropout, name="cross_dropout", **kind)

    def build(self, *_: Any) -> None:
        super().build()
        shape = (None, None, self.width)
        self.cross_norm.build(shape)
        self.cross.build(shape, shape, shape)

    def call(self, vectors: tf.Tensor, seen: Seen, training: bool | None = None) -> tf.Tensor:  # type: ignore[override]
        """(batch, time, width) → the same."""
        vectors = self._attended(vectors, None, causal=True, training=training)
        vectors, _ = self._crossed(vectors, seen, training=training)
        return self._fed_forward(vectors, training=training)

    def advance(  # type: ignore[override]
        self, vectors: tf.Tensor, cache: Cache, place: tf.Tensor, seen: Seen
    ) -> tuple[tf.Tensor, Cache, tf.Tensor]:
        """The next stretch, as in `Attention.advance`; the third result says where it looked, (batch, stretch, source)
        float32."""
        attended, cache = self.attention.advance(self.attention_norm(vectors), cache, place)
        vectors, weights = self._crossed(vectors + attended, seen, training=False)
        return self._fed_forward(vectors, training=False), cache, weights

    def _crossed(self, vectors: tf.Tensor, seen: Seen, *, training: bool | None) -> tuple[tf.Tensor, tf.Tensor]:
        attended, weights = self.cross.look(self.cross_norm(vectors), seen.memory, seen.mask)
        return vectors + self.cross_dropout(attended, training=training), weights
