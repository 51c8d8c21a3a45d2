"""The forward pass of a recurrent cell over time.

The Keras layer multiplies by the input kernel at every step. Here the inputs of all steps are projected before the
loop, in one product.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import tensorflow as tf

from seqlab.layers.rnn.cells import Cell, Tensors
from seqlab.layers.rnn.products import by_kernel, by_kernel_once


@dataclass(frozen=True)
class Unrolling:
    """What is unrolled over time, and how: a key of compiled functions."""

    cell: Cell
    reverse: bool
    """Whether time is read from the last step to the first."""
    return_sequences: bool
    """Whether the outputs of all steps are returned."""


class Weights(NamedTuple):
    """The weights of one direction in the shapes of the Keras layers."""

    recurrent: tf.Tensor
    """(units, gates · units) in the dtype of products"""
    bias: tf.Tensor
    """(gates · units,) float32; (2, gates · units) for a GRU"""
    kernel: tf.Tensor | None = None
    """(features, gates · units) in the dtype of products; None where the inputs are projected already"""

    @property
    def input_bias(self) -> tf.Tensor:
        """(gates · units,)"""
        return self.bias if len(self.bias.shape) == 1 else self.bias[0]

    @property
    def recurrent_bias(self) -> tf.Tensor | None:
        """(gates · units,): a GRU's second bias, which is multiplied by the reset gate."""
        return None if len(self.bias.shape) == 1 else self.bias[1]


def forward_steps(
    unrolling: Unrolling,
    inputs: tf.Tensor,
    mask: tf.Tensor | None,
    weights: Weights,
    states: Tensors,
    steps: tf.Tensor,
    *,
    saving: bool = True,
) -> tuple[tf.Tensor | None, Tensors, Tensors]:
    """The first `steps` steps in reading order.

    inputs: (batch, time, features); mask: (batch, time) bool or None; states: (batch, units) each, before the first
    step. Returns outputs (batch, time, units) or None, the states after the last step, and with `saving` what the
    gradients need: states after each step and activations, (time, batch, …) each in reading order.
    """
    cell, time, times_u = unrolling.cell, tf.shape(inputs)[1], by_kernel(weights.recurrent)
    z = time_major(unrolling, project(inputs, weights))  # (time, batch, gates · units)
    counts = None if mask is None else time_major(unrolling, mask[:, :, None])  # (time, batch, 1)
    projected = tf.TensorArray(tf.float32, time, clear_after_read=False, element_shape=z.shape[1:]).unstack(z)
    arrays = _arrays_to_save(unrolling, projected, time, (z.shape[1], weights.recurrent.shape[0]), saving=saving)
    shared = next((i for i, array in enumerate(arrays) if array is projected), None)

    def step(
        t: tf.Tensor, states: Tensors, arrays: tuple[tf.TensorArray, ...]
    ) -> tuple[tf.Tensor, Tensors, tuple[tf.TensorArray, ...]]:
        z_t = (projected if shared is None else arrays[shared]).read(t)  # (batch, gates · units)
        after, activations = cell.step(z_t, states, times_u, weights.recurrent_bias)
        if counts is not None:
            after = tuple(tf.where(counts[t], new, old) for new, old in zip(after, states, strict=True))
        values = zip(arrays, (*after, *activations)[: len(arrays)], strict=True)
        return t + 1, after, tuple(array.write(t, value) for array, value in values)

    variables = (tf.constant(0), tuple(states), arrays)
    _, final, arrays = tf.while_loop(lambda t, *_: t < steps, step, variables, parallel_iterations=1)
    saved = tuple(array.stack() for array in arrays)  # (time, batch, …) each
    if not unrolling.return_sequences:
        return None, final, saved
    outputs = saved[0] if counts is None else tf.where(counts, saved[0], 0.0)  # (time, batch, units)
    return batch_major(unrolling, outputs), final, saved


def _arrays_to_save(
    unrolling: Unrolling, projected: tf.TensorArray, time: tf.Tensor, shape: tuple[int | None, int], *, saving: bool
) -> tuple[tf.TensorArray, ...]:
    """An array over time for each state and activation to save, or for the outputs alone. shape: (batch, units).

    Gates overwrite the projections that they are computed from: one array less to allocate and to fill with zeros.
    """
    cell, (batch, units) = unrolling.cell, shape
    widths = [*[1] * cell.state_count, *cell.activation_widths] if saving else [1] * unrolling.return_sequences
    return tuple(
        projected if width == cell.gates > 1 else float_array(time, (batch, width * units)) for width in widths
    )


def single_step(
    unrolling: Unrolling, inputs: tf.Tensor, weights: Weights, states: Tensors
) -> tuple[tf.Tensor, Tensors]:
    """One step without a loop, which would cost as much again: inputs (batch, 1, features) → outputs (batch, 1, units),
    states (batch, units) each."""
    z = project(inputs[:, 0], weights)  # of three axes TensorFlow's gradient would hold a kernel for each row
    final, _ = unrolling.cell.step(z, tuple(states), by_kernel_once(weights.recurrent), weights.recurrent_bias)
    return final[0][:, None], final


def project(inputs: tf.Tensor, weights: Weights) -> tf.Tensor:
    """(…, features) → (…, gates · units) float32."""
    z = inputs if weights.kernel is None else tf.matmul(inputs, weights.kernel)
    return tf.cast(z, tf.float32) + weights.input_bias


def float_array(size: tf.Tensor | int, shape: tuple[int | None, ...] | tf.TensorShape) -> tf.TensorArray:
    return tf.TensorArray(tf.float32, size=size, element_shape=shape)


def time_major(unrolling: Unrolling, array: tf.Tensor) -> tf.Tensor:
    """(batch, time, n) → (time, batch, n) in reading order."""
    array = tf.transpose(array, [1, 0, 2])
    return tf.reverse(array, [0]) if unrolling.reverse else array


def batch_major(unrolling: Unrolling, array: tf.Tensor) -> tf.Tensor:
    """(time, batch, n) in reading order → (batch, time, n)."""
    return tf.transpose(tf.reverse(array, [0]) if unrolling.reverse else array, [1, 0, 2])
