"""What the options of every model have in common, whatever its task."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Self

from seqlab.models.embedding_options import EmbeddingOptions
from seqlab.registry import Component

if TYPE_CHECKING:
    import keras
    import numpy as np

    from seqlab.text.vocabulary import Vocabulary


class ModelComponent(Component):
    """Options of every model."""

    compiles: ClassVar[bool] = True
    """Whether XLA can compile a training step."""
    divides_batches: ClassVar[bool] = True
    """Whether several devices can share a batch: each gets some of its rows."""
    needs_vectorizer: ClassVar[bool] = True
    """Whether it reads texts through a vectorizer; if not, it reads none, or reads them as they are."""

    layer_options: ClassVar[tuple[str, ...]] = ()
    """The options that a model must share with the one whose layers it begins with, because shapes alone do not tell
    whether weights mean the same."""

    absent_before: ClassVar[Mapping[str, Any]] = {}
    """Option that runs of older versions lack → the value that describes their network."""

    predicts_tokens: ClassVar[bool] = False
    """Whether the last layer has a logit for each token of the vocabulary, so that another model of the task can take
    it."""

    @property
    def prepared_for(self) -> str | None:
        """What prepared data depend on besides the data and the vectorizer; None: nothing. Part of the key of the
        cache."""
        return None

    @property
    def encoder_source(self) -> str | None:
        """Where the sentence encoder of the model is from; None for a model without one."""
        return None

    @property
    def tables(self) -> Mapping[str, EmbeddingOptions]:
        """Side (`text`, or `source` and `target`) → the table of its token vectors; empty for a model without one."""
        return {}

    def obstacles(self) -> Iterator[str]:
        """What among these options can keep the model from learning anything, in words."""
        for side, table in self.tables.items():
            if not table.trainable:
                of_side = f" of the {side}" if len(self.tables) > 1 else ""
                yield f"an embedding{of_side} that is not trained (trainable: false)"

    def shared_rows(self, layer: str, before: Vocabulary, after: Vocabulary) -> tuple[np.ndarray, np.ndarray]:
        """Which rows of a table of this model mean the same with two vocabularies of the same tokens: those of the one
        and those of the other, (shared,) int64 each. `layer`: the name of the table's layer. Here a row per id."""
        return before.same_ids(after)

    def for_training(self, training: Any) -> Self:
        """The same model, where options that the section `training` decides have their values."""
        return self

    def untrained_options(self, training: Any) -> Mapping[str, str]:
        """Options that let the network read what this training never shows it → why, and what to do."""
        return {}

    @abstractmethod
    def build(self, context: Any) -> keras.Model:
        """A model with random weights. `context`: what the training split decides; each task has a type for it."""
