"""A batch that is computed in parts is the batch computed as a whole; and takes less memory."""

import subprocess
import sys

import keras
import numpy as np
import pytest
import tensorflow as tf
from closeness import assert_close
from small_training import PLAN, SIGNATURE, SquaredError, X, data, linear, optimizer, train

from seqlab.data.batching.pipeline import batches
from seqlab.errors import DivergedError
from seqlab.training.accumulation import GradientSums
from seqlab.training.optimizers import row_updates
from seqlab.training.train_step import as_tensors, compile_steps

PARTS = [2, 3, 4]
ROWS, UNITS = 60, 5


def assert_same_weights(model, reference):
    for mine, other in zip(model.get_weights(), reference.get_weights(), strict=True):
        assert_close(mine, other)


@pytest.mark.parametrize("parts", PARTS)
@pytest.mark.parametrize("name", ["sgd", "adam", "rmsprop"])
def test_the_weights_are_those_of_whole_batches(name, parts):
    """Batches of 8 in 3 parts have parts of 3, 3 and 2 rows; the last batch has 2 rows, so no more than 2 parts."""
    model, reference = linear(), linear()
    end, callbacks = train(model, optimizer(name, clip=0.5), accumulate=parts)
    expected, whole = train(reference, optimizer(name, clip=0.5))
    assert_same_weights(model, reference)
    assert end.step == expected.step == 3 * len(PLAN)
    for line, other in zip(callbacks.lines, whole.lines, strict=True):
        assert line["train.loss"] == pytest.approx(other["train.loss"], rel=1e-6)


def test_the_steps_of_a_gpu_are_those_of_a_cpu(simulated_gpu, monkeypatch):
    model, reference = linear(), linear()
    train(model, optimizer("rmsprop"), accumulate=3)
    monkeypatch.undo()
    train(reference, optimizer("rmsprop"), accumulate=3)
    for mine, other in zip(model.get_weights(), reference.get_weights(), strict=True):
        np.testing.assert_array_equal(mine, other)


@pytest.mark.parametrize("jit_compile", [False, True])
def test_one_trace_and_no_matter_how_steps_are_divided_into_calls(jit_compile):
    model, reference = linear(), linear()
    built = optimizer("adam")
    built.build(model.trainable_variables)
    steps = compile_steps(model, built, SquaredError(), jit_compile=jit_compile, accumulate=3)
    given, totals = iter(data(parts=3).batches), as_tensors(("loss",), {})
    for count in (2, 4, 1):
        done, totals = steps(given, tf.constant(count), totals)
        assert int(done) == count
    assert steps.experimental_get_tracing_count() == 1
    _, whole = train(reference, optimizer("adam"), epochs=1)
    assert_same_weights(model, reference)
    assert float(totals["loss"][0] / totals["loss"][1]) == pytest.approx(whole.lines[0]["train.loss"], rel=1e-6)


@pytest.mark.parametrize("poison", [np.nan, 1e30])
@pytest.mark.parametrize("on_gpu", [False, True])
def test_one_part_that_is_not_finite_stops_before_the_weights_are_touched(request, poison, on_gpu):
    if on_gpu:
        request.getfixturevalue("simulated_gpu")
    bad = X.copy()
    bad[30] = poison  # in the last part of the fourth batch
    model, reference = linear(), linear()
    with pytest.raises(DivergedError, match="at step 4; the last finite weights are kept"):
        train(model, optimizer(), data_of=lambda *_: data(x=bad, parts=3), accumulate=3)
    train(reference, optimizer(), epochs=1, data_of=lambda *_: data(plan=PLAN[:3]))
    assert_same_weights(model, reference)


class Weighted(SquaredError):
    """A weight for each row; those of a whole part can be zero."""

    def __init__(self, weights):
        self.weights = tf.constant(weights, tf.float32)

    def __call__(self, model, batch):
        weights = tf.gather(self.weights, tf.cast(batch["y"][:, 0], tf.int32))[:, None]
        errors = weights * tf.square(model({"x": batch["x"]}, training=True) - 1)
        return {"loss": (tf.reduce_sum(errors), tf.reduce_sum(weights))}


def after_a_step(loss, parts, rows=6):
    model, built = linear(), optimizer("sgd")
    built.build(model.trainable_variables)
    steps = compile_steps(model, built, loss, jit_compile=False, accumulate=parts)
    numbers = np.arange(rows, dtype=np.float32)[:, None]
    given = batches([np.arange(rows)], lambda of: {"x": X[of], "y": numbers[of]}, SIGNATURE, parts=parts)
    done, totals = steps(iter(given), tf.constant(1), as_tensors(("loss",), {}))
    assert int(done) == 1
    return model, [float(value) for value in totals["loss"]]


@pytest.mark.parametrize("weights", [[1, 2, 3, 4, 5, 6], [0, 0, 0, 0, 7, 0], [0, 0, 1, 1, 0, 0]])
def test_parts_of_other_weight_count_as_much_as_they_have(weights):
    """Parts of 2 rows; of some of them nothing counts, and their mean would be 0 / 0."""
    model, sums = after_a_step(Weighted(weights), parts=3)
    reference, whole = after_a_step(Weighted(weights), parts=1)
    assert_same_weights(model, reference)
    assert sums == pytest.approx(whole)
    errors = (X[:6].sum(axis=1) - 1) ** 2
    assert sums == pytest.approx([float(np.dot(weights, errors)), float(sum(weights))], rel=1e-5)


def reader(*, tied):
    """Looks up rows of a large table; the logits of a tied one use all of them."""
    tokens = keras.Input((None,), dtype="int32", name="tokens")
    start = np.random.default_rng(1).normal(size=(ROWS, UNITS)).astype(np.float32)
    table = keras.layers.Embedding(ROWS, UNITS, embeddings_initializer=lambda *_, **__: start)
    hidden = table(tokens)
    logits = keras.layers.Lambda(lambda h: tf.matmul(h, table.embeddings.value, transpose_b=True))(hidden)
    return keras.Model({"tokens": tokens}, logits if tied else hidden)


class Squares(SquaredError):
    def __call__(self, model, batch):
        """As many terms as tokens that are not 0: other counts in each part."""
        mask = tf.cast(batch["tokens"] != 0, tf.float32)
        values = tf.reduce_sum(tf.square(model({"tokens": batch["tokens"]}, training=True) - 1), axis=-1)
        return {"loss": (tf.reduce_sum(mask * values), tf.reduce_sum(mask))}


def table_after(name, parts, *, tied):
    model, built = reader(tied=tied), optimizer(name, 0.01)
    built.build(model.trainable_variables)
    steps = compile_steps(model, built, Squares(), jit_compile=False, accumulate=parts)
    # Few rows, more than a third of all, rows that come again in another part and in another batch.
    random = np.random.default_rng(0)
    tokens = np.concatenate([random.integers(0, high, (8, 6)) for high in (4, ROWS, 8)]).astype(np.int32)
    tokens[1, 1:] = 0
    plan = [np.arange(start, start + 8) for start in (0, 8, 16)] * 2
    signature = {"tokens": ("int32", (None, None))}
    given = batches(plan, lambda rows: {"tokens": tokens[rows]}, signature, parts=parts)
    done, _ = steps(iter(given), tf.constant(6), as_tensors(("loss",), {}))
    assert int(done) == 6
    return model.trainable_variables[0].numpy()


@pytest.mark.parametrize(
    ("name", "tied"), [("sgd", False), ("adagrad", False), ("rmsprop", False), ("adam", False), ("rmsprop", True)]
)
def test_tables_that_are_updated_by_rows(monkeypatch, name, tied):
    """Adam updates all rows at every step; of a tied table every row has a gradient."""
    monkeypatch.setattr(row_updates, "LARGE", ROWS * UNITS)
    in_parts, whole = table_after(name, 3, tied=tied), table_after(name, 1, tied=tied)
    assert_close(in_parts, whole)


def test_rows_are_added_to_rows_and_a_table_is_not_made_dense():
    variable = tf.Variable(tf.zeros((100, 2)))
    sums = GradientSums([variable], [True])
    total = sums.zeros
    for ids in ([3, 7], [7, 9]):
        total = sums.add(total, [tf.IndexedSlices(tf.ones((2, 2)), tf.constant(ids), (100, 2))], tf.constant(3.0))
    ((numbers, values),) = total
    assert dict(zip(numbers.numpy().tolist(), values.numpy()[:, 0].tolist(), strict=True)) == {3: 3, 7: 6, 9: 3}
    (mean,) = sums.means(total, tf.constant(6.0))
    assert tf.convert_to_tensor(mean).numpy()[[3, 7, 9, 0], 1].tolist() == [0.5, 1, 0.5, 0]


MEASURED = """
import keras, numpy as np, tensorflow as tf
from seqlab.data.batching.pipeline import batches
from seqlab.runtime import memory_peak_mb
from seqlab.training.train_step import as_tensors, compile_steps

class Loss:
    metric_names = ("loss",)
    def __call__(self, model, batch):
        errors = tf.square(model({"x": batch["x"]}, training=True))
        return {"loss": (tf.reduce_sum(errors), tf.cast(tf.size(errors), tf.float32))}

def peak(parts, rows):
    given = hidden = keras.Input((16,), name="x")
    for _ in range(6):
        hidden = keras.layers.Dense(512, activation="tanh")(hidden)
    model, built = keras.Model({"x": given}, keras.layers.Dense(1)(hidden)), keras.optimizers.SGD(0.01)
    built.build(model.trainable_variables)
    steps = compile_steps(model, built, Loss(), jit_compile=False, accumulate=parts)
    gather = lambda numbers: {"x": np.ones((len(numbers), 16), np.float32)}
    data = batches([np.arange(rows)], gather, {"x": ("float32", (None, 16))}, parts=parts)
    steps(iter(data), tf.constant(1), as_tensors(("loss",), {}))
    return memory_peak_mb()

before = peak(8, 8)
print(peak(8, 8192) - before, peak(1, 8192) - before)
"""
"""The peak of a process never falls: the cheaper way first. Activations of 8,192 rows are 100 MB, weights 5 MB."""


@pytest.mark.process
@pytest.mark.skipif(sys.platform == "win32", reason="no peak of memory is told")
def test_the_peak_memory_of_a_step_falls():
    done = subprocess.run(
        [sys.executable, "-c", MEASURED], capture_output=True, text=True, encoding="utf-8", check=True
    )
    in_parts, whole = map(float, done.stdout.split())
    assert in_parts < whole / 2
