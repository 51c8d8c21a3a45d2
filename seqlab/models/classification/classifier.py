"""Classifiers, from sums of rows upwards. Each part's `build` gives a `keras.Model` from batches to logits.

To add one: subclass `Classifier`, give it a `name`, its options and `build`, and put it on the registry. Import Keras
inside `build`: describing and checking a config must not pay for it.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np

from seqlab.registry import Component, Count, NonNegativeNumber, PositiveNumber, Rate, Registry, Share
from seqlab.text import Vectorizer

if TYPE_CHECKING:
    import keras


@dataclass(frozen=True)
class ClassifierContext:
    """What the training split gives to a classifier.

    `outputs`: logits per text, 1 for two classes. `weighted`: bags carry weights (counts, tf-idf) beside their ids.
    `max_length`: what no row exceeds, None where rows are as long as their texts. `count_by_class`: in how many texts
    of each class a token stands, (classes, vocabulary); None when a saved model is rebuilt, whose weights hold what was
    made of it.
    """

    vocabulary_size: int
    outputs: int
    weighted: bool
    max_length: int | None = None
    count_by_class: Callable[[], np.ndarray] | None = None


class Classifier(Component):
    """Options of every classifier."""

    reads: ClassVar[Literal["bag", "sequence"]] = "sequence"
    """What a text is to the model: a set of ids with weights, or ids in order."""
    compiles: ClassVar[bool] = True
    """Whether XLA can compile a training step."""

    @property
    def skips_padding(self) -> bool:
        """Whether an answer is the same however far a row is padded; else padding is part of what the model reads."""
        return True

    def problems(self, vectorizer: Vectorizer) -> Iterator[tuple[str, str]]:
        """Options that cannot work with this vectorizer: the one to change, and what is wrong with it."""
        yield from ()

    @abstractmethod
    def build(self, context: ClassifierContext) -> keras.Model:
        """The model, with random weights: from a dict of tensors to logits (batch, outputs), float32."""


CLASSIFIERS: Registry[Classifier] = Registry("classifier")


@CLASSIFIERS.add
class Bag(Classifier):
    """Bag of n-grams: a sum of one learned row per token, relu, dropout, logits (Chollet 2021, section 11.3.2)."""

    reads = "bag"
    compiles = False  # each batch has another number of tokens: XLA would compile every step anew

    name: Literal["bag"] = "bag"
    hidden: Count = 16
    """Units of the hidden layer; 0: none, a linear model."""
    dropout: Rate = 0.5
    """Share of the hidden units that is dropped in training."""

    def build(self, context: ClassifierContext) -> keras.Model:
        import keras

        from seqlab.layers.bag import SumOfRows

        inputs = _bag_inputs(context)
        if self.hidden == 0:
            logits = SumOfRows(context.vocabulary_size, context.outputs, dtype="float32", name="logits")(**inputs)
            return keras.Model(inputs, logits, name=self.name)
        hidden = SumOfRows(context.vocabulary_size, self.hidden, name="sum_of_rows")(**inputs)
        hidden = keras.layers.ReLU(name="relu")(hidden)
        hidden = keras.layers.Dropout(self.dropout, name="dropout")(hidden)
        logits = keras.layers.Dense(context.outputs, dtype="float32", name="logits")(hidden)
        return keras.Model(inputs, logits, name=self.name)


@CLASSIFIERS.add
class NaiveBayesBag(Classifier):
    """Linear model over tokens weighted by their naive-Bayes log-count ratio (Wang & Manning 2012, section 2.3)."""

    reads = "bag"
    compiles = False

    name: Literal["naive_bayes_bag"] = "naive_bayes_bag"
    alpha: PositiveNumber = 1.0
    """Added to each count before the ratio is taken."""
    beta: Share = 1.0
    """Between naive Bayes (0: one weight for all tokens) and the learned weights (1)."""
    initial: NonNegativeNumber = 0.03
    """Where the learned weights start. 1 is naive Bayes itself, far too sure of its hundreds of dependent tokens."""

    def build(self, context: ClassifierContext) -> keras.Model:
        import keras

        from seqlab.layers.bag import NaiveBayesRows

        inputs = _bag_inputs(context)
        ratio = None
        if context.count_by_class is not None:
            ratio = log_count_ratio(context.count_by_class(), self.alpha, context.outputs)
        rows = NaiveBayesRows(
            context.vocabulary_size,
            context.outputs,
            log_count_ratio=ratio,
            beta=self.beta,
            initial=self.initial,
            dtype="float32",
            name="logits",
        )
        return keras.Model(inputs, rows(**inputs), name=self.name)


def log_count_ratio(counts: np.ndarray, alpha: float, outputs: int) -> np.ndarray:
    """log(p / ‖p‖₁ ÷ q / ‖q‖₁) of each token, smoothed by `alpha` (Wang & Manning 2012, section 2.1).

    `counts`: (classes, vocabulary). For one output the second class against the first, else each class against all
    others. Returns (vocabulary, outputs), float32.
    """
    if outputs == 1:
        pairs = [(counts[1], counts[0])]
    else:
        pairs = [(of_class, counts.sum(axis=0) - of_class) for of_class in counts]
    ratios = [_log_share(inside + alpha) - _log_share(outside + alpha) for inside, outside in pairs]
    return np.stack(ratios, axis=1).astype(np.float32)


def _log_share(counts: np.ndarray) -> np.ndarray:
    shares: np.ndarray = np.log(counts / counts.sum())
    return shares


def _bag_inputs(context: ClassifierContext) -> dict[str, keras.KerasTensor]:
    """Tokens of all texts of a batch one after the other, and where each text begins: see `SumOfRows`."""
    import keras

    inputs = {
        "tokens": keras.Input(batch_shape=(None,), dtype="int32", name="tokens"),
        "offsets": keras.Input(batch_shape=(None,), dtype="int32", name="offsets"),
    }
    if context.weighted:
        inputs["weights"] = keras.Input(batch_shape=(None,), dtype="float32", name="weights")
    return inputs
