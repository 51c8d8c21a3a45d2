"""A Transformer that says what comes next, and keeps the keys and values of what it has read."""

from __future__ import annotations

from typing import Any, NamedTuple

import keras
import tensorflow as tf

from seqlab.layers.attention import Cache
from seqlab.layers.embedding import Embedding
from seqlab.layers.logits import TiedLogits
from seqlab.layers.normalization import layer_norm
from seqlab.layers.transformer import TransformerBlock


class Read(NamedTuple):
    """What was read of a text: the same number of ids in each row."""

    ids: tf.Tensor
    """(batch, context) int32, zeros behind what was read"""
    length: tf.Tensor
    """(batch,) int32, how many were read: all the same"""
    caches: tuple[Cache, ...]
    """of each block"""


class TransformerLanguageModelNetwork(keras.Model):
    """ids (batch, time) → logits of the ids that follow each (batch, time, vocabulary), float32.

    `positions`: the layer that is added to the embedding, or None. `context`: how many ids are read at most. A text
    that goes beyond it is gone on with from its last half context, read anew: as places are numbered from the beginning
    of what is read, keys cannot move. Until then `advance` gives the same logits however a text is cut, and a step
    costs one token's work instead of that of the whole context.
    """

    def __init__(
        self,
        vocabulary_size: int,
        *,
        layers: int,
        heads: int,
        width: int,
        feed_forward: int,
        positions: keras.layers.Layer | None,
        rotary: bool,
        dropout: float,
        tied: bool,
        context: int,
        **options: Any,
    ) -> None:
        super().__init__(**options)
        self.vocabulary_size, self.context = vocabulary_size, context
        self.embedding = Embedding(vocabulary_size, width, name="embedding")
        self.positions = positions
        self.dropout = keras.layers.Dropout(dropout, name="embedding_dropout")
        self.blocks = [
            TransformerBlock(heads, width, feed_forward, dropout=dropout, rotary=rotary, name=f"block_{number}")
            for number in range(1, layers + 1)
        ]
        self.norm = layer_norm("norm")
        if tied:
            self.head: keras.layers.Layer = TiedLogits(self.embedding, dtype="float32", name="logits")
        else:
            self.head = keras.layers.Dense(vocabulary_size, dtype="float32", name="logits")

    def call(self, inputs: dict[str, tf.Tensor], training: bool | None = None) -> tf.Tensor:
        vectors = self.dropout(self._embedded(inputs["ids"], 0), training=training)
        for block in self.blocks:
            vectors = block(vectors, causal=True, training=training)
        return self.head(self.norm(vectors))

    def advance(self, ids: tf.Tensor, state: Read, training: bool | None = None) -> tuple[tf.Tensor, Read]:
        """Logits after each of the ids (batch, time), of which there are at most `context`, and what was read then.

        `training` changes nothing: training reads whole windows, by `call`.
        """
        full = state.length[0] + tf.shape(ids)[1] > self.context
        return self._read(ids, tf.cond(full, lambda: self._half_of(state, tf.shape(ids)[1]), lambda: state))

    def initial_state(self, batch: int | tf.Tensor) -> Read:
        """Of a text that has not begun."""
        caches = tuple(block.attention.empty_cache(batch, self.context) for block in self.blocks)
        return Read(tf.zeros((batch, self.context), tf.int32), tf.zeros((batch,), tf.int32), caches)

    def _half_of(self, state: Read, coming: tf.Tensor) -> Read:
        """The end of what was read, half a context or what leaves room for the ids that come, read anew."""
        length = state.length[0]
        kept = tf.minimum(self.context // 2, tf.minimum(length, self.context - coming))
        anew = self._read(state.ids[:, length - kept : length], self.initial_state(tf.shape(state.ids)[0]))[1]
        return tf.nest.map_structure(lambda new, old: tf.ensure_shape(new, old.shape), anew, state)

    def _read(self, ids: tf.Tensor, state: Read) -> tuple[tf.Tensor, Read]:
        place, time = state.length[0], tf.shape(ids)[1]
        vectors, caches = self._embedded(ids, place), []
        for block, before in zip(self.blocks, state.caches, strict=True):
            vectors, cache = block.advance(vectors, before, place)
            caches.append(cache)
        known = tf.concat([state.ids[:, :place], ids, state.ids[:, place + time :]], axis=1)
        return self.head(self.norm(vectors)), Read(known, state.length + time, tuple(caches))

    def _embedded(self, ids: tf.Tensor, place: tf.Tensor | int) -> tf.Tensor:
        vectors = self.embedding(ids)
        return vectors if self.positions is None else self.positions(vectors, first=place)
