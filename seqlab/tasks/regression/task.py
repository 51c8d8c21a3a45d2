"""Regression: one number per example."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from seqlab.data.batching.batches import Batches
from seqlab.data.datasets import NUMBERED
from seqlab.data.records import Records
from seqlab.data.store import Store
from seqlab.metrics.regression import REGRESSION_METRICS
from seqlab.models.classification import CLASSIFIERS, ClassifierContext
from seqlab.models.classification.least_squares import LinearSolution, least_squares
from seqlab.progress import Progress
from seqlab.registry import PositiveNumber
from seqlab.tasks.constant_answer import ConstantAnswer
from seqlab.tasks.example_checks import check_inputs
from seqlab.tasks.examples import Examples, ExampleTraining
from seqlab.tasks.regression.loss import SQUARED, RegressionLoss, RegressionLossName
from seqlab.tasks.regression.predictor import RegressionPredictor
from seqlab.tasks.regression.target_scale import TargetScale
from seqlab.tasks.task import Choices, Problem, Registries, Task, register
from seqlab.text import VECTORIZERS
from seqlab.text.vectorizer import FittedVectorizer

if TYPE_CHECKING:
    import keras


class RegressionTraining(ExampleTraining):
    """How a model of numbers is trained."""

    learning_rate: PositiveNumber = 5e-3
    loss: RegressionLossName | None = None
    """Name of a Keras loss of the standardized targets; null: the mean squared error."""


def check(choices: Choices, training: Any) -> Iterator[Problem]:
    if choices.model.predicts_numbers:
        yield from check_inputs(choices, training)
    else:
        able = ", ".join(each.component_name() for each in CLASSIFIERS if each.predicts_numbers)
        yield ("model",), f"'{choices.model.name}' needs classes and predicts no number; choose one of {able}"
    if training.label_smoothing:
        yield ("training", "label_smoothing"), "numbers are not smoothed: leave label_smoothing out"


def fit(choices: Choices, train: Records, progress: Progress) -> FittedRegression:
    scale = TargetScale.learn(np.array(train["number"], np.float64))
    return FittedRegression(Examples.fit(choices, train, progress), scale)


def restore(choices: Choices, directory: Path) -> FittedRegression:
    return FittedRegression(Examples.restore(choices, directory), TargetScale.load(directory))


class FittedRegression:
    """A regression task with the scale of its targets."""

    def __init__(self, examples: Examples, scale: TargetScale) -> None:
        self.examples, self.scale = examples, scale

    @property
    def vectorizers(self) -> Mapping[str, FittedVectorizer]:
        return self.examples.vectorizers

    def save(self, directory: Path) -> None:
        self.examples.save(directory)
        self.scale.save(directory)

    def encode(self, records: Records, progress: Progress) -> Store:
        numbers = np.array(records["number"], np.float64)
        columns = self.examples.encode(records, progress)
        return Store(columns | {"targets": self.scale.standardized(numbers), "true_numbers": numbers})

    def batches(self, store: Store, training: RegressionTraining) -> Batches:
        return self.examples.batches(store, training, self.examples.inputs("float32"), "number")

    def build(self, train: Store | None) -> keras.Model:
        context = replace(self.examples.context(1), number=True)
        if train is not None:
            context = replace(context, linear_solution=lambda: _least_squares(train, context))
        return self.examples.model.build(context)

    def loss(self, train: Store, model: keras.Model, training: RegressionTraining) -> RegressionLoss:
        return RegressionLoss(training.loss)

    def constant_answer(self, train: Store, training: RegressionTraining) -> ConstantAnswer | None:
        if training.loss not in SQUARED:
            return None
        variance = float(np.var(train.flat("targets"), dtype=np.float64))
        doubts = ("numbers that do not depend on the input",)
        return ConstantAnswer("the mean of the numbers", variance, variance, doubts)

    def predictor(self, model: keras.Model) -> RegressionPredictor:
        return RegressionPredictor(model, self.examples, self.scale)


def _least_squares(train: Store, context: ClassifierContext) -> LinearSolution:
    """Of the standardized targets, whose mean is not quite 0 in float32."""
    targets = np.asarray(train.flat("targets"), np.float64)
    categories = train.flat("categories") if context.category_sizes else None
    numbers = train.flat("numbers") if context.numbers_width else None
    return least_squares(targets - targets.mean(), (categories, numbers), context.category_sizes, context.numbers_width)


REGRESSION = register(
    Task(
        name="regression",
        registries=Registries(NUMBERED, VECTORIZERS, CLASSIFIERS, REGRESSION_METRICS),
        training=RegressionTraining,
        monitor="validation.loss",
        training_metrics=("loss",),
        capabilities={
            "notes_on_rows": "seqlab predict {run} --file new.csv -o answers.csv",
            "word_vectors": "seqlab neighbors --run {run} good",
            "text_vectors": 'seqlab similar --run {run} "a text" "another"',
            "explain": 'seqlab explain {run} "a text of your own"',
            "predict": 'seqlab predict {run} "a text of your own"',
        },
        answers=("prediction",),
        check=check,
        fit=fit,
        restore=restore,
        compares="numbers",
    )
)
