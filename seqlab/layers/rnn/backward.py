"""The backward pass of a recurrent cell over time.

TensorFlow's gradient of the forward loop takes one small product per weight and step. Here the loop holds one product
and what depends on gradients; the gradients of the weights are one product each, after it.
"""

from __future__ import annotations

import tensorflow as tf

from seqlab.layers.rnn.cells import Tensors
from seqlab.layers.rnn.forward import Unrolling, Weights, batch_major, float_array, time_major
from seqlab.layers.rnn.products import by_transposed_kernel


def backward_steps(
    unrolling: Unrolling,
    saved: Tensors,
    initial: Tensors,
    grad_outputs: tf.Tensor | None,
    inputs: tf.Tensor,
    mask: tf.Tensor | None,
    weights: Weights,
    grad_final: Tensors,
    steps: tf.Tensor,
) -> tuple[tf.Tensor, Tensors, Tensors]:
    """Gradients of the inputs (batch, time, features), of the weights (0 for a kernel that is None) and of the states
    before the first step, (batch, units) each.

    saved: from `forward_steps`; initial and grad_final: the states before the first step, and the gradients of those
    after the last one, (batch, units) each; grad_outputs: (batch, time, units), or None where no outputs were returned.
    """
    cell = unrolling.cell
    after, activations = saved[: cell.state_count], saved[cell.state_count :]  # (time, batch, …) each
    before = tuple(tf.concat([first[None], each[:-1]], axis=0) for first, each in zip(initial, after, strict=True))
    derivatives = cell.derivatives(before, after, activations)
    counts = None if mask is None else time_major(unrolling, mask[:, :, None])  # (time, batch, 1)
    if grad_outputs is not None:
        grad_outputs = time_major(unrolling, grad_outputs)  # (time, batch, units)
        grad_outputs = grad_outputs if counts is None else tf.where(counts, grad_outputs, 0.0)
    grad_states, grad_initial = _backward_loop(
        unrolling, derivatives, grad_outputs, counts, weights, grad_final, steps, tf.shape(saved[0])[0]
    )
    if counts is not None:
        grad_states = tuple(tf.where(counts, each, 0.0) for each in grad_states)
    grad_product = cell.grad_product(grad_states, derivatives)  # (time, batch, gates · units)
    grad_z = batch_major(unrolling, cell.grad_inputs(grad_product, grad_states, derivatives))
    grad_inputs, grad_kernel = _grad_projection(grad_z, inputs, weights)
    grad_bias = tf.reduce_sum(grad_z, axis=[0, 1])  # (gates · units,)
    if weights.recurrent_bias is not None:
        grad_bias = tf.stack([grad_bias, tf.reduce_sum(grad_product, axis=[0, 1])])  # (2, gates · units)
    grad_recurrent = _sum_of_outer_products(before[0], grad_product)  # (units, gates · units)
    return grad_inputs, (grad_recurrent, grad_bias, grad_kernel), grad_initial


def _backward_loop(
    unrolling: Unrolling,
    derivatives: Tensors,
    grad_outputs: tf.Tensor | None,
    counts: tf.Tensor | None,
    weights: Weights,
    grad_final: Tensors,
    steps: tf.Tensor,
    time: tf.Tensor,
) -> tuple[Tensors, Tensors]:
    """`Cell.grad_states` of each step, (time, batch, units) each, and the gradients of the states before the first."""
    cell, times_u_transposed = unrolling.cell, by_transposed_kernel(weights.recurrent)

    def step(
        t: tf.Tensor, gradients: Tensors, arrays: tuple[tf.TensorArray, ...]
    ) -> tuple[tf.Tensor, Tensors, tuple[tf.TensorArray, ...]]:
        if grad_outputs is not None:
            gradients = (gradients[0] + grad_outputs[t], *gradients[1:])  # (batch, units) each
        at_t = tuple(each[t] for each in derivatives)
        grad_after = cell.grad_states(gradients, at_t)
        grad_h = times_u_transposed(cell.grad_product(grad_after, at_t))  # (batch, units)
        grad_before = cell.grad_previous_states(grad_h, grad_after, at_t)
        if counts is not None:
            grad_before = tuple(tf.where(counts[t], new, old) for new, old in zip(grad_before, gradients, strict=True))
        values = zip(arrays, grad_after, strict=True)
        return t - 1, grad_before, tuple(array.write(t, each) for array, each in values)

    arrays = tuple(float_array(time, each.shape) for each in grad_final)
    variables = (steps - 1, tuple(grad_final), arrays)
    _, grad_initial, arrays = tf.while_loop(lambda t, *_: t >= 0, step, variables, parallel_iterations=1)
    return tuple(array.stack() for array in arrays), grad_initial


def _grad_projection(grad_z: tf.Tensor, inputs: tf.Tensor, weights: Weights) -> tuple[tf.Tensor, tf.Tensor]:
    """Gradients of the inputs (batch, time, features) and of the kernel (features, gates · units), or 0 for None.

    grad_z: (batch, time, gates · units), of the projected inputs.
    """
    if weights.kernel is None:
        return grad_z, tf.constant(0.0)
    grad_inputs = tf.matmul(tf.cast(grad_z, inputs.dtype), weights.kernel, transpose_b=True)
    return grad_inputs, _sum_of_outer_products(tf.cast(inputs, tf.float32), grad_z)


def _sum_of_outer_products(a: tf.Tensor, b: tf.Tensor) -> tf.Tensor:
    """Σ aᵀ · b over the first two axes: (…, …, n), (…, …, m) → (n, m)."""
    return tf.matmul(tf.reshape(a, [-1, a.shape[-1]]), tf.reshape(b, [-1, b.shape[-1]]), transpose_a=True)
