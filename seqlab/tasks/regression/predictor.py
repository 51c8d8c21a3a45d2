"""Evaluating a model that predicts numbers, and predicting those of raw examples with it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from seqlab.data.store import Store
from seqlab.explanations.options import ExplainOptions
from seqlab.explanations.results import Attribution
from seqlab.metrics.regression import RegressionOutputs
from seqlab.progress import Progress
from seqlab.registry import Component
from seqlab.tasks.example_explanations import ExampleExplainer, Explained
from seqlab.tasks.example_predictor import ExamplePredictor
from seqlab.tasks.examples import Examples
from seqlab.tasks.given_rows import Example
from seqlab.tasks.regression.evaluate import RegressionEvaluation
from seqlab.tasks.regression.target_scale import TargetScale

if TYPE_CHECKING:
    import keras


@dataclass(frozen=True)
class NumberPrediction:
    """The number of one example, in the units of the data; None for a text without tokens."""

    prediction: float | None
    cut_off: int = 0
    """Number of tokens at the end of the text that were not read, because it is too long."""
    unreadable: bool = False
    """Whether most of its tokens are unknown, so that the number is a guess. Of a bag, unknown ones count once."""


class RegressionPredictor(ExamplePredictor):
    """A model with what turns raw examples into its input, and its outputs into numbers."""

    def __init__(self, model: keras.Model, examples: Examples, scale: TargetScale) -> None:
        super().__init__(model, examples, "float32")
        self.scale = scale

    def evaluate(self, store: Store, metrics: Sequence[Component], progress: Progress) -> RegressionEvaluation:
        outputs = self.outputs_of(store, progress)
        errors = outputs[:, 0].astype(np.float64) - store.flat("targets")
        numbers = RegressionOutputs(
            np.asarray(store.flat("true_numbers")), self.scale.restored(outputs), self.scale.mean
        )
        return RegressionEvaluation(numbers, float(np.square(errors).mean()), store, tuple(metrics))

    def predict(self, examples: Iterable[Example]) -> Iterator[NumberPrediction]:
        """Predictions in the order of the examples, which are read a batch at a time: an endless pipe works."""
        for outputs, readings in self.outputs_of_given(examples):
            numbers = self.scale.restored(outputs).tolist()
            for number, read in zip(numbers, readings, strict=True):
                yield NumberPrediction(None if read.empty else number, read.cut_off, read.unreadable)

    def explain(
        self, examples: Iterable[Example], options: ExplainOptions, progress: Progress
    ) -> Iterator[Attribution]:
        """What moved the number, in the units of the data. Raises RequestError for a method that there is not."""
        options.refuse({"label": "this run predicts a number, not a class"})
        return self._explainer.explain(examples, options, progress)

    @cached_property
    def _explainer(self) -> ExampleExplainer:
        return ExampleExplainer(self, self._explained)

    def _explained(self, outputs: np.ndarray, options: ExplainOptions) -> Explained:
        number = float(self.scale.restored(outputs[None])[0])
        answer = {"label": None, "probability": None, "prediction": number, "explained": None}
        return Explained(np.array([self.scale.deviation]), self.scale.mean, self.scale.restored, answer)
