"""The loop against Keras' own training step, and at its edges."""

import json
from dataclasses import replace
from typing import Any, NamedTuple

import keras
import numpy as np
import pytest
import tensorflow as tf
from closeness import assert_close

from seqlab.data.batching.pipeline import batches
from seqlab.errors import DivergedError, RequestError, Stopped
from seqlab.interruption import Interruption
from seqlab.progress import SILENT
from seqlab.training import loop
from seqlab.training.callbacks import DisplayCallbacks
from seqlab.training.early_stopping import BestEpoch
from seqlab.training.loop import EpochData, Trainer
from seqlab.training.optimizers.build import build_optimizer
from seqlab.training.state import TrainingState
from seqlab.training.train_step import as_tensors, compile_steps

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


def data(x=X, y=Y, plan=PLAN):
    return EpochData(batches(plan, lambda rows: {"x": x[rows], "y": y[rows]}, SIGNATURE), len(plan), len(x), len(x))


class Named(NamedTuple):
    name: str
    options: dict[str, Any]


def rest(step):
    """The epoch from a step on."""
    return replace(data(plan=PLAN[step:]), steps=len(PLAN))


def optimizer(name="sgd", rate=0.05, clip=None, schedule=None, **options):
    return build_optimizer(
        Named(name, options), learning_rate=rate, schedule=schedule, clip_norm=clip, devices=1, steps=200
    )


def trainer(model, built, *, epochs=3, patience=None, data_of=lambda _, step: rest(step), stop=None):
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
    )


def train(model, built, *, monitor="train.loss", validate=lambda: {"loss": 0.0}, position=None, **options):
    callbacks = Callbacks()
    end = trainer(model, built, **options).fit(position or TrainingState(BestEpoch(monitor)), callbacks, validate)
    return end, callbacks


@pytest.mark.parametrize("name", ["sgd", "rmsprop", "adam", "nadam"])
def test_equals_keras_train_on_batch(name):
    ours, theirs = linear(), linear()
    train(ours, optimizer(name))
    theirs.compile(optimizer=type(keras.optimizers.get(name))(0.05), loss="mse")
    for _ in range(3):
        for rows in PLAN:
            theirs.train_on_batch({"x": X[rows]}, Y[rows])
    for mine, other in zip(ours.get_weights(), theirs.get_weights(), strict=True):
        assert_close(mine, other)


def test_the_mean_is_over_examples_not_over_batches():
    _, callbacks = train(linear(), optimizer(rate=1e-12), epochs=1)
    assert callbacks.lines[0]["train.loss"] == pytest.approx(
        float(np.mean((X.sum(axis=1, keepdims=True) - Y) ** 2)), rel=1e-5
    )


def test_one_trace_for_batches_of_all_sizes_and_all_epochs():
    model, built = linear(), optimizer()
    built.build(model.trainable_variables)
    steps = compile_steps(model, built, SquaredError(), jit_compile=False)
    for count in (2, 7, 1):
        steps(iter(data().batches), tf.constant(count), as_tensors(("loss",), {}))
    assert steps.experimental_get_tracing_count() == 1


def test_the_global_norm_is_clipped():
    model = linear()
    before = [w.copy() for w in model.get_weights()]
    train(model, optimizer("sgd", 1.0, clip=0.01), epochs=1, data_of=lambda *_: data(plan=PLAN[:1]))
    moved = np.concatenate([(a - b).ravel() for a, b in zip(model.get_weights(), before, strict=True)])
    assert np.linalg.norm(moved) == pytest.approx(0.01, rel=1e-4)


@pytest.mark.parametrize("poison", [np.nan, np.inf, 1e30])
def test_a_loss_that_is_not_finite_stops_before_the_weights_are_touched(poison):
    bad = X.copy()
    bad[30] = poison  # in the fourth batch; the square of 1e30 overflows
    model, reference = linear(), linear()
    with pytest.raises(DivergedError, match="at step 4; the last finite weights are kept"):
        train(model, optimizer(), data_of=lambda *_: data(x=bad))
    train(reference, optimizer(), epochs=1, data_of=lambda *_: data(plan=PLAN[:3]))
    for mine, other in zip(model.get_weights(), reference.get_weights(), strict=True):
        assert_close(mine, other)


@pytest.mark.parametrize("odd", [np.nan, np.inf])
def test_a_validation_figure_that_is_not_finite_is_no_best_and_ends_training(odd):
    values = iter([3.0, odd])
    with pytest.raises(DivergedError, match=r"validation\.loss is not a finite number after epoch 2; the last finite"):
        train(linear(), optimizer(), monitor="validation.loss", validate=lambda: {"loss": next(values)})


def test_weights_are_kept_at_each_best_epoch_and_patience_stops():
    values = iter([3.0, 2.0, 2.5, 2.4, 1.0])
    end, callbacks = train(
        linear(), optimizer(), epochs=5, monitor="validation.loss", patience=2, validate=lambda: {"loss": next(values)}
    )
    assert callbacks.bests == [1, 2]
    assert (end.best.epoch, end.epoch, len(callbacks.lines)) == (2, 5, 4)


def test_a_monitor_that_does_not_exist_names_those_that_do():
    with pytest.raises(RequestError, match=r"no metric 'validation.acc'; there are train.loss, validation.loss"):
        train(linear(), optimizer(), monitor="validation.acc")


def test_calls_grow_to_half_a_second():
    assert loop._next_call(1, 0.001) == 4
    assert loop._next_call(100, 1.0) == 50
    assert loop._next_call(1, 30.0) == 1


def test_a_value_that_keras_refuses():
    with pytest.raises(RequestError, match=r"training\.optimizer: Keras' SGD refuses its options"):
        optimizer("sgd", momentum=7.0)


def test_a_schedule_lasts_the_whole_training():
    rate = optimizer("adam", 0.1, schedule=Named("cosine_decay", {}))._learning_rate
    assert [float(rate(step)) for step in (0, 100, 200)] == pytest.approx([0.1, 0.05, 0.0], abs=1e-6)


def test_options_of_a_schedule_come_first():
    rate = optimizer("adam", 0.1, schedule=Named("exponential_decay", {"decay_steps": 10, "decay_rate": 0.5}))
    assert float(rate._learning_rate(20)) == pytest.approx(0.025)


def test_how_steps_are_cut_into_calls_leaves_no_trace(monkeypatch):
    figures = []
    for seconds in (1e-9, 10.0):  # one step a call; all steps in few calls
        monkeypatch.setattr(loop, "SECONDS_PER_CALL", seconds)
        _, callbacks = train(linear(), optimizer("adam"))
        figures.append([line["train.loss"] for line in callbacks.lines])
    assert figures[0] == figures[1]


@pytest.mark.parametrize("name", ["sgd", "adam"])
@pytest.mark.parametrize("step", [1, 4, 7, 8, 9, 13])
def test_stopped_at_any_step_and_resumed_equals_not_stopped(monkeypatch, name, step):
    monkeypatch.setattr(loop, "SECONDS_PER_CALL", 1e-9)
    whole, built = linear(), optimizer(name)
    end, kept = train(whole, built, epochs=2)

    model, built = linear(), optimizer(name)
    stop, callbacks = Interruption(), Callbacks()

    def ask(position):
        if position.step == step - 1:
            stop._requested = Stopped("SIGTERM", 75)

    callbacks.__dict__["on_call_end"] = ask
    if step == 1:
        ask(TrainingState(BestEpoch("train.loss")))
    with pytest.raises(Stopped):
        trainer(model, built, epochs=2, stop=stop).fit(
            TrainingState(BestEpoch("train.loss")), callbacks, lambda: {"loss": 0.0}
        )
    position = TrainingState.from_json(json.loads(json.dumps(callbacks.saved[-1].to_json())))
    # Asked for between an epoch's last step and its validation, it stops there.
    assert position.step == (7 if step == 8 else step)
    resumed, again = train(model, built, epochs=2, position=position)
    for mine, other in zip(model.get_weights(), whole.get_weights(), strict=True):
        np.testing.assert_array_equal(mine, other)
    assert again.lines[-1]["train.loss"] == kept.lines[-1]["train.loss"]
    assert (resumed.best, resumed.step) == (end.best, end.step)
