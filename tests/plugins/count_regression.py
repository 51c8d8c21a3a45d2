"""A complete task from outside the package: a number for each text, read from the label column.

What a contributor writes for a new task: a model, a loss, an evaluation, a predictor, and one call of `register`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np

from seqlab.data.batching import plan
from seqlab.data.batching.batches import Batches
from seqlab.data.datasets import LABELLED_TEXTS
from seqlab.data.store import Store
from seqlab.metrics.metric_names import better_when_lower
from seqlab.models.model import ModelComponent
from seqlab.registry import Component, Positive, Registry
from seqlab.tasks import Task, register
from seqlab.tasks.evaluation import compute_metrics
from seqlab.tasks.task import Registries
from seqlab.text import VECTORIZERS
from seqlab.text.vocabulary import Vocabulary
from seqlab.training.options import TrainingOptions

REGRESSORS: Registry[ModelComponent] = Registry("regressor")
METRICS: Registry[Component] = Registry("metric")
SIGNATURE = {"tokens": ("int32", (None,)), "offsets": ("int32", (None,)), "targets": ("float32", (None,))}


@REGRESSORS.add
class Linear(ModelComponent):
    """One weight per token."""

    name: Literal["linear"] = "linear"
    outputs: Positive = 1

    def build(self, size):
        import keras

        from seqlab.layers.bag import SumOfRows

        inputs = {name: keras.Input(batch_shape=(None,), dtype="int32", name=name) for name in ("tokens", "offsets")}
        return keras.Model(inputs, SumOfRows(size, self.outputs, name="numbers")(**inputs))


@METRICS.add
@better_when_lower("mean_absolute_error")
def mean_absolute_error(outputs) -> float:
    """Mean distance between prediction and target."""
    predictions, targets = outputs
    return float(np.abs(predictions - targets).mean())


class SquaredError:
    metric_names = ("loss",)
    variables = ()

    def begin_epoch(self):
        pass

    def __call__(self, model, batch):
        import tensorflow as tf

        predictions = model({name: batch[name] for name in ("tokens", "offsets")}, training=True)[:, 0]
        errors = tf.square(predictions - batch["targets"])
        return {"loss": (tf.reduce_sum(errors), tf.cast(tf.size(errors), tf.float32))}


@dataclass(frozen=True)
class RegressionEvaluation:
    predicted: np.ndarray
    store: Store
    metric_components: tuple

    def metrics(self):
        targets = np.asarray(self.store.flat("targets"))
        loss = float(np.square(self.predicted - targets).mean())
        return compute_metrics(loss, self.metric_components, (self.predicted, targets))

    def predictions(self):
        for content, target, value in zip(
            self.store.flat("content_ids").tolist(), self.store.flat("targets").tolist(), self.predicted, strict=True
        ):
            yield {"id": content.decode(), "target": target, "prediction": float(value), "scores": {}}

    def samples(self):
        return "".join(f"{value:.2f}\n" for value in self.predicted[:10])

    def plots(self):
        return {}


@dataclass(frozen=True)
class NumberPrediction:
    label: str
    probability: float


class RegressionPredictor:
    def __init__(self, model, vectorizer):
        self.model, self.vectorizer = model, vectorizer

    def evaluate(self, store, metrics, progress):
        return RegressionEvaluation(self._numbers(store), store, tuple(metrics))

    def predict(self, texts):
        for text in texts:
            store = Store({"text_ids": self.vectorizer.encode([text]).ids})
            yield NumberPrediction(f"{self._numbers(store)[0]:.2f}", 1.0)

    def _numbers(self, store):
        ids = store.ragged("text_ids")
        return np.asarray(self._forward(np.asarray(ids.values), np.asarray(ids.offsets, np.int32)))[:, 0]

    @cached_property
    def _forward(self):
        import tensorflow as tf

        ids = tf.TensorSpec((None,), tf.int32)
        return tf.function(lambda tokens, offsets: self.model({"tokens": tokens, "offsets": offsets}), [ids, ids])


class FittedRegression:
    def __init__(self, choices, vectorizer):
        self.choices, self.vectorizer = choices, vectorizer

    @property
    def vectorizers(self):
        return {"text": self.vectorizer}

    def save(self, directory):
        self.vectorizer.vocabulary.save(directory / "vocabulary.json")

    def encode(self, records, progress):
        ids = self.vectorizer.encode(self.choices.data.input_texts(records), progress).ids
        targets = np.array([float(label) for label in records["label"]], np.float32)
        return Store({"text_ids": ids, "targets": targets, "content_ids": np.array(records.content_ids, "S32")})

    def batches(self, store, training):
        def gather(rows):
            ids = store.ragged("text_ids").gather(rows)
            return {"tokens": ids.values, "offsets": ids.offsets, "targets": store.flat("targets")[rows]}

        return Batches(
            examples=len(store),
            tokens=len(store.ragged("text_ids").values),
            signature=SIGNATURE,
            plan=lambda *, seed, epoch: plan.shuffled(len(store), training.batch_size, seed=seed, epoch=epoch),
            gather=gather,
            describe=lambda records, row: {"text": records["text"][row]},
        )

    def build(self, train):
        return self.choices.model.build(self.vectorizer.size)

    def loss(self, train, model, training):
        return SquaredError()

    def predictor(self, model):
        return RegressionPredictor(model, self.vectorizer)


def check(choices, training):
    if training.label_smoothing:
        yield ("training", "label_smoothing"), "numbers are not smoothed: leave out label_smoothing"


def fit(choices, train, progress):
    vectorizer = choices.vectorizer.with_output("multi_hot")
    return FittedRegression(choices, vectorizer.learn(choices.data.input_texts(train), progress))


def restore(choices, directory):
    vectorizer = choices.vectorizer.with_output("multi_hot")
    return FittedRegression(choices, vectorizer.restore(Vocabulary.load(directory / "vocabulary.json")))


register(
    Task(
        name="count_regression",
        registries=Registries(LABELLED_TEXTS, VECTORIZERS, REGRESSORS, METRICS),
        training=TrainingOptions,
        monitor="validation.loss",
        capabilities={"predict": 'seqlab predict {run} "a text"'},
        check=check,
        fit=fit,
        restore=restore,
    )
)
