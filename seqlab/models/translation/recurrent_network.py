"""An encoder and a decoder of recurrent layers, with or without attention between them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import keras
import tensorflow as tf

from seqlab.layers.embedding import PADDING, Embedding
from seqlab.layers.logits import Logits, TiedLogits
from seqlab.layers.rnn.cells import CELLS
from seqlab.layers.rnn.recurrent import Recurrent
from seqlab.layers.seq2seq_attention import BahdanauAttention, LuongAttention

States = tuple[tuple[tf.Tensor, ...], ...]
"""For each layer the states of its cell, each (batch, units) float32."""


class Memory(NamedTuple):
    """What the decoder knows of the source sentences: computed once, whatever is written then."""

    outputs: tf.Tensor
    """(batch, source, units)"""
    keys: tf.Tensor
    """of the attention, (batch, source, units)"""
    mask: tf.Tensor
    """(batch, source) bool, true where a word is"""
    states: States
    """in which the decoder begins"""


class Written(NamedTuple):
    """Where the decoder stands."""

    states: States
    fed: tf.Tensor
    """what the last step gave to the logits (batch, width); (batch, 0) without input feeding"""


class RecurrentTranslatorNetwork(keras.Model):
    """source (batch, source) and target (batch, time) ids → logits of the ids that follow each target id.

    Without attention the encoder's last states are all that the decoder gets (Sutskever et al. 2014, section 2).
    `luong`: attention from the decoder's top state; its context alone, or tanh of a projection of both, goes to the
    logits (Luong et al. 2015, equation 5); `input_feeding` gives that vector to the next step as well (section 3.3).
    `bahdanau`: attention from the state before, whose context is part of the step's input; a maxout layer over state,
    context and embedding goes to the logits (Bahdanau et al. 2015, appendix A.2.2, with the state after the step).

    `bridge`: the decoder begins in tanh of a projection of each of the encoder's last states (Bahdanau et al. 2015,
    appendix A.2.2, of both directions) instead of in the states themselves.

    `forcing`: the probability that a step is given the true id and not the likeliest one of the step before (Bengio et
    al. 2015, section 2.4, each id's own coin); None: always the true one. Where a step needs nothing of the one before
    but its states, the whole sentence is one walk.
    """

    def __init__(
        self,
        source_size: int,
        target_size: int,
        *,
        cell: str,
        units: int,
        layers: int,
        embedding: int,
        bidirectional: bool,
        bridge: bool,
        attention: str,
        general: bool,
        context_alone: bool,
        input_feeding: bool,
        dropout: float,
        output_dropout: float,
        tied: bool,
        **options: Any,
    ) -> None:
        super().__init__(**options)
        self.cell, self.units, self.input_feeding = cell, units, input_feeding
        self.rate, self.output_rate = dropout, output_dropout
        self.seeds = keras.random.SeedGenerator(name="dropout_seeds")
        self.source_embedding = Embedding(source_size, embedding, name="source_embedding")
        self.target_embedding = Embedding(target_size, embedding, name="target_embedding")
        self.encoder = [
            Recurrent(
                cell,
                units // 2 if bidirectional else units,
                bidirectional=bidirectional,
                return_sequences=True,
                return_state=True,
                name=f"encoder_{number}",
            )
            for number in range(1, layers + 1)
        ]
        self.decoder = [
            Recurrent(cell, units, return_sequences=True, return_state=True, name=f"decoder_{number}")
            for number in range(1, layers + 1)
        ]
        self.bridge = [
            keras.layers.Dense(units, activation="tanh", dtype="float32", name=f"bridge_{layer}_{state}")
            for layer in range(1, layers + 1)
            for state in range(1, CELLS[cell].states + 1)
            if bridge
        ]
        self.luong = LuongAttention(units, general=general, name="attention") if attention == "luong" else None
        self.bahdanau = BahdanauAttention(units, name="attention") if attention == "bahdanau" else None
        self.combine = self.readout = self.projection = None
        if self.luong is not None and not context_alone:
            self.combine = keras.layers.Dense(units, activation="tanh", use_bias=False, name="combine")
        if self.bahdanau is not None:
            self.readout = keras.layers.Dense(2 * embedding, name="readout")
        elif tied and embedding != units:
            self.projection = keras.layers.Dense(embedding, use_bias=False, name="projection")
        if tied:
            self.head: Logits = TiedLogits(self.target_embedding, dtype="float32", name="logits")
        else:
            self.head = Logits(target_size, dtype="float32", name="logits")

    def call(self, inputs: dict[str, tf.Tensor], training: bool | None = None) -> tf.Tensor:
        return self.head(self.hidden(inputs["source"], inputs["target"], training=training))

    def hidden(
        self,
        source: tf.Tensor,
        target: tf.Tensor,
        *,
        forcing: tf.Tensor | float | None = None,
        training: bool | None = None,
    ) -> tf.Tensor:
        """What the logits are made of, (batch, time, width): `head` makes them, for the places that are wanted."""
        memory = self.encode(source, training=training)
        if forcing is None and not self.input_feeding and self.bahdanau is None:
            return self._in_one_walk(target, memory, training=training)
        return self._step_by_step(target, memory, forcing, training=training)

    def encode(self, source: tf.Tensor, training: bool | None = None) -> Memory:
        """Of source ids (batch, source)."""
        mask = tf.not_equal(source, PADDING)
        hidden, states = self._dropped(self.source_embedding(source), training=training), []
        for number, layer in enumerate(self.encoder):
            hidden = self._dropped(hidden, training=training) if number else hidden
            hidden, final = layer(hidden, mask=mask, training=training)
            states.append(tuple(tf.concat(directions, axis=-1) for directions in zip(*final, strict=True)))
        if self.bridge:
            layers = iter(self.bridge)
            states = [tuple(next(layers)(each) for each in of_layer) for of_layer in states]
        attention = self.luong or self.bahdanau
        keys = hidden if attention is None else attention.keys(hidden)
        return Memory(hidden, keys, mask, tuple(states))

    def begin(self, memory: Memory, longest: int | tf.Tensor) -> Written:
        """Before the first target id; how many follow is all the same to it."""
        width = self._width if self.input_feeding else 0
        return Written(memory.states, tf.zeros((tf.shape(memory.mask)[0], width)))

    def step(self, ids: tf.Tensor, state: Written, memory: Memory) -> tuple[tf.Tensor, Written, tf.Tensor]:
        """ids (batch,) → logits of the next ones (batch, vocabulary), state, attention (batch, source) float32."""
        output, state, weights = self._advance(self.target_embedding(ids), state, memory, None)
        return self.head(output), state, weights

    def _in_one_walk(self, target: tf.Tensor, memory: Memory, *, training: bool | None) -> tf.Tensor:
        """Padding behind a target sentence is read too: nothing before it can see it."""
        hidden = self._dropped(self.target_embedding(target), training=training)
        for number, (layer, states) in enumerate(zip(self.decoder, memory.states, strict=True)):
            hidden = self._dropped(hidden, training=training) if number else hidden
            hidden, _ = layer(hidden, initial_state=(states,), training=training)
        return self._dropped(self._combined(hidden, memory)[0], self.output_rate, training=training)

    def _step_by_step(
        self, target: tf.Tensor, memory: Memory, forcing: tf.Tensor | float | None, *, training: bool | None
    ) -> tf.Tensor:
        batch, time = tf.unstack(tf.shape(target))
        noise = self._noise(batch, time, training=training)
        truth = tf.transpose(target)
        told = None if forcing is None else self._coins(forcing, time, batch)

        def body(place: tf.Tensor, said: tf.Tensor, state: Written, written: tf.TensorArray) -> tuple[Any, ...]:
            ids = truth[place] if told is None else tf.where(told[place], truth[place], said)
            output, state, _ = self._advance(
                self.target_embedding(ids), state, memory, None if noise is None else [each[place] for each in noise]
            )
            if told is not None:
                said = tf.argmax(tf.stop_gradient(self.head(output)), axis=-1, output_type=tf.int32)
            return place + 1, tf.ensure_shape(said, target.shape[:1]), state, written.write(place, output)

        written = tf.TensorArray(self.compute_dtype, time)
        start = (tf.constant(0), truth[0], self.begin(memory, time), written)
        *_, written = tf.while_loop(lambda place, *_: place < time, body, start, parallel_iterations=1)
        hidden = tf.transpose(written.stack(), (1, 0, 2))
        hidden.set_shape((target.shape[0], target.shape[1], self._width))
        return hidden

    def _advance(
        self, vectors: tf.Tensor, state: Written, memory: Memory, noise: Sequence[tf.Tensor] | None
    ) -> tuple[tf.Tensor, Written, tf.Tensor]:
        """One step: embedded ids (batch, embedding) → what goes to the logits, state, attention (batch, source)."""
        vectors = vectors if noise is None else vectors * noise[0]
        inputs, context, weights = vectors, None, None
        if self.bahdanau is not None:
            query = tf.cast(state.states[-1][0], self.compute_dtype)[:, None]
            context, weights = self.bahdanau(query, memory.keys, memory.outputs, memory.mask)
            inputs = tf.concat([vectors, context[:, 0]], axis=-1)
        elif self.input_feeding:
            inputs = tf.concat([vectors, tf.cast(state.fed, vectors.dtype)], axis=-1)
        hidden, states = inputs[:, None], []
        for number, (layer, before) in enumerate(zip(self.decoder, state.states, strict=True)):
            hidden = hidden if noise is None or not number else hidden * noise[number][:, None]
            hidden, (final,) = layer(hidden, initial_state=(before,), training=False)
            states.append(tuple(tf.ensure_shape(new, old.shape) for new, old in zip(final, before, strict=True)))
        if self.readout is not None:  # the larger of each pair of its outputs (Goodfellow et al. 2013)
            pieces = self.readout(tf.concat([hidden, context, vectors[:, None]], axis=-1))
            output = tf.reduce_max(tf.stack(tf.split(pieces, 2, axis=-1)), axis=0)
        else:
            output, weights = self._combined(hidden, memory)
        output = output[:, 0] if noise is None else output[:, 0] * noise[-1]
        fed = tf.cast(output, tf.float32) if self.input_feeding else state.fed
        attention = tf.zeros_like(memory.mask, tf.float32) if weights is None else weights[:, 0]
        return output, Written(tuple(states), tf.ensure_shape(fed, state.fed.shape)), attention

    def _combined(self, hidden: tf.Tensor, memory: Memory) -> tuple[tf.Tensor, tf.Tensor | None]:
        """The decoder's top outputs (batch, time, units) with what they look at, and where they look."""
        weights = None
        if self.luong is not None:
            context, weights = self.luong(hidden, memory.keys, memory.outputs, memory.mask)
            hidden = context if self.combine is None else self.combine(tf.concat([context, hidden], axis=-1))
        return (hidden if self.projection is None else self.projection(hidden)), weights

    @property
    def _width(self) -> int:
        """Of what goes to the logits."""
        if self.readout is not None or self.projection is not None:
            return self.target_embedding.width
        return self.units

    def _coins(self, forcing: tf.Tensor | float, time: tf.Tensor, batch: tf.Tensor) -> tf.Tensor:
        """Whether each step of each sentence is told the truth, (time, batch) bool; the first one always is.

        For a plain zero no coin is thrown: an evaluation leaves the generator of training as it was.
        """
        first = tf.repeat(tf.range(time)[:, None] == 0, batch, axis=1)
        if isinstance(forcing, float) and not forcing:
            return first
        return first | (keras.random.uniform((time, batch), seed=self.seeds) < forcing)

    def _noise(self, batch: tf.Tensor, time: tf.Tensor, *, training: bool | None) -> list[tf.Tensor] | None:
        """Dropout of all steps, drawn at once: of the embedding, between layers, of the output."""
        if not (training and (self.rate or self.output_rate)):
            return None
        widths = [self.target_embedding.width, *[self.units] * (len(self.decoder) - 1), self._width]
        rates = [*[self.rate] * len(self.decoder), self.output_rate]
        return [
            tf.cast(keras.random.uniform((time, batch, width), seed=self.seeds) >= rate, self.compute_dtype)
            / (1 - rate)
            for width, rate in zip(widths, rates, strict=True)
        ]

    def _dropped(self, vectors: tf.Tensor, rate: float | None = None, *, training: bool | None) -> tf.Tensor:
        rate = self.rate if rate is None else rate
        return keras.random.dropout(vectors, rate, seed=self.seeds) if training and rate else vectors
