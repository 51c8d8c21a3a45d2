"""The compiled training step against Keras' own, and at its edges."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from closeness import assert_close
from small_training import PLAN, SquaredError, X, Y, data, linear, optimizer, train

from seqlab.errors import DivergedError
from seqlab.training.train_step import as_tensors, compile_steps


@pytest.mark.slow
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
@pytest.mark.parametrize("on_gpu", [False, True])
def test_a_loss_that_is_not_finite_stops_before_the_weights_are_touched(request, poison, on_gpu):
    """On a GPU the fifth step is computed before the host knows of the fourth, and taken back."""
    if on_gpu:
        request.getfixturevalue("simulated_gpu")
    bad = X.copy()
    bad[30] = poison  # in the fourth batch; the square of 1e30 overflows
    model, reference = linear(), linear()
    with pytest.raises(DivergedError, match="at step 4; the last finite weights are kept"):
        train(model, optimizer(), data_of=lambda *_: data(x=bad))
    train(reference, optimizer(), epochs=1, data_of=lambda *_: data(plan=PLAN[:3]))
    for mine, other in zip(model.get_weights(), reference.get_weights(), strict=True):
        assert_close(mine, other)


@pytest.mark.parametrize("name", ["sgd", "rmsprop", "nadam"])
def test_the_steps_of_a_gpu_are_those_of_a_cpu(simulated_gpu, monkeypatch, name):
    model, reference = linear(), linear()
    train(model, optimizer(name))
    monkeypatch.undo()
    train(reference, optimizer(name))
    for mine, other in zip(model.get_weights(), reference.get_weights(), strict=True):
        np.testing.assert_array_equal(mine, other)
