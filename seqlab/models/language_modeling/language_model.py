"""Language models, which say what comes next. Each part's `build` gives a `keras.Model` from ids to logits.

To add one: subclass `LanguageModelPart`, give it a `name`, its options and `build`, and register it. The model that is
built answers three questions: the logits of a batch of windows (`call`); the logits of the next stretch of a
text, given what was read before (`advance`); and what that is at the beginning (`initial_state`).
"""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, Protocol, Self

from pydantic import model_validator
from pydantic_core import PydanticCustomError

from seqlab.models.transformer_options import TransformerOptions
from seqlab.registry import Component, Positive, Rate, Registry

if TYPE_CHECKING:
    import keras
    import tensorflow as tf


class LanguageModel(Protocol):
    """What a built model answers, beside what every `keras.Model` does."""

    def advance(self, ids: tf.Tensor, state: Any, training: bool | None = None) -> tuple[tf.Tensor, Any]:
        """ids (batch, time), state → logits (batch, time, vocabulary), state. One pass, however a text is cut."""

    def initial_state(self, batch: int | tf.Tensor) -> Any:
        """Any nest of tensors with the batch as first axis."""


@dataclass(frozen=True)
class LanguageModelContext:
    """What the training split gives to a language model."""

    vocabulary_size: int


class LanguageModelPart(Component):
    """Options of every language model."""

    @property
    def carries_state(self) -> bool:
        """Whether the state at the end of a training window is where the next one begins."""
        return False

    @property
    def longest(self) -> int | None:
        """How many ids it can read at once; None: there is no end."""
        return None

    @abstractmethod
    def build(self, context: LanguageModelContext) -> keras.Model:
        """The model, with random weights."""


LANGUAGE_MODELS: Registry[LanguageModelPart] = Registry("language model")


@LANGUAGE_MODELS.add
class Recurrent(LanguageModelPart):
    """A recurrent network that reads a text from its beginning and says at every place what comes next."""

    name: Literal["recurrent"] = "recurrent"
    cell: Literal["simple_rnn", "lstm", "gru"] = "gru"
    """`simple_rnn` (Elman 1990), `lstm` (Hochreiter & Schmidhuber 1997), `gru` (Cho et al. 2014)."""
    units: Positive = 128
    """Width of the state."""
    layers: Positive = 1
    """Recurrent layers, one upon the other."""
    embedding: Positive = 16
    """Width of the learned vector of each token."""
    one_hot: bool = False
    """Tokens as one-hot vectors instead of an embedding; for small vocabularies."""
    dropout: Rate = 0.0
    """Share that is dropped of each layer's outputs."""
    tied: bool = False
    """The logits are products with the embedding's vectors: one table less to learn."""
    stateful: bool = False
    """Train on parallel streams: each window goes on, with its state, where the one before it ended."""

    @model_validator(mode="after")
    def _something_to_tie_to(self) -> Self:
        if self.tied and self.one_hot:
            message = "one-hot vectors have no table that logits could be tied to: leave one of the two out"
            raise PydanticCustomError("tied", message)
        return self

    @property
    def carries_state(self) -> bool:
        return self.stateful

    def build(self, context: LanguageModelContext) -> keras.Model:
        from seqlab.models.language_modeling.recurrent_network import RecurrentLanguageModelNetwork

        return RecurrentLanguageModelNetwork(
            context.vocabulary_size,
            cell=self.cell,
            units=self.units,
            layers=self.layers,
            embedding=None if self.one_hot else self.embedding,
            dropout=self.dropout,
            tied=self.tied,
            name=self.name,
        )


@LANGUAGE_MODELS.add
class Transformer(TransformerOptions, LanguageModelPart):
    """A stack of Transformer blocks in which no token sees those behind it (Radford et al. 2018, section 3.1)."""

    name: Literal["transformer"] = "transformer"
    layers: Positive = 4
    """Blocks."""
    width: Positive = 128
    """Width of the vector of each token, from the embedding to the end."""
    feed_forward: Positive = 512
    """Units of the dense layer between two blocks' attentions."""
    dropout: Rate = 0.1
    """Share that is dropped of the embedding and of what each sublayer adds."""
    tied: bool = False
    """The logits are products with the embedding's vectors: one table less to learn."""
    context: Positive = 256
    """How many tokens it can look back on, itself included; at least `training.window`."""

    @property
    def longest(self) -> int | None:
        return self.context

    def build(self, context: LanguageModelContext) -> keras.Model:
        from seqlab.models.language_modeling.transformer_network import TransformerLanguageModelNetwork

        return TransformerLanguageModelNetwork(
            context.vocabulary_size,
            layers=self.layers,
            heads=self.heads,
            width=self.width,
            feed_forward=self.feed_forward,
            positions=self.added_positions(self.context),
            rotary=self.positions == "rotary",
            dropout=self.dropout,
            tied=self.tied,
            context=self.context,
            name=self.name,
        )
