"""Transformer language model."""

from __future__ import annotations

from typing import Any, NamedTuple

import keras
import tensorflow as tf

from seqlab.layers.attention import Cache
from seqlab.layers.embedding import Embedding
from seqlab.layers.logits import TiedLogits
from seqlab.layers.normalization import layer_norm
from seqlab.layers.transformer import TransformerBlock


class State(NamedTuple):
    """The ids read so far, as many in each row, with their keys and values."""

    ids: tf.Tensor
    """(batch, context) int32, zeros after those read"""
    length: tf.Tensor
    """(batch,) int32, the number of ids read, the same in all rows"""
    caches: tuple[Cache, ...]
    """(batch, heads, context, width / heads) each, for each block"""


class TransformerLanguageModelNetwork(keras.Model):
    """ids (batch, time) → logits of the ids that follow each of them (batch, time, vocabulary) float32.

    `positions`: the layer that adds positions to the embedding, or None. `context`: the largest number of ids that the
    model can read. `advance` gives the logits of `call` for a text read in pieces, and a step costs the work of one
    token instead of that of the whole context. A text longer than the context continues from its last half context,
    which is read again: positions are counted from the first id in the context, so that cached keys cannot be moved.
    """

    def __init__(
        self,
        vocabulary_size: int,
        *,
        layers: int,
        heads: int,
        width: int,
        embedding: Embedding,
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
        self.embedding = embedding
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
        return self.head(self.hidden(inputs["ids"], training=training))

    def hidden(self, ids: tf.Tensor, training: bool | None = False) -> tf.Tensor:
        """ids (batch, time), at most `context` → what the last layer reads at each of them, (batch, time, width)."""
        vectors = self.dropout(self._embed(ids, 0), training=training)
        for block in self.blocks:
            vectors = block(vectors, causal=True, training=training)
        return self.norm(vectors)

    def advance(self, ids: tf.Tensor, state: State, training: bool | None = None) -> tuple[tf.Tensor, State]:
        """ids (batch, time), at most `context` of them → logits (batch, time, vocabulary), and the state after them.

        `training` has no effect: training reads whole windows, by `call`.
        """
        full = state.length[0] + tf.shape(ids)[1] > self.context
        return self._read(ids, tf.cond(full, lambda: self._last_half(state, tf.shape(ids)[1]), lambda: state))

    def initial_state(self, batch: int | tf.Tensor) -> State:
        """The state before a text."""
        caches = tuple(block.attention.empty_cache(batch, self.context) for block in self.blocks)
        return State(tf.zeros((batch, self.context), tf.int32), tf.zeros((batch,), tf.int32), caches)

    def _last_half(self, state: State, new: tf.Tensor) -> State:
        """The state after the last half context, or after fewer ids where `new` more, () int32, need the room."""
        length = state.length[0]
        retained = tf.minimum(self.context // 2, tf.minimum(length, self.context - new))
        half = self._read(state.ids[:, length - retained : length], self.initial_state(tf.shape(state.ids)[0]))[1]
        return tf.nest.map_structure(lambda after, before: tf.ensure_shape(after, before.shape), half, state)

    def _read(self, ids: tf.Tensor, state: State) -> tuple[tf.Tensor, State]:
        position, time = state.length[0], tf.shape(ids)[1]
        vectors, caches = self._embed(ids, position), []  # (batch, time, width)
        for block, before in zip(self.blocks, state.caches, strict=True):
            vectors, cache = block.advance(vectors, before, position)
            caches.append(cache)
        read = tf.concat([state.ids[:, :position], ids, state.ids[:, position + time :]], axis=1)  # (batch, context)
        return self.head(self.norm(vectors)), State(read, state.length + time, tuple(caches))

    def _embed(self, ids: tf.Tensor, first: tf.Tensor | int) -> tf.Tensor:
        """(batch, time) ids, the first of them at position `first` → (batch, time, width)."""
        vectors = self.embedding(ids)
        return vectors if self.positions is None else self.positions(vectors, first=first)
