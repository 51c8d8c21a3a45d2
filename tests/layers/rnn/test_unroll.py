"""Unrolling in chunks: edges, repeats, single steps, halves of a batch, several devices."""

import subprocess
import sys

import keras
import numpy as np
import pytest
import tensorflow as tf
from closeness import assert_close
from keras_twins import assert_like_keras, built, force, right_padded, with_gradients
from random_tensors import normal

from seqlab.layers.rnn import unroll
from seqlab.layers.rnn.cells import CELLS
from seqlab.layers.rnn.forward import Unrolling, Weights
from seqlab.layers.rnn.time_chunks import CHUNK

each_cell = pytest.mark.parametrize("cell", CELLS)


@pytest.mark.slow
@pytest.mark.parametrize("time", [1, CHUNK - 1, CHUNK, CHUNK + 1])
def test_results_at_the_edge_of_a_chunk(monkeypatch, time):
    force(monkeypatch, "compiled")
    assert_like_keras("gru", bidirectional=True, time=time, lengths=[time, max(1, time - 1), 1])


@pytest.fixture
def _deterministic():
    from tensorflow.python.framework import config

    before = config.is_op_determinism_enabled()
    tf.config.experimental.enable_op_determinism()
    yield
    if not before:
        config.disable_op_determinism()


@pytest.mark.slow
@pytest.mark.usefixtures("_deterministic")
@pytest.mark.parametrize("unrolled", ["plain", "compiled"])
def test_repeats_are_equal_to_the_last_bit(monkeypatch, unrolled):
    force(monkeypatch, unrolled)
    layer = built("gru", 5, 4, bidirectional=True, return_sequences=True)
    x, mask = normal(3, 70, 4), right_padded([70, 5, 65], 70)
    variables = [v.value for v in layer.trainable_variables]
    runs = [with_gradients(lambda x, _: layer(x, mask=mask, training=True), x, [], variables) for _ in range(3)]
    for run in runs[1:]:
        for a, b in zip(runs[0], run, strict=True):
            np.testing.assert_array_equal(a, b)


def training_function(layer, optimizer):
    @tf.function
    def update(x):
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(tf.square(layer(x, training=True)))
        variables = layer.trainable_variables
        optimizer.apply(tape.gradient(loss, [v.value for v in variables]), variables)
        return loss

    @tf.function
    def many(x, steps):
        loss = tf.constant(0.0)
        while steps > 0:
            loss = update(x)
            steps -= 1
        return loss

    return many


@pytest.mark.slow
def test_trains_inside_a_loop_of_a_compiled_function():
    layer = built("lstm", 4, 3, return_sequences=True)
    train = training_function(layer, keras.optimizers.SGD(0.5))
    first, last = train(normal(2, 9, 3), tf.constant(1)), train(normal(2, 9, 3), tf.constant(40))
    assert float(last) < 0.5 * float(first)


TWO_DEVICES = """
import keras, numpy as np, tensorflow as tf
cpu = tf.config.list_physical_devices("CPU")[0]
tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * 2)
from seqlab.layers.rnn import Recurrent

strategy = tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"])
with strategy.scope():
    layers = [Recurrent("gru", 4, return_sequences=True), Recurrent("gru", 4, bidirectional=True, vocabulary_size=9)]
    layers[0].build((None, None, 3))
    layers[1].build((None, None))
x = tf.constant(np.random.default_rng(0).normal(size=(4, 70, 3)), tf.float32)
ids = tf.constant([[1, 2, 3], [4, 5, 6], [7, 8, 1], [2, 3, 4]])
assert strategy.num_replicas_in_sync == 2


def gradients(x, ids):
    with tf.GradientTape() as tape:
        loss = sum(tf.reduce_sum(tf.square(layer(each, training=True))) for layer, each in zip(layers, (x, ids)))
    first, second = tape.gradient(loss, [layers[0].directions[0].kernel.value, layers[1].directions[1].kernel.value])
    return first, tf.convert_to_tensor(second)


def halves(whole):
    parts = iter([whole[:2], whole[2:]])
    return strategy.experimental_distribute_values_from_function(lambda _: next(parts))


@tf.function
def summed(x, ids):
    each = strategy.run(gradients, args=(x, ids))
    return [strategy.reduce("SUM", gradient, axis=None) for gradient in each]


for a, b in zip(summed(halves(x), halves(ids)), tf.function(gradients)(x, ids)):
    b = tf.convert_to_tensor(b).numpy()
    np.testing.assert_allclose(a, b, rtol=0, atol=2e-5 * np.abs(b).max())
print("equal")
"""


@pytest.mark.slow
@pytest.mark.process
def test_two_devices_under_a_mirrored_strategy():
    """Two halves of a batch on two logical devices have the gradients of the whole."""
    done = subprocess.run([sys.executable, "-c", TWO_DEVICES], capture_output=True, text=True, check=False)
    assert done.stdout.strip().endswith("equal"), done.stderr[-2000:]


@pytest.mark.parametrize("cell", CELLS)
def test_a_single_step_equals_the_loop_over_one(cell):
    """Generating goes step by step: there is no loop for one, and the results are those of the loop."""
    layer = built(cell, 3, 4, return_sequences=True, return_state=True)
    inputs, states = normal(2, 1, 4), (tuple(normal(2, 3, seed=n) for n in range(CELLS[cell].state_count)),)

    @tf.function
    def step(inputs):
        return layer(inputs, initial_state=states, training=False)

    @tf.function(input_signature=[tf.TensorSpec((2, None, 4))])
    def loop(inputs):
        return layer(inputs, initial_state=states, training=False)

    for ours, looped in zip(tf.nest.flatten(step(inputs)), tf.nest.flatten(loop(inputs)), strict=True):
        assert_close(ours, looped)
    loops = [
        sum("While" in node.type for node in f.get_concrete_function(inputs).graph.get_operations())
        for f in (step, loop)
    ]
    assert (loops[0], loops[1] > 0) == (0, True)


@pytest.mark.slow
@pytest.mark.parametrize("batch", [1, 2, 5])
@pytest.mark.parametrize("unrolled", [unroll.unroll_plain, unroll.unroll_compiled])
@each_cell
def test_halves_are_the_whole(cell, unrolled, batch):
    """Outputs, states and gradients, with a mask, also of a batch that has no halves or unequal ones."""
    layer = built(cell, 3, 4)
    direction = layer.directions[0]
    weights = Weights(
        *(tf.convert_to_tensor(v) for v in (direction.recurrent_kernel, direction.bias, direction.kernel))
    )
    inputs, states = normal(batch, 6, 4), tuple(normal(batch, 3, seed=n) for n in range(CELLS[cell].state_count))
    mask = right_padded([6, 2, 5, 1, 4][:batch], 6)
    results = []
    for function in (unrolled, unroll.in_batch_halves(unrolled)):
        with tf.GradientTape() as tape:
            tape.watch([inputs, *states, *weights])
            outputs, final = function(Unrolling(CELLS[cell], False, True), inputs, mask, weights, states)
            loss = tf.reduce_sum(outputs * normal(*outputs.shape, seed=5)) + tf.add_n(
                [tf.reduce_sum(x**2) for x in final]
            )
        results.append([outputs, *final, *tape.gradient(loss, [inputs, *states, *weights])])
    for whole, halves in zip(*results, strict=True):
        assert_close(whole, halves)
