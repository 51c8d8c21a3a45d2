"""What every model of whole examples has in common: its registry, its options, and what it is built from.

Classification and regression use the same models: a number is predicted by a single output.

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
from seqlab.registry import Registry, Width
from seqlab.text import Vectorizer

if TYPE_CHECKING:
    import keras

    from seqlab.encoders.saved_model import SavedModelEncoder
    from seqlab.models.classification.least_squares import LinearSolution


@dataclass(frozen=True)
class ClassifierContext:
    """What the training split decides about a classifier."""

    vocabulary_size: int
    outputs: int
    """Logits per example; 1 for two classes, and for a number."""
    weighted: bool
    """Whether bags carry weights (counts, tf-idf) beside their ids."""
    max_length: int | None = None
    """The length that no row exceeds; None if rows are as long as their texts."""
    count_by_class: Callable[[], np.ndarray] | None = None
    """Texts of each class that contain each token, (classes, vocabulary). None when a saved model is rebuilt: its
    weights already hold what was computed from the counts."""
    number: bool = False
    """Whether the output is a number; if not, it is logits."""
    linear_solution: Callable[[], LinearSolution] | None = None
    """Least squares of the numbers to be predicted, by categories and numbers. None for classes, and when a saved model
    is rebuilt: its weights already hold it."""
    category_sizes: tuple[int, ...] = ()
    """Ids of each column of categories, those of missing and unknown ones included."""
    numbers_width: int = 0
    """Inputs of all columns of numbers."""
    text_width: int = 0
    """Width of the vector of a text, for models that read vectors of a sentence encoder."""
    encoder: Callable[[], SavedModelEncoder] | None = None
    """Loads the sentence encoder, for models that train it."""


class Classifier(ModelComponent):
    """Options of every classifier."""

    reads: ClassVar[Literal["bag", "sequence", "text", "features"]] = "sequence"
    """The model's input: a weighted set of ids, ids in order, a text as it is, or no text but categories and numbers
    alone."""
    takes_features: ClassVar[bool] = False
    """Whether it reads categories and numbers (beside its text)."""
    predicts_numbers: ClassVar[bool] = True
    """Whether it can be trained to predict a number; if not, it needs classes."""

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


class WithFeatures(Classifier):
    """Models that read categories and numbers: beside a text, their vectors are concatenated before the last layer."""

    takes_features = True

    category_width: Width = 2
    """Width of the embedding of each column of categories."""

    def feature_vectors(
        self, context: ClassifierContext, inputs: dict[str, keras.KerasTensor]
    ) -> list[keras.KerasTensor]:
        """The embedded categories and the numbers, (batch, width) each, as far as there are some. Adds their tensors to
        the `inputs` of the model."""
        import keras

        from seqlab.layers.embedding import ColumnEmbeddings

        vectors = []
        if context.category_sizes:
            shape = (len(context.category_sizes),)
            inputs["categories"] = keras.Input(shape, dtype="int32", name="categories")
            embeddings = ColumnEmbeddings(context.category_sizes, self.category_width, name="category_embedding")
            vectors.append(embeddings(inputs["categories"]))
        if context.numbers_width:
            inputs["numbers"] = keras.Input((context.numbers_width,), dtype="float32", name="numbers")
            vectors.append(inputs["numbers"])
        return vectors

    def beside_features(
        self, context: ClassifierContext, inputs: dict[str, keras.KerasTensor], hidden: keras.KerasTensor
    ) -> keras.KerasTensor:
        """The vector of the text, (batch, width), with those of the features after it; alone without features."""
        import keras

        vectors = self.feature_vectors(context, inputs)
        return keras.layers.Concatenate(name="with_features")([hidden, *vectors]) if vectors else hidden


CLASSIFIERS: Registry[Classifier] = Registry("classifier")
