"""Evaluating a classifier, and predicting the labels of raw examples with it."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from seqlab.data.store import Store
from seqlab.errors import RequestError
from seqlab.metrics.classification import ClassificationOutputs
from seqlab.progress import Progress
from seqlab.registry import Component
from seqlab.tasks.classification.evaluate import ClassificationEvaluation
from seqlab.tasks.example_predictor import ExamplePredictor
from seqlab.tasks.examples import Examples
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
        for outputs, cut_off, empty in self._outputs(examples):
            yield from self._predictions(outputs, outputs.predictions, cut_off, empty)

    def predict_from(self, examples: Iterable[Example], threshold: float) -> Iterator[LabelPrediction]:
        """The same with the second of two classes from this probability on. Raises RequestError for more classes."""
        if len(self.labels) != 2:
            raise RequestError(f"a threshold is between two classes, and this run has {len(self.labels)}: leave it out")
        for outputs, cut_off, empty in self._outputs(examples):
            chosen = (outputs.probabilities[:, 1] >= threshold).astype(int)
            yield from self._predictions(outputs, chosen, cut_off, empty)

    def _predictions(
        self, outputs: ClassificationOutputs, chosen: np.ndarray, cut_off: Sequence[int], empty: Sequence[bool]
    ) -> Iterator[LabelPrediction]:
        """`chosen`: the class to predict for each example, (examples,) int; `cut_off`: its tokens that are not read;
        `empty`: whether it has nothing to read."""
        for label, row, unread, nothing in zip(chosen, outputs.probabilities, cut_off, empty, strict=True):
            if nothing:
                yield LabelPrediction("", math.nan, dict.fromkeys(self.labels, math.nan))
                continue
            probabilities = dict(zip(self.labels, row.tolist(), strict=True))
            yield LabelPrediction(self.labels[label], float(row[label]), probabilities, unread)

    def _outputs(self, examples: Iterable[Example]) -> Iterator[tuple[ClassificationOutputs, list[int], list[bool]]]:
        """The outputs of a batch of examples after the other, without targets, which are not known."""
        for logits, cut_off, empty in self.outputs_of_given(examples):
            yield ClassificationOutputs(self.labels, np.zeros(len(logits), np.int32), logits), cut_off, empty
