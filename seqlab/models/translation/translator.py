"""What every translator has in common: its registry, its options, and what it is built from.

To add one, subclass `Translator` in a file of this package, give it a `name`, its options and `build`, register it, and
import the file in `__init__.py`.
"""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Protocol

from pydantic import Field

from seqlab.decoding.beam_options import WIDEST, BeamOptions, Penalty
from seqlab.models.model import ModelComponent
from seqlab.registry import LengthPenalty, Options, Positive, Registry, Share

if TYPE_CHECKING:
    import keras
    import tensorflow as tf


class TranslatorNetwork(Protocol):
    """What a built model answers, besides what every `keras.Model` does. Shapes: see `recurrent_network.py`."""

    def hidden(self, source: tf.Tensor, target: tf.Tensor, *, training: bool | None = None) -> tf.Tensor:
        """Source and target ids → the vectors that `head` turns into logits, (batch, time, width)."""

    def head(self, vectors: tf.Tensor) -> tf.Tensor:
        """Vectors (…, width) → logits (…, vocabulary)."""

    def encode(self, source: tf.Tensor, training: bool | None = None) -> Any:
        """Source ids (batch, source) → what every decoding step reads."""

    def begin(self, memory: Any, longest: int | tf.Tensor) -> Any:
        """The decoder's state before the first target id, with room for `longest` ids."""

    def step(self, ids: tf.Tensor, state: Any, memory: Any) -> tuple[tf.Tensor, Any, tf.Tensor]:
        """ids (batch,), state → logits (batch, vocabulary), new state, attention (batch, source)."""


@dataclass(frozen=True)
class TranslatorContext:
    """What the training split decides about a translator."""

    source_size: int
    target_size: int
    shared: bool
    """Whether both sides have one vocabulary."""


class TeacherForcing(Options):
    """A probability that changes linearly (scheduled sampling, Bengio et al. 2015)."""

    start: Share = 1.0
    """At the first training step."""
    end: Share = 1.0
    """After `steps` training steps, and from then on."""
    steps: Positive = 1
    """Training steps over which it changes."""

    @property
    def always(self) -> bool:
        """Whether every decoding step reads the true previous id."""
        return self.start == self.end == 1


class Decoding(Options):
    """How a translator writes, wherever nothing else is asked for: beam search (see `BeamOptions`)."""

    beam_width: Annotated[Positive, Field(le=WIDEST)] = BeamOptions.width
    """Hypotheses that are continued at every step; 1: greedy search."""
    length_penalty: LengthPenalty = BeamOptions.length_penalty
    """0 compares sums of log probabilities, more favours longer translations (Wu et al. 2016, equation 14)."""
    coverage_penalty: Penalty = BeamOptions.coverage_penalty
    """Penalty for source words that receive little attention (the same equation)."""
    unknown_penalty: Penalty = BeamOptions.unknown_penalty
    """Subtracted from the log probability of [UNK], in nats; 0.69 halves its probability."""

    @property
    def beam(self) -> BeamOptions:
        return BeamOptions(self.beam_width, self.length_penalty, self.coverage_penalty, self.unknown_penalty)


class Translator(ModelComponent):
    """Options of every translator."""

    decoding: Decoding = Decoding()
    """How it writes: the beam and its penalties. They change no weight, so a trained run takes others."""

    compiles: ClassVar[bool] = False
    """Batches are as wide as their longest sentence, and only non-padding positions get logits: every batch has other
    shapes, and XLA would compile each of them."""

    predicts_tokens: ClassVar[bool] = True
    shares_embedding: ClassVar[bool] = False
    """Whether sides with one vocabulary have one embedding too."""

    @property
    def teacher_forcing_schedule(self) -> TeacherForcing:
        """How often a training step reads the true previous id."""
        return TeacherForcing()

    @property
    def softmax_samples(self) -> int | None:
        """Number of sampled ids in the training softmax; None: the full softmax."""
        return None

    @property
    def max_ids(self) -> int | None:
        """The longest sentence that the model can read, in ids; None: no limit."""
        return None

    @property
    def prepared_for(self) -> str:
        return f"at most {self.max_ids} ids"

    @property
    def attends(self) -> bool:
        """Whether decoding returns attention weights over the source."""
        return True

    @abstractmethod
    def build(self, context: TranslatorContext) -> keras.Model:
        """A `TranslatorNetwork` with random weights."""


TRANSLATORS: Registry[Translator] = Registry("translator")


def with_weights(model: keras.Model, uniform: float | None = None) -> keras.Model:
    """Create all weights of `model`, drawn from U(−uniform, uniform) if given."""
    import keras
    import tensorflow as tf

    one = tf.ones((1, 1), tf.int32)
    model({"source": one, "target": one})
    if uniform is not None:
        for variable in model.trainable_variables:
            variable.assign(keras.initializers.RandomUniform(-uniform, uniform)(variable.shape))
    return model
