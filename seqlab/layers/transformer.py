"""Transformer blocks."""

from __future__ import annotations

from typing import Any, NamedTuple

import keras
import tensorflow as tf

from seqlab.layers.attention import Attention, Cache
from seqlab.layers.normalization import layer_norm


class TransformerBlock(keras.layers.Layer):
    """Self-attention and two dense layers, each with a residual connection (Vaswani et al. 2017, section 3.1).

    The norms precede the sublayers, so that training needs no warm-up (Xiong et al. 2020, section 3); a stack of blocks
    needs one more norm at its end. Input: (batch, time, width); `mask` (batch, time) bool, true for tokens: nothing
    else is attended to. `causal`: no token attends to later ones. Output: (batch, time, width), undefined where the
    mask is false. Dropout applies to what each sublayer adds (section 5.4), not to attention weights: there it would
    draw time² random numbers.
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
        policy = {"dtype": self.dtype_policy}
        self.width, self.feed_forward = width, feed_forward
        self.supports_masking = True
        self.attention_norm = layer_norm("attention_norm", **policy)
        self.attention = Attention(heads, width, rotary=rotary, name="attention", **policy)
        self.attention_dropout = keras.layers.Dropout(dropout, name="attention_dropout", **policy)
        self.feed_forward_norm = layer_norm("feed_forward_norm", **policy)
        self.widen = keras.layers.Dense(feed_forward, activation="relu", name="widen", **policy)
        self.narrow = keras.layers.Dense(width, name="narrow", **policy)
        self.feed_forward_dropout = keras.layers.Dropout(dropout, name="feed_forward_dropout", **policy)

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
        vectors = self._self_attention(vectors, mask, causal=causal, training=training)
        return self._feed_forward(vectors, training=training)

    def advance(self, vectors: tf.Tensor, cache: Cache, position: tf.Tensor) -> tuple[tf.Tensor, Cache]:
        """The next tokens of a causal text without dropout, see `Attention.advance`: (batch, time, width) → same."""
        attended, cache = self.attention.advance(self.attention_norm(vectors), cache, position)
        return self._feed_forward(vectors + attended, training=False), cache

    def _self_attention(
        self, vectors: tf.Tensor, mask: tf.Tensor | None, *, causal: bool, training: bool | None
    ) -> tf.Tensor:
        normed = self.attention_norm(vectors)  # (batch, time, width)
        attended = self.attention(normed, normed, normed, mask=mask, causal=causal)
        return vectors + self.attention_dropout(attended, training=training)

    def _feed_forward(self, vectors: tf.Tensor, *, training: bool | None) -> tf.Tensor:
        hidden = self.widen(self.feed_forward_norm(vectors))  # (batch, time, feed_forward)
        return vectors + self.feed_forward_dropout(self.narrow(hidden), training=training)

    def compute_output_spec(self, vectors: keras.KerasTensor, *_: Any, **__: Any) -> keras.KerasTensor:
        return keras.KerasTensor(vectors.shape, dtype=self.compute_dtype)


class Encoded(NamedTuple):
    """An encoder's output as one decoder block needs it."""

    memory: Cache
    """(batch, heads, source, width / heads) each, by the `memory` of the block's own `cross` attention"""
    mask: tf.Tensor
    """(batch, source) bool, true for tokens"""


class DecoderBlock(TransformerBlock):
    """A causal block with attention to an encoder's output between self-attention and dense layers."""

    def __init__(
        self, heads: int, width: int, feed_forward: int, *, dropout: float = 0.0, rotary: bool = False, **options: Any
    ) -> None:
        super().__init__(heads, width, feed_forward, dropout=dropout, rotary=rotary, **options)
        policy = {"dtype": self.dtype_policy}
        self.cross_norm = layer_norm("cross_norm", **policy)
        self.cross = Attention(heads, width, name="cross", **policy)
        self.cross_dropout = keras.layers.Dropout(dropout, name="cross_dropout", **policy)

    def build(self, *_: Any) -> None:
        super().build()
        shape = (None, None, self.width)
        self.cross_norm.build(shape)
        self.cross.build(shape, shape, shape)

    def call(  # type: ignore[override]  # a decoder block is never called as a plain block
        self, vectors: tf.Tensor, encoded: Encoded, training: bool | None = None
    ) -> tf.Tensor:
        """(batch, time, width) → the same."""
        vectors = self._self_attention(vectors, None, causal=True, training=training)
        vectors, _ = self._cross_attention(vectors, encoded, training=training)
        return self._feed_forward(vectors, training=training)

    def advance(  # type: ignore[override]  # as above
        self, vectors: tf.Tensor, cache: Cache, position: tf.Tensor, encoded: Encoded
    ) -> tuple[tf.Tensor, Cache, tf.Tensor]:
        """The next tokens, as in `Attention.advance`. The third result is the attention to the encoder's output,
        (batch, time, source) float32."""
        attended, cache = self.attention.advance(self.attention_norm(vectors), cache, position)
        vectors, weights = self._cross_attention(vectors + attended, encoded, training=False)
        return self._feed_forward(vectors, training=False), cache, weights

    def _cross_attention(
        self, vectors: tf.Tensor, encoded: Encoded, *, training: bool | None
    ) -> tuple[tf.Tensor, tf.Tensor]:
        attended, weights = self.cross.attend_to_memory(self.cross_norm(vectors), encoded.memory, encoded.mask)
        return vectors + self.cross_dropout(attended, training=training), weights
