"""Transformer encoder and decoder."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import keras
import tensorflow as tf

from seqlab.layers.attention import Cache
from seqlab.layers.embedding import PADDING, Embedding
from seqlab.layers.logits import Logits, TiedLogits
from seqlab.layers.normalization import layer_norm
from seqlab.layers.transformer import DecoderBlock, Encoded, TransformerBlock


class EncoderOutput(NamedTuple):
    """What the decoder needs of the source sentences, computed once."""

    memories: tuple[Cache, ...]
    """keys and values for each decoder block"""
    mask: tf.Tensor
    """(batch, source) bool, true for tokens"""


class DecoderState(NamedTuple):
    """What a step of the decoder needs of the steps before."""

    caches: tuple[Cache, ...]
    """for each block, of the target ids read so far"""
    length: tf.Tensor
    """(batch,) int32, the number of ids read so far, the same in all rows"""


class TransformerTranslatorNetwork(keras.Model):
    """source (batch, source) and target (batch, time) ids → logits (batch, time, vocabulary) of the ids that follow.

    Vaswani et al. 2017, section 3, with the norms before the sublayers. Sides that share a vocabulary share
    their embedding; `tied`: the logits are products with the target's embedding (section 3.4). `positions()`: a
    layer that adds positions to an embedding, or None.
    """

    def __init__(
        self,
        source_embedding: Embedding,
        target_embedding: Embedding,
        target_size: int,
        *,
        layers: int,
        heads: int,
        width: int,
        feed_forward: int,
        positions: Callable[[], keras.layers.Layer | None],
        rotary: bool,
        dropout: float,
        tied: bool,
        **options: Any,
    ) -> None:
        """Over 40 lines, a third of them arguments: all layers are created here, in the order of the saved weights."""
        super().__init__(**options)
        self.target_embedding, self.source_embedding = target_embedding, source_embedding
        self.source_positions, self.target_positions = positions(), positions()
        self.source_dropout = keras.layers.Dropout(dropout, name="source_dropout")
        self.target_dropout = keras.layers.Dropout(dropout, name="target_dropout")

        numbers = range(1, layers + 1)
        self.encoder = [
            TransformerBlock(heads, width, feed_forward, dropout=dropout, rotary=rotary, name=f"encoder_{number}")
            for number in numbers
        ]
        self.decoder = [
            DecoderBlock(heads, width, feed_forward, dropout=dropout, rotary=rotary, name=f"decoder_{number}")
            for number in numbers
        ]
        for block in self.decoder:  # `encode` uses their cross-attention before they are called
            block.build()
        self.encoder_norm, self.decoder_norm = layer_norm("encoder_norm"), layer_norm("decoder_norm")
        if tied:
            self.head: Logits = TiedLogits(self.target_embedding, dtype="float32", name="logits")
        else:
            self.head = Logits(target_size, dtype="float32", name="logits")

    def call(self, inputs: dict[str, tf.Tensor], training: bool | None = None) -> tf.Tensor:
        return self.head(self.hidden(inputs["source"], inputs["target"], training=training))

    def hidden(self, source: tf.Tensor, target: tf.Tensor, *, training: bool | None = None) -> tf.Tensor:
        """The vectors (batch, time, width) from which `head` computes logits, of those positions that need them.

        Padding after a target sentence is read too: nothing before it depends on it.
        """
        encoded = self.encode(source, training=training)
        vectors = self.target_dropout(self._embed_target(target, 0), training=training)  # (batch, time, width)
        for block, memory in zip(self.decoder, encoded.memories, strict=True):
            vectors = block(vectors, Encoded(memory, encoded.mask), training=training)
        return self.decoder_norm(vectors)

    def encode(self, source: tf.Tensor, training: bool | None = None) -> EncoderOutput:
        """source: (batch, source) ids."""
        mask = tf.not_equal(source, PADDING)
        vectors = self.source_embedding(source)  # (batch, source, width)
        if self.source_positions is not None:
            vectors = self.source_positions(vectors)
        vectors = self.source_dropout(vectors, training=training)
        for block in self.encoder:
            vectors = block(vectors, mask=mask, training=training)
        vectors = self.encoder_norm(vectors)
        return EncoderOutput(tuple(block.cross.memory(vectors) for block in self.decoder), mask)

    def begin(self, encoded: EncoderOutput, max_length: int | tf.Tensor) -> DecoderState:
        """The state before the first of at most `max_length` target ids."""
        batch = tf.shape(encoded.mask)[0]
        caches = tuple(block.attention.empty_cache(batch, max_length) for block in self.decoder)
        return DecoderState(caches, tf.zeros((batch,), tf.int32))

    def step(
        self, ids: tf.Tensor, state: DecoderState, encoded: EncoderOutput
    ) -> tuple[tf.Tensor, DecoderState, tf.Tensor]:
        """ids (batch,) → logits of the next ids (batch, vocabulary), state, attention of the last block (batch, source)
        float32."""
        position = state.length[0]  # ()
        vectors, caches = self._embed_target(ids[:, None], position), []  # (batch, 1, width)
        for block, before, memory in zip(self.decoder, state.caches, encoded.memories, strict=True):
            vectors, after, weights = block.advance(vectors, before, position, Encoded(memory, encoded.mask))
            caches.append(Cache(*(tf.ensure_shape(new, old.shape) for new, old in zip(after, before, strict=True))))
        logits = self.head(self.decoder_norm(vectors))[:, 0]
        return logits, DecoderState(tuple(caches), state.length + 1), weights[:, 0]

    def _embed_target(self, target: tf.Tensor, first: tf.Tensor | int) -> tf.Tensor:
        """(batch, time) ids, the first of them at position `first` → (batch, time, width)."""
        vectors = self.target_embedding(target)
        return vectors if self.target_positions is None else self.target_positions(vectors, first=first)
