"""Recurrent encoder and decoder, with or without attention."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import keras
import tensorflow as tf

from seqlab.layers.embedding import PADDING, Embedding
from seqlab.layers.logits import Logits, TiedLogits
from seqlab.layers.rnn import Recurrent
from seqlab.layers.seq2seq_attention import BahdanauAttention, LuongAttention

States = tuple[tuple[tf.Tensor, ...], ...]
"""For each layer the states of its cell, (batch, units) float32 each"""


class EncoderOutput(NamedTuple):
    """What the decoder needs of the source sentences, computed once."""

    outputs: tf.Tensor
    """(batch, source, units)"""
    keys: tf.Tensor
    """(batch, source, units), of the attention"""
    mask: tf.Tensor
    """(batch, source) bool, true for tokens"""
    states: States
    """the initial states of the decoder"""


class DecoderState(NamedTuple):
    """What a step of the decoder needs of the steps before."""

    states: States
    last_output: tf.Tensor
    """(batch, width) float32, the vector that the last logits were computed from; (batch, 0) without input feeding"""


class RecurrentTranslatorNetwork(keras.Model):
    """source (batch, source) and target (batch, time) ids → logits (batch, time, vocabulary) of the ids that follow.

    Without attention the decoder gets only the encoder's last states (Sutskever et al. 2014, section 2). `luong`: the
    decoder's top state attends to the source; the context alone, or tanh of a projection of both, goes to the logits
    (Luong et al. 2015, equation 5); `input_feeding` adds that vector to the next step's input (section 3.3).
    `bahdanau`: the previous state attends to the source; the context is part of the step's input, and a maxout layer
    over state, context and embedding goes to the logits (Bahdanau et al. 2015, appendix A.2.2, with the state after the
    step).

    `bridge`: the initial states of the decoder are tanh of a projection of each of the encoder's last states (Bahdanau
    et al. 2015, appendix A.2.2, of both directions) instead of these states themselves.

    `teacher_forcing`: the probability that a step gets the true previous id instead of the most probable one, drawn for
    each id (Bengio et al. 2015, section 2.4); None: always the true one. Where a step needs only the states of the step
    before, each layer of the decoder reads the whole sentence in one call.
    """

    def __init__(
        self,
        source_embedding: Embedding,
        target_embedding: Embedding,
        target_size: int,
        *,
        cell: str,
        units: int,
        layers: int,
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
        """Over 40 lines, a third of them arguments: all layers are created here, in the order of the saved weights."""
        super().__init__(**options)
        self.cell, self.units, self.input_feeding = cell, units, input_feeding
        self.dropout_rate, self.output_dropout_rate = dropout, output_dropout
        self.seeds = keras.random.SeedGenerator(name="dropout_seeds")
        self.source_embedding, self.target_embedding = source_embedding, target_embedding
        returns = {"return_sequences": True, "return_state": True}
        encoder_units, numbers = units // 2 if bidirectional else units, range(1, layers + 1)
        self.encoder = [
            Recurrent(cell, encoder_units, bidirectional=bidirectional, **returns, name=f"encoder_{number}")
            for number in numbers
        ]
        self.decoder = [Recurrent(cell, units, **returns, name=f"decoder_{number}") for number in numbers]
        self.bridge = [
            keras.layers.Dense(units, activation="tanh", dtype="float32", name=f"bridge_{number}_{state}")
            for number, layer in zip(numbers, self.decoder, strict=True)
            for state in range(1, layer.state_count + 1)
            if bridge
        ]
        self.luong = LuongAttention(units, general=general, name="attention") if attention == "luong" else None
        self.bahdanau = BahdanauAttention(units, name="attention") if attention == "bahdanau" else None
        self.combine = self.readout = self.projection = None
        if self.luong is not None and not context_alone:
            self.combine = keras.layers.Dense(units, activation="tanh", use_bias=False, name="combine")
        if self.bahdanau is not None:
            self.readout = keras.layers.Dense(2 * target_embedding.width, name="readout")
        elif tied and target_embedding.width != units:
            self.projection = keras.layers.Dense(target_embedding.width, use_bias=False, name="projection")
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
        teacher_forcing: tf.Tensor | float | None = None,
        training: bool | None = None,
    ) -> tf.Tensor:
        """The vectors (batch, time, width) from which `head` computes logits, of those positions that need them."""
        encoded = self.encode(source, training=training)
        if teacher_forcing is None and not self.input_feeding and self.bahdanau is None:
            return self._all_steps(target, encoded, training=training)
        return self._step_by_step(target, encoded, teacher_forcing, training=training)

    def encode(self, source: tf.Tensor, training: bool | None = None) -> EncoderOutput:
        """source: (batch, source) ids."""
        mask = tf.not_equal(source, PADDING)
        hidden, states = self._dropout(self.source_embedding(source), training=training), []
        for number, layer in enumerate(self.encoder):
            hidden = self._dropout(hidden, training=training) if number else hidden
            hidden, final = layer(hidden, mask=mask, training=training)  # (batch, source, units)
            states.append(tuple(tf.concat(directions, axis=-1) for directions in zip(*final, strict=True)))
        if self.bridge:
            layers = iter(self.bridge)
            states = [tuple(next(layers)(each) for each in of_layer) for of_layer in states]
        attention = self.luong or self.bahdanau
        keys = hidden if attention is None else attention.keys(hidden)
        return EncoderOutput(hidden, keys, mask, tuple(states))

    def begin(self, encoded: EncoderOutput, max_length: int | tf.Tensor) -> DecoderState:
        """The state before the first target id. `max_length` is not used: no caches have to be allocated."""
        width = self._width if self.input_feeding else 0
        return DecoderState(encoded.states, tf.zeros((tf.shape(encoded.mask)[0], width)))

    def step(
        self, ids: tf.Tensor, state: DecoderState, encoded: EncoderOutput
    ) -> tuple[tf.Tensor, DecoderState, tf.Tensor]:
        """ids (batch,) → logits of the next ids (batch, vocabulary), state, attention (batch, source) float32."""
        output, state, weights = self._advance(self.target_embedding(ids), state, encoded, None)
        return self.head(output), state, weights

    def _all_steps(self, target: tf.Tensor, encoded: EncoderOutput, *, training: bool | None) -> tf.Tensor:
        """Padding after a target sentence is read too: nothing before it depends on it."""
        hidden = self._dropout(self.target_embedding(target), training=training)  # (batch, time, embedding)
        for number, (layer, states) in enumerate(zip(self.decoder, encoded.states, strict=True)):
            hidden = self._dropout(hidden, training=training) if number else hidden
            hidden, _ = layer(hidden, initial_state=(states,), training=training)  # (batch, time, units)
        return self._dropout(self._attend(hidden, encoded)[0], self.output_dropout_rate, training=training)

    def _step_by_step(
        self,
        target: tf.Tensor,
        encoded: EncoderOutput,
        teacher_forcing: tf.Tensor | float | None,
        *,
        training: bool | None,
    ) -> tf.Tensor:
        batch, time = tf.unstack(tf.shape(target))
        masks = self._dropout_masks(batch, time, training=training)
        true_ids = tf.cast(tf.transpose(target), tf.int64)  # (time, batch); a loop keeps int32 in the host's memory
        forced = None if teacher_forcing is None else self._forced(teacher_forcing, time, batch)  # (time, batch)

        def body(
            t: tf.Tensor, predicted: tf.Tensor, state: DecoderState, outputs: tf.TensorArray
        ) -> tuple[tf.Tensor, tf.Tensor, DecoderState, tf.TensorArray]:
            ids = true_ids[t] if forced is None else tf.where(forced[t], true_ids[t], predicted)  # (batch,)
            vectors = self.target_embedding(ids)  # (batch, embedding)
            output, state, _ = self._advance(
                vectors, state, encoded, None if masks is None else [each[t] for each in masks]
            )
            if forced is not None:
                predicted = tf.argmax(tf.stop_gradient(self.head(output)), axis=-1)
            return t + 1, tf.ensure_shape(predicted, target.shape[:1]), state, outputs.write(t, output)

        outputs = tf.TensorArray(self.compute_dtype, time)
        start = (tf.constant(0), true_ids[0], self.begin(encoded, time), outputs)
        *_, outputs = tf.while_loop(lambda t, *_: t < time, body, start, parallel_iterations=1)
        hidden = tf.transpose(outputs.stack(), (1, 0, 2))  # (time, batch, width) → (batch, time, width)
        hidden.set_shape((target.shape[0], target.shape[1], self._width))
        return hidden

    def _advance(
        self, vectors: tf.Tensor, state: DecoderState, encoded: EncoderOutput, masks: Sequence[tf.Tensor] | None
    ) -> tuple[tf.Tensor, DecoderState, tf.Tensor]:
        """One step: embedded ids (batch, embedding) → the vector for the logits (batch, width), state, attention
        (batch, source). masks: one step of `_dropout_masks`."""
        vectors = vectors if masks is None else vectors * masks[0]
        inputs, context, weights = vectors, None, None
        if self.bahdanau is not None:
            query = tf.cast(state.states[-1][0], self.compute_dtype)[:, None]  # (batch, 1, units)
            context, weights = self.bahdanau(query, encoded.keys, encoded.outputs, encoded.mask)
            inputs = tf.concat([vectors, context[:, 0]], axis=-1)  # (batch, embedding + units)
        elif self.input_feeding:
            inputs = tf.concat([vectors, tf.cast(state.last_output, vectors.dtype)], axis=-1)
        hidden, states = inputs[:, None], []  # (batch, 1, …)
        for number, (layer, before) in enumerate(zip(self.decoder, state.states, strict=True)):
            hidden = hidden if masks is None or not number else hidden * masks[number][:, None]
            hidden, (final,) = layer(hidden, initial_state=(before,), training=False)  # (batch, 1, units)
            states.append(tuple(tf.ensure_shape(new, old.shape) for new, old in zip(final, before, strict=True)))
        if self.readout is not None:  # maxout: the larger of each pair (Goodfellow et al. 2013)
            pieces = self.readout(tf.concat([hidden, context, vectors[:, None]], axis=-1))  # (batch, 1, 2 · embedding)
            output = tf.reduce_max(tf.stack(tf.split(pieces, 2, axis=-1)), axis=0)  # (batch, 1, embedding)
        else:
            output, weights = self._attend(hidden, encoded)
        output = output[:, 0] if masks is None else output[:, 0] * masks[-1]  # (batch, width)
        last_output = tf.cast(output, tf.float32) if self.input_feeding else state.last_output
        attention = tf.zeros_like(encoded.mask, tf.float32) if weights is None else weights[:, 0]
        new_state = DecoderState(tuple(states), tf.ensure_shape(last_output, state.last_output.shape))
        return output, new_state, attention

    def _attend(self, hidden: tf.Tensor, encoded: EncoderOutput) -> tuple[tf.Tensor, tf.Tensor | None]:
        """The decoder's top outputs (batch, time, units) → vectors for the logits (batch, time, width), and attention
        (batch, time, source) or None."""
        weights = None
        if self.luong is not None:
            context, weights = self.luong(hidden, encoded.keys, encoded.outputs, encoded.mask)  # (batch, time, units)
            hidden = context if self.combine is None else self.combine(tf.concat([context, hidden], axis=-1))
        return (hidden if self.projection is None else self.projection(hidden)), weights

    @property
    def _width(self) -> int:
        """Of the vectors for the logits."""
        if self.readout is not None or self.projection is not None:
            return self.target_embedding.width
        return self.units

    def _forced(self, teacher_forcing: tf.Tensor | float, time: tf.Tensor, batch: tf.Tensor) -> tf.Tensor:
        """Whether each step of each sentence gets the true id, (time, batch) bool; the first step always does.

        Nothing is drawn for the number zero: an evaluation leaves the generator of the training as it was.
        """
        first = tf.repeat(tf.range(time)[:, None] == 0, batch, axis=1)  # (time, batch)
        if isinstance(teacher_forcing, float) and not teacher_forcing:
            return first
        return first | (keras.random.uniform((time, batch), seed=self.seeds) < teacher_forcing)

    def _dropout_masks(self, batch: tf.Tensor, time: tf.Tensor, *, training: bool | None) -> list[tf.Tensor] | None:
        """Scaled dropout masks of all steps, (time, batch, …) each: of the embedding, between layers, of the output."""
        if not (training and (self.dropout_rate or self.output_dropout_rate)):
            return None
        widths = [self.target_embedding.width, *[self.units] * (len(self.decoder) - 1), self._width]
        rates = [*[self.dropout_rate] * len(self.decoder), self.output_dropout_rate]
        return [
            tf.cast(keras.random.uniform((time, batch, width), seed=self.seeds) >= rate, self.compute_dtype)
            / (1 - rate)
            for width, rate in zip(widths, rates, strict=True)
        ]

    def _dropout(self, vectors: tf.Tensor, rate: float | None = None, *, training: bool | None) -> tf.Tensor:
        """`rate` defaults to that of embeddings and layers."""
        rate = self.dropout_rate if rate is None else rate
        return keras.random.dropout(vectors, rate, seed=self.seeds) if training and rate else vectors
