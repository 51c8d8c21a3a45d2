"""What every language model has in common: its registry, its options, and what it is built from.

To add one, subclass `LanguageModel` in a file of this package, give it a `name`, its options and `build`, register it,
and import the file in `__init__.py`.
"""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

from seqlab.models.model import ModelComponent
from seqlab.registry import Registry

if TYPE_CHECKING:
    import keras
    import tensorflow as tf


class LanguageModelNetwork(Protocol):
    """What a built model answers, besides what every `keras.Model` does: `call` gives the logits of whole windows."""

    def advance(self, ids: tf.Tensor, state: Any, training: bool | None = None) -> tuple[tf.Tensor, Any]:
        """ids (batch, time), state → logits (batch, time, vocabulary), new state. Independent of how a text is cut."""

    def hidden(self, ids: tf.Tensor) -> tf.Tensor:
        """ids (batch, time) → what the last layer reads at each of them, (batch, time, width)."""

    def initial_state(self, batch: int | tf.Tensor) -> Any:
        """The state before the first token: any nest of tensors whose first axis is the batch."""


@dataclass(frozen=True)
class LanguageModelContext:
    """What the training split decides about a language model."""

    vocabulary_size: int


class LanguageModel(ModelComponent):
    """Options of every language model."""

    predicts_tokens: ClassVar[bool] = True

    @property
    def carries_state(self) -> bool:
        """Whether training starts each window from the final state of the window before it."""
        return False

    @property
    def max_context(self) -> int | None:
        """The number of ids that the model can read at once; None: no limit."""
        return None

    @abstractmethod
    def build(self, context: LanguageModelContext) -> keras.Model:
        """A `LanguageModelNetwork` with random weights."""


LANGUAGE_MODELS: Registry[LanguageModel] = Registry("language model")
