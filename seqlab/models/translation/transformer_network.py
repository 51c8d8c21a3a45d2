"""An encoder and a decoder of Transformer blocks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import keras
import tensorflow as tf

from seqlab.layers.attention import Cache
from seqlab.layers.embedding import PADDING, Embedding
from seqlab.layers.logits import Logits, TiedLogits
from seqlab.layers.normalization import layer_norm
from seqlab.layers.transformer import DecoderBlock, Seen, TransformerBlock


class Memory(NamedTuple):
    """What the decoder knows of the source sentences: computed once, whatever is written then."""

    caches: tuple[Cache, ...]
    """keys and values of each decoder block"""
    mask: tf.Tensor
    """(batch, source) bool, true where a word is"""


class Written(NamedTuple):
    """Where the decoder stands."""

    caches: tuple[Cache, ...]
    """of what was written, of each block"""
    length: tf.Tensor
    """(batch,) int32, how many ids were read: all the same"""


class TransformerTranslatorNetwork(keras.Model):
    """source (batch, source) and target (batch, time) ids → logits of the ids that follow each target id.

    Vaswani et al. 2017, section 3, with the norms before the sublayers. `shared`: one table of vectors for both sides,
    which have one vocabulary; `tied`: the logits are products with the target's table (section 3.4). `positions()`: a
    layer that is added to an embedding, or None.
    """

    def __init__(
        self,
        source_size: int,
        target_size: int,
        *,
        layers: int,
        heads: int,
        width: int,
        feed_forward: int,
        positions: Callable[[], keras.layers.Layer | None],
        rotary: bool,
        dropout: float,
        shared: bool,
        tied: bool,
        **options: Any,
    ) -> None:
        super().__init__(**options)
        # Scaled by √width, rows are as large as the waves that are added to them; as logits' rows, of unit length.
        start = keras.initializers.RandomNormal(stddev=width**-0.5)

        def table(size: int, name: str) -> Embedding:
            return Embedding(size, width, initializer=start.clone(), name=name)

        self.target_embedding = table(target_size, "embedding" if shared else "target_embedding")
        self.source_embedding = self.target_embedding if shared else table(source_size, "source_embedding")
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
        for block in self.decoder:  # their attention to the encoder is asked before they are
            block.build()
        self.encoder_norm, self.decoder_norm = layer_norm("encoder_norm"), layer_norm("decoder_norm")
        if tied:
            self.head: Logits = TiedLogits(self.target_embedding, dtype="float32", name="logits")
        else:
            self.head = Logits(target_size, dtype="float32", name="logits")

    def call(self, inputs: dict[str, tf.Tensor], training: bool | None = None) -> tf.Tensor:
        return self.head(self.hidden(inputs["source"], inputs["target"], training=training))

    def hidden(self, source: tf.Tensor, target: tf.Tensor, *, training: bool | None = None) -> tf.Tensor:
        """What the logits are made of, (batch, time, width): `head` makes them, for the places that are wanted.

        Padding behind a target sentence is read too: nothing before it can see it.
        """
        memory = self.encode(source, training=training)
        vectors = self.target_dropout(self._embedded_target(target, 0), training=training)
        for block, cache in zip(self.decoder, memory.caches, strict=True):
            vectors = block(vectors, Seen(cache, memory.mask), training=training)
        return self.decoder_norm(vectors)

    def encode(self, source: tf.Tensor, training: bool | None = None) -> Memory:
        """Of source ids (batch, source)."""
        mask = tf.not_equal(source, PADDING)
        vectors = self.source_embedding(source)
        if self.source_positions is not None:
            vectors = self.source_positions(vectors)
        vectors = self.source_dropout(vectors, training=training)
        for block in self.encoder:
            vectors = block(vectors, mask=mask, training=training)
        vectors = self.encoder_norm(vectors)
        return Memory(tuple(block.cross.remembered(vectors) for block in self.decoder), mask)

    def begin(self, memory: Memory, longest: int | tf.Tensor) -> Written:
        """Before the first target id, with room for `longest` of them."""
        batch = tf.shape(memory.mask)[0]
        caches = tuple(block.attention.empty_cache(batch, longest) for block in self.decoder)
        return Written(caches, tf.zeros((batch,), tf.int32))

    def step(self, ids: tf.Tensor, state: Written, memory: Memory) -> tuple[tf.Tensor, Written, tf.Tensor]:
        """ids (batch,) → logits of the next ones (batch, vocabulary), state, attention of the last block (batch,
        source) float32."""
        place = state.length[0]
        vectors, caches = self._embedded_target(ids[:, None], place), []
        for block, before, cache in zip(self.decoder, state.caches, memory.caches, strict=True):
            vectors, after, weights = block.advance(vectors, before, place, Seen(cache, memory.mask))
            caches.append(Cache(*(tf.ensure_shape(new, old.shape) for new, old in zip(after, before, strict=True))))
        logits = self.head(self.decoder_norm(vectors))[:, 0]
        return logits, Written(tuple(caches), state.length + 1), weights[:, 0]

    def _embedded_target(self, target: tf.Tensor, first: tf.Tensor | int) -> tf.Tensor:
        vectors = self.target_embedding(target)
        return vectors if self.target_positions is None else self.target_positions(vectors, first=first)
