"""One step of each cell by its equations, and its gradients against TensorFlow's."""

import numpy as np
import pytest
import tensorflow as tf
from closeness import assert_close
from random_tensors import normal

from seqlab.layers.rnn.cells import CELLS
from seqlab.layers.rnn.products import by_kernel_once

UNITS = 3


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def by_hand(name, z, states, kernel, bias):
    """The states after a step, as the papers write it. Gates as Keras orders them."""
    h = states[0]
    if name == "simple_rnn":
        return (np.tanh(z + h @ kernel),)
    if name == "lstm":
        i, f, g, o = np.split(z + h @ kernel, 4, axis=-1)
        c = sigmoid(f) * states[1] + sigmoid(i) * np.tanh(g)
        return sigmoid(o) * np.tanh(c), c
    inner = h @ kernel + bias
    z_u, z_r, z_h = np.split(z, 3, axis=-1)
    in_u, in_r, in_h = np.split(inner, 3, axis=-1)
    update = sigmoid(z_u + in_u)
    return (update * h + (1 - update) * np.tanh(z_h + sigmoid(z_r + in_r) * in_h),)


@pytest.mark.parametrize("name", CELLS)
def test_a_step_is_that_of_the_papers(name):
    cell = CELLS[name]
    states = tuple(normal(2, UNITS, seed=seed) for seed in range(cell.state_count))
    z, kernel = normal(2, cell.gates * UNITS, seed=5), normal(UNITS, cell.gates * UNITS, seed=6)
    bias = normal(cell.gates * UNITS, seed=7) if name == "gru" else None
    after, activations = cell.step(z, states, by_kernel_once(kernel), bias)
    expected = by_hand(
        name, *(np.asarray(each) for each in (z, states, kernel)), None if bias is None else bias.numpy()
    )
    for ours, theirs in zip(after, expected, strict=True):
        assert_close(ours, theirs)
    assert [each.shape[-1] for each in activations] == [width * UNITS for width in cell.activation_widths]


@pytest.mark.parametrize("name", CELLS)
def test_gradients_of_a_step_are_those_of_tensorflow(name):
    cell = CELLS[name]
    states = tuple(normal(2, UNITS, seed=seed) for seed in range(cell.state_count))
    z, kernel = normal(2, cell.gates * UNITS, seed=5), normal(UNITS, cell.gates * UNITS, seed=6)
    bias = normal(cell.gates * UNITS, seed=7) if name == "gru" else None
    grad_after = tuple(normal(2, UNITS, seed=20 + number) for number in range(cell.state_count))
    with tf.GradientTape() as tape:
        tape.watch([z, *states])
        after, activations = cell.step(z, states, by_kernel_once(kernel), bias)
        loss = tf.add_n([tf.reduce_sum(a * g) for a, g in zip(after, grad_after, strict=True)])
    expected = tape.gradient(loss, [z, *states])
    derivatives = cell.derivatives(states, after, activations)
    grad_states = cell.grad_states(grad_after, derivatives)
    grad_product = cell.grad_product(grad_states, derivatives)
    through = grad_product @ tf.transpose(kernel)
    ours = [cell.grad_inputs(grad_product, grad_states, derivatives)]
    ours += cell.grad_previous_states(through, grad_states, derivatives)
    for mine, theirs in zip(ours, expected, strict=True):
        assert_close(mine, theirs)
