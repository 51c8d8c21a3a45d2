"""Recurrent language model."""

from __future__ import annotations

from typing import Any

import keras
import tensorflow as tf

from seqlab.layers.embedding import Embedding
from seqlab.layers.logits import TiedLogits
from seqlab.layers.rnn import Recurrent

State = tuple[tuple[tf.Tensor, ...], ...]
"""For each layer the states of its cell, (batch, units) float32 each"""


class RecurrentLanguageModelNetwork(keras.Model):
    """ids (batch, time) → logits of the ids that follow each of them (batch, time, vocabulary) float32.

    `embedding` None: ids are one-hot vectors, of which the first layer takes rows of its kernel. `tied`: the logits are
    products with the embedding's rows (Press & Wolf 2017, section 3), after a projection if the widths differ.
    """

    def __init__(
        self,
        vocabulary_size: int,
        *,
        cell: str,
        units: int,
        layers: int,
        embedding: Embedding | None,
        dropout: float,
        tied: bool,
        **options: Any,
    ) -> None:
        super().__init__(**options)
        self.vocabulary_size, self.cell, self.units = vocabulary_size, cell, units
        self.embedding = embedding
        self.recurrent = [
            Recurrent(
                cell,
                units,
                return_sequences=True,
                return_state=True,
                vocabulary_size=vocabulary_size if embedding is None and number == 1 else None,
                name=f"{cell}_{number}",
            )
            for number in range(1, layers + 1)
        ]
        self.dropouts = [keras.layers.Dropout(dropout, name=f"dropout_{n}") for n in range(1, layers + 1)]
        self.projection = None
        if tied and self.embedding is not None:
            if self.embedding.width != units:
                self.projection = keras.layers.Dense(self.embedding.width, use_bias=False, name="projection")
            self.head = TiedLogits(self.embedding, dtype="float32", name="logits")
        else:
            self.head = keras.layers.Dense(vocabulary_size, dtype="float32", name="logits")

    def call(self, inputs: dict[str, tf.Tensor], training: bool | None = None) -> tf.Tensor:
        return self.advance(inputs["ids"], self.initial_state(tf.shape(inputs["ids"])[0]), training=training)[0]

    def advance(self, ids: tf.Tensor, state: State, training: bool | None = None) -> tuple[tf.Tensor, State]:
        """ids (batch, time) → logits (batch, time, vocabulary), and the state after them.

        A text read in pieces, each with the state of the one before, gives the logits of the text read at once.
        """
        hidden, after = self._read(ids, state, training)
        return self.head(hidden), after

    def hidden(self, ids: tf.Tensor) -> tf.Tensor:
        """ids (batch, time) → what the last layer reads at each of them, (batch, time, width)."""
        return self._read(ids, self.initial_state(tf.shape(ids)[0]), training=False)[0]

    def _read(self, ids: tf.Tensor, state: State, training: bool | None) -> tuple[tf.Tensor, State]:
        hidden = ids if self.embedding is None else self.embedding(ids)
        after = []
        for layer, dropout, before in zip(self.recurrent, self.dropouts, state, strict=True):
            hidden, (final,) = layer(hidden, initial_state=(before,), training=training)
            after.append(final)
            hidden = dropout(hidden, training=training)
        if self.projection is not None:
            hidden = self.projection(hidden)
        return hidden, tuple(after)

    def initial_state(self, batch: int | tf.Tensor) -> State:
        """The state before a text."""
        return tuple(layer.zero_state(batch) for layer in self.recurrent)
