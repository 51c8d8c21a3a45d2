"""Translators, which write a sentence given another. Each part's `build` gives a `keras.Model`.

To add one: subclass `TranslatorPart`, give it a `name`, its options and `build`, and put it on the registry. The model
that is built answers what `Translator` says: for training whole sentences at once (`hidden`, `head`), for writing what
a sentence leaves behind (`encode`) and one id after the other (`begin`, `step`).
"""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Protocol, Self

from pydantic import model_validator
from pydantic_core import PydanticCustomError

from seqlab.models.transformer_options import TransformerOptions
from seqlab.registry import Component, Options, Positive, PositiveNumber, Rate, Registry, Share

if TYPE_CHECKING:
    import keras
    import tensorflow as tf

LEARNED_PLACES = 512
"""Rows of a table of learned positions: longer sentences than this are cut."""


class Translator(Protocol):
    """What a built model answers, beside what every `keras.Model` does. Shapes: `layers/recurrent_translator.py`."""

    def hidden(self, source: tf.Tensor, target: tf.Tensor, *, training: bool | None = None) -> tf.Tensor: ...
    def head(self, vectors: tf.Tensor) -> tf.Tensor: ...
    def encode(self, source: tf.Tensor, training: bool | None = None) -> Any: ...
    def begin(self, memory: Any, longest: int | tf.Tensor) -> Any: ...
    def step(self, ids: tf.Tensor, state: Any, memory: Any) -> tuple[tf.Tensor, Any, tf.Tensor]: ...


@dataclass(frozen=True)
class TranslatorContext:
    """What the training split gives to a translator. `shared`: both sides have one vocabulary."""

    source_size: int
    target_size: int
    shared: bool


class TranslatorPart(Component):
    """Options of every translator."""

    compiles: ClassVar[bool] = False
    """Batches are as wide as their sentences, and only places that hold a word get logits: no two have one shape."""

    @property
    def forcing(self) -> Forcing:
        """How often training is told the true id that precedes."""
        return Forcing()

    @property
    def negatives(self) -> int | None:
        """Ids that the true one is told from in training; None: from all."""
        return None

    @property
    def longest(self) -> int | None:
        """Ids of a sentence that it can read; None: there is no end."""
        return None

    @property
    def reads(self) -> str:
        """What prepared sentences depend on."""
        return f"at most {self.longest} ids"

    @abstractmethod
    def build(self, context: TranslatorContext) -> keras.Model:
        """The model, with random weights."""


class Forcing(Options):
    """A probability that changes in equal steps."""

    start: Share = 1.0
    """At the first step of training."""
    end: Share = 1.0
    """After so many `steps`, and from then on."""
    steps: Positive = 1
    """Steps of training in which it changes."""

    @property
    def always(self) -> bool:
        """Whether every step is told the truth."""
        return self.start == self.end == 1


TRANSLATORS: Registry[TranslatorPart] = Registry("translator")


@TRANSLATORS.add
class RecurrentEncoderDecoder(TranslatorPart):
    """One recurrent network reads the source sentence, a second one writes the target (Sutskever et al. 2014)."""

    name: Literal["recurrent_encoder_decoder"] = "recurrent_encoder_decoder"
    cell: Literal["simple_rnn", "lstm", "gru"] = "lstm"
    """`simple_rnn` (Elman 1990), `lstm` (Hochreiter & Schmidhuber 1997), `gru` (Cho et al. 2014)."""
    units: Positive = 256
    """Width of the decoder; a bidirectional encoder has half of it each way."""
    layers: Positive = 1
    """Recurrent layers on each side."""
    embedding: Positive = 128
    """Width of the learned vector of each token."""
    bidirectional: bool = False
    """Whether a second encoder reads each source sentence from its end; the decoder begins with the states of both."""
    bridge: bool = False
    """Whether the decoder begins in a learned layer over the encoder's last states, not in the states themselves."""
    attention: Literal["none", "luong", "bahdanau"] = "luong"
    """Where the decoder looks: nowhere; from its state after a step (Luong et al. 2015); from its state before it
    (Bahdanau et al. 2015)."""
    score: Literal["dot", "general"] = "dot"
    """luong: the product of both states, or with a learned matrix between them."""
    attention_output: Literal["alone", "concatenated"] = "concatenated"
    """luong: what goes to the logits, the context alone, or a layer over context and state (equation 5)."""
    input_feeding: bool = False
    """luong: whether that layer's output is part of the next step's input (section 3.3)."""
    teacher_forcing: Share | Forcing = 1.0
    """Probability that training tells a step the true id before it, not the likeliest; a mapping: how it changes."""
    sampled_softmax: Positive | None = None
    """Ids that training tells the true one from; null: from all (Jean et al. 2015)."""
    uniform_init: PositiveNumber | None = None
    """All weights begin between minus and plus this (0.08: Sutskever et al. 2014); null: as each layer would."""
    tied: bool = False
    """The logits are products with the target embedding's vectors: one table less to learn."""
    dropout: Rate = 0.0
    """Share that is dropped of the embeddings and between layers."""
    output_dropout: Rate | None = None
    """Share that is dropped before the logits; null: as `dropout` (Zaremba et al. 2014)."""

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if self.bidirectional and self.units % 2:
            message = "half of the units read each way, and {units} is odd: take an even number"
            raise PydanticCustomError("odd_units", message, {"units": self.units})
        if self.input_feeding and self.attention != "luong":
            message = "input_feeding gives the vector of luong's attention to the next step; attention is {attention}"
            raise PydanticCustomError("input_feeding", message, {"attention": self.attention})
        return self

    @property
    def forcing(self) -> Forcing:
        given = self.teacher_forcing
        return given if isinstance(given, Forcing) else Forcing(start=given, end=given)

    @property
    def negatives(self) -> int | None:
        return self.sampled_softmax

    def build(self, context: TranslatorContext) -> keras.Model:
        from seqlab.models.translation.recurrent_network import RecurrentTranslatorNetwork

        model = RecurrentTranslatorNetwork(
            context.source_size,
            context.target_size,
            cell=self.cell,
            units=self.units,
            layers=self.layers,
            embedding=self.embedding,
            bidirectional=self.bidirectional,
            bridge=self.bridge,
            attention=self.attention,
            general=self.score == "general",
            context_alone=self.attention_output == "alone",
            input_feeding=self.input_feeding,
            dropout=self.dropout,
            output_dropout=self.dropout if self.output_dropout is None else self.output_dropout,
            tied=self.tied,
            name=self.name,
        )
        return _built(model, self.uniform_init)


@TRANSLATORS.add
class Transformer(TransformerOptions, TranslatorPart):
    """Encoder and decoder of Transformer blocks (Vaswani et al. 2017, section 3)."""

    name: Literal["transformer"] = "transformer"
    layers: Positive = 4
    """Blocks on each side."""
    width: Positive = 128
    """Width of the vector of each token, from the embedding to the end."""
    feed_forward: Positive = 512
    """Units of the dense layer between two blocks' attentions."""
    dropout: Rate = 0.1
    """Share that is dropped of the embeddings and of what each sublayer adds."""
    tied: bool = True
    """The logits are products with the embedding's vectors, which both sides share where they share a vocabulary."""
    context: Positive = LEARNED_PLACES
    """learned positions: the longest sentence, in ids; what is longer is cut."""

    @property
    def longest(self) -> int | None:
        return self.context if self.positions == "learned" else None

    def build(self, context: TranslatorContext) -> keras.Model:
        from seqlab.models.translation.transformer_network import TransformerTranslatorNetwork

        model = TransformerTranslatorNetwork(
            context.source_size,
            context.target_size,
            layers=self.layers,
            heads=self.heads,
            width=self.width,
            feed_forward=self.feed_forward,
            positions=lambda: self.added_positions(self.context),
            rotary=self.positions == "rotary",
            dropout=self.dropout,
            shared=context.shared,
            tied=self.tied,
            name=self.name,
        )
        return _built(model, None)


def _built(model: keras.Model, uniform: float | None) -> keras.Model:
    """With all its weights, drawn between minus and plus `uniform` where that is given."""
    import keras
    import tensorflow as tf

    one = tf.ones((1, 1), tf.int32)
    model({"source": one, "target": one})
    if uniform is not None:
        for variable in model.trainable_variables:
            variable.assign(keras.initializers.RandomUniform(-uniform, uniform)(variable.shape))
    return model
