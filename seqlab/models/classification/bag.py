"""Bag-of-n-grams classifiers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Literal

import numpy as np
from pydantic import Field

from seqlab.models.classification.classifier import CLASSIFIERS, Classifier, ClassifierContext, WithFeatures
from seqlab.registry import WIDEST, Count, NonNegativeNumber, PositiveNumber, Rate, Share

if TYPE_CHECKING:
    import keras


@CLASSIFIERS.add
class BagClassifier(WithFeatures):
    """Bag of n-grams: a sum of one learned row per token, relu, dropout, logits (Chollet 2021, section 11.3.2)."""

    reads = "bag"
    compiles = False  # every batch has another number of tokens: XLA would compile each step anew

    name: Literal["bag"] = "bag"
    hidden: Annotated[Count, Field(le=WIDEST)] = 16
    """Units of the hidden layer; 0: none, a linear model."""
    dropout: Rate = 0.5
    """Dropout rate of the hidden layer."""

    def unused_options(self) -> Mapping[str, str]:
        return {} if self.hidden else {"dropout": "hidden: 0 leaves no hidden layer"}

    def build(self, context: ClassifierContext) -> keras.Model:
        import keras

        from seqlab.layers.bag import SumOfRows

        inputs = _bag_inputs(context)
        if self.hidden == 0:
            logits = SumOfRows(context.vocabulary_size, context.outputs, dtype="float32", name="logits")(**inputs)
            return keras.Model(inputs, self._plus_features(context, inputs, logits), name=self.name)
        hidden = SumOfRows(context.vocabulary_size, self.hidden, name="sum_of_rows")(**inputs)
        hidden = keras.layers.ReLU(name="relu")(hidden)
        hidden = keras.layers.Dropout(self.dropout, name="dropout")(hidden)
        hidden = self.beside_features(context, inputs, hidden)
        logits = keras.layers.Dense(context.outputs, dtype="float32", name="logits")(hidden)
        return keras.Model(inputs, logits, name=self.name)

    def _plus_features(
        self, context: ClassifierContext, inputs: dict[str, keras.KerasTensor], logits: keras.KerasTensor
    ) -> keras.KerasTensor:
        """Without a hidden layer the bag and the features are one linear model: the sum of the logits of both."""
        import keras

        vectors = self.feature_vectors(context, inputs)
        if not vectors:
            return logits
        features = keras.layers.Concatenate(name="features")(vectors) if len(vectors) > 1 else vectors[0]
        of_features = keras.layers.Dense(context.outputs, use_bias=False, dtype="float32", name="feature_logits")
        return keras.layers.Add(dtype="float32", name="sum_of_logits")([logits, of_features(features)])


@CLASSIFIERS.add
class NaiveBayesClassifier(Classifier):
    """Linear model over tokens weighted by their naive-Bayes log-count ratio (Wang & Manning 2012, section 2.3)."""

    reads = "bag"
    compiles = False
    predicts_numbers = False

    name: Literal["naive_bayes_bag"] = "naive_bayes_bag"
    alpha: PositiveNumber = 1.0
    """Smoothing: added to each count before taking the ratio."""
    beta: Share = 1.0
    """Interpolation between naive Bayes (0: one weight for all tokens) and the learned weights (1)."""
    initial: NonNegativeNumber = 0.03
    """Initial value of the learned weights. 1 is naive Bayes itself, overconfident because tokens are dependent."""

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

    `counts`: (classes, vocabulary). With one output, the second class against the first, else each class against all
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
    """The tokens of all texts of a batch concatenated, and the offset of each text: see `SumOfRows`."""
    import keras

    inputs = {
        "tokens": keras.Input(batch_shape=(None,), dtype="int32", name="tokens"),
        "offsets": keras.Input(batch_shape=(None,), dtype="int32", name="offsets"),
    }
    if context.weighted:
        inputs["weights"] = keras.Input(batch_shape=(None,), dtype="float32", name="weights")
    return inputs
