"""A linear model, its data and its training: small enough to compare with Keras by hand."""

from dataclasses import replace
from typing import Any, NamedTuple

import keras
import numpy as np
import tensorflow as tf

from seqlab.data.batching.pipeline import batches
from seqlab.interruption import Interruption
from seqlab.progress import SILENT
from seqlab.training.callbacks import DisplayCallbacks
from seqlab.training.early_stopping import BestEpoch
from seqlab.training.loop import EpochData, Trainer
from seqlab.training.optimizers.build import build_optimizer
from seqlab.training.state import TrainingState


class Named(NamedTuple):
    name: str
    options: dict[str, Any]


def optimizer(name="sgd", rate=0.05, clip=None, schedule=None, **options):
    return build_optimizer(
        Named(name, options), learning_rate=rate, schedule=schedule, clip_norm=clip, devices=1, steps=200
    )


RNG = np.random.default_rng(0)
X = RNG.normal(size=(50, 4)).astype(np.float32)
Y = (X @ np.array([1.0, -2.0, 0.5, 0.0], np.float32))[:, None] + 0.3
SIGNATURE = {"x": ("float32", (None, 4)), "y": ("float32", (None, 1))}
PLAN = [np.arange(start, min(start + 8, 50)) for start in range(0, 50, 8)]  # the last batch has 2 rows


def linear():
    x = keras.Input((4,), name="x")
    return keras.Model({"x": x}, keras.layers.Dense(1, kernel_initializer="ones")(x))


class SquaredError:
    metric_names = ("loss",)
    variables = ()

    def begin_epoch(self):
        pass

    def __call__(self, model, batch):
        errors = tf.square(model({"x": batch["x"]}, training=True) - batch["y"])
        return {"loss": (tf.reduce_sum(errors), tf.cast(tf.size(errors), tf.float32))}


class Callbacks(DisplayCallbacks):
    """Remembers what it was told."""

    def __init__(self):
        super().__init__(SILENT)
        vars(self).update(lines=[], bests=[], saved=[], calls=[])

    def on_epoch_metrics(self, metrics):
        self.lines.append(metrics)
        return len(self.lines)

    def on_new_best(self):
        self.bests.append(len(self.lines) + 1)

    def on_call_end(self, state):
        self.calls.append(state)

    def on_stop(self, state):
        self.saved.append(state)


def data(x=X, y=Y, plan=PLAN, parts=1):
    given = batches(plan, lambda rows: {"x": x[rows], "y": y[rows]}, SIGNATURE, parts=parts)
    return EpochData(given, len(plan), len(x), len(x))


def rest(step, parts=1):
    """The epoch from a step on."""
    return replace(data(plan=PLAN[step:], parts=parts), steps=len(PLAN))


def trainer(
    model, built, *, epochs=3, patience=None, data_of=lambda _, step, parts: rest(step, parts), stop=None, accumulate=1
):
    built.build(model.trainable_variables)
    return Trainer(
        model,
        built,
        SquaredError(),
        data_of,
        SILENT,
        stop or Interruption(),
        epochs=epochs,
        patience=patience,
        jit_compile=False,
        accumulate=accumulate,
    )


def train(model, built, *, monitor="train.loss", validate=lambda: {"loss": 0.0}, position=None, **options):
    callbacks = Callbacks()
    end = trainer(model, built, **options).fit(position or TrainingState(BestEpoch(monitor)), callbacks, validate)
    return end, callbacks
