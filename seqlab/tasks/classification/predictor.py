"""Evaluating a classifier, and predicting the labels of raw examples with it."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from seqlab.data.store import Store
from seqlab.metrics.classification import ClassificationOutputs
from seqlab.progress import Progress
from seqlab.registry import Component
from seqlab.tasks.classification.evaluate import ClassificationEvaluation, refuse_threshold
from seqlab.tasks.example_predictor import ExamplePredictor
from seqlab.tasks.examples import Examples, Reading
from seqlab.tasks.given_rows import Example

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
            yield ClassificationOutputs(self.labels, np.zeros(len(logits), np.int32), logits), readings
