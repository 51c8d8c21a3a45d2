"""Evaluating a classifier, and predicting the labels of raw examples with it."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from seqlab.data.store import Store
from seqlab.errors import OptionError
from seqlab.explanations.options import ExplainOptions
from seqlab.explanations.results import Attribution
from seqlab.metrics.classification import ClassificationOutputs
from seqlab.progress import Progress
from seqlab.registry import Component, did_you_mean
from seqlab.tasks.classification.evaluate import ClassificationEvaluation, refuse_threshold
from seqlab.tasks.example_explanations import ExampleExplainer, Explained
from seqlab.tasks.example_predictor import ExamplePredictor
from seqlab.tasks.examples import Examples, Reading
from seqlab.tasks.given_rows import Example
from seqlab.text_format import quoted, visible_name

if TYPE_CHECKING:
    import keras


@dataclass(frozen=True)
class LabelPrediction:
    """The label of one example; a text without tokens has the label "" and probabilities that are not a number."""

    label: str
    probability: float
    probabilities: Mapping[str, float]
    cut_off: int = 0
    """Number of tokens at the end of the text that were not read, because it is too long."""
    unreadable: bool = False
    """Whether most of its tokens are unknown, so that the label is a guess. Of a bag, unknown ones count once."""


class ClassificationPredictor(ExamplePredictor):
    """A classifier with what turns raw examples into its input."""

    def __init__(self, model: keras.Model, examples: Examples, labels: tuple[str, ...]) -> None:
        super().__init__(model, examples, "int32")
        self.labels = labels

    def evaluate(self, store: Store, metrics: Sequence[Component], progress: Progress) -> ClassificationEvaluation:
        logits = self.outputs_of(store, progress)
        outputs = ClassificationOutputs(self.labels, np.asarray(store.flat("targets")), logits)
        return ClassificationEvaluation(outputs, store, tuple(metrics))

    def predict(self, examples: Iterable[Example]) -> Iterator[LabelPrediction]:
        """Predictions in the order of the examples, which are read a batch at a time: an endless pipe works."""
        for outputs, readings in self._outputs(examples):
            yield from self._predictions(outputs, outputs.predictions, readings)

    def predict_from(self, examples: Iterable[Example], threshold: float) -> Iterator[LabelPrediction]:
        """The same with the second of two classes from this probability on. Raises RequestError for more classes."""
        refuse_threshold(self.labels)
        for outputs, readings in self._outputs(examples):
            chosen = (outputs.probabilities[:, 1] >= threshold).astype(int)
            yield from self._predictions(outputs, chosen, readings)

    def explain(
        self, examples: Iterable[Example], options: ExplainOptions, progress: Progress
    ) -> Iterator[Attribution]:
        """What moved the logit of a class. Raises RequestError for a class or a method that there is not."""
        if options.label is not None and options.label not in self.labels:
            close = did_you_mean(options.label, list(self.labels))
            known = ", ".join(map(visible_name, self.labels))
            message = f"there is no class {quoted(options.label)}; {close}the classes are {known}"
            raise OptionError(message, "label", options.label)
        return self._explainer.explain(examples, options, progress)

    @cached_property
    def _explainer(self) -> ExampleExplainer:
        return ExampleExplainer(self, self._explained)

    def _explained(self, outputs: np.ndarray, options: ExplainOptions) -> Explained:
        """The logit of a class: of two classes that of the second, or its negative."""
        (probabilities,) = self._without_targets(outputs[None]).probabilities
        predicted = int(np.argmax(probabilities)) if np.isfinite(probabilities).all() else 0
        chosen = predicted if options.label is None else self.labels.index(options.label)
        weights = np.zeros(len(outputs))
        weights[0 if len(outputs) == 1 else chosen] = -1.0 if len(outputs) == 1 and chosen == 0 else 1.0
        answer = {
            "label": self.labels[predicted],
            "probability": float(probabilities[predicted]),
            "prediction": None,
            "explained": self.labels[chosen],
        }
        return Explained(weights, 0.0, lambda several: self._without_targets(several).probabilities[:, chosen], answer)

    def _predictions(
        self, outputs: ClassificationOutputs, chosen: np.ndarray, readings: Sequence[Reading]
    ) -> Iterator[LabelPrediction]:
        """`chosen`: the class to predict for each example, (examples,) int."""
        for label, row, read in zip(chosen, outputs.probabilities, readings, strict=True):
            if read.empty:
                yield LabelPrediction("", math.nan, dict.fromkeys(self.labels, math.nan))
                continue
            probabilities = dict(zip(self.labels, row.tolist(), strict=True))
            yield LabelPrediction(self.labels[label], float(row[label]), probabilities, read.cut_off, read.unreadable)

    def _outputs(self, examples: Iterable[Example]) -> Iterator[tuple[ClassificationOutputs, list[Reading]]]:
        """The outputs of a batch of examples after the other, without targets, which are not known."""
        for logits, readings in self.outputs_of_given(examples):
            yield self._without_targets(logits), readings

    def _without_targets(self, logits: np.ndarray) -> ClassificationOutputs:
        return ClassificationOutputs(self.labels, np.zeros(len(logits), np.int32), logits)
