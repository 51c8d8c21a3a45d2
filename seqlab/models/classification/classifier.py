"""What every classifier has in common: its registry, its options, and what it is built from.

To add one, subclass `Classifier` in a file of this package, give it a `name`, its options and `build`, register it, and
import the file in `__init__.py`. Import Keras inside `build`: describing and checking a config must not pay for it.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np

from seqlab.models.model import ModelComponent
from seqlab.registry import Registry
from seqlab.text import Vectorizer

if TYPE_CHECKING:
    import keras


@dataclass(frozen=True)
class ClassifierContext:
    """What the training split decides about a classifier."""

    vocabulary_size: int
    outputs: int
    """Logits per text; 1 for two classes."""
    weighted: bool
    """Whether bags carry weights (counts, tf-idf) beside their ids."""
    max_length: int | None = None
    """The length that no row exceeds; None if rows are as long as their texts."""
    count_by_class: Callable[[], np.ndarray] | None = None
    """Texts of each class that contain each token, (classes, vocabulary). None when a saved model is rebuilt: its
    weights already hold what was computed from the counts."""


class Classifier(ModelComponent):
    """Options of every classifier."""

    reads: ClassVar[Literal["bag", "sequence"]] = "sequence"
    """The model's input: a weighted set of ids, or ids in order."""

    @property
    def prepared_for(self) -> str:
        return self.reads

    @property
    def skips_padding(self) -> bool:
        """Whether the output is independent of padding; if not, padding is part of the model's input."""
        return True

    def problems(self, vectorizer: Vectorizer) -> Iterator[tuple[str, str]]:
        """Options that do not work with this vectorizer: (option, what is wrong with it)."""
        yield from ()

    @abstractmethod
    def build(self, context: ClassifierContext) -> keras.Model:
        """A model with random weights: a dict of tensors to logits (batch, outputs), float32."""


CLASSIFIERS: Registry[Classifier] = Registry("classifier")
