"""Forward and backward pass in time chunks that XLA compiles: once per batch size, for texts of every length."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import tensorflow as tf

from seqlab.layers.rnn.backward import backward_steps
from seqlab.layers.rnn.cells import Tensors
from seqlab.layers.rnn.forward import Unrolling, Weights, forward_steps
from seqlab.layers.rnn.time_chunks import Shape, TimeChunks

Saved = tuple[TimeChunks, tuple[tf.TensorArray, ...]]
"""The chunks, and arrays over chunks of what `forward_steps` saves and of the states before each chunk."""


def forward_in_chunks(
    unrolling: Unrolling, inputs: tf.Tensor, mask: tf.Tensor | None, weights: Weights, states: Tensors
) -> tuple[tf.Tensor | None, Tensors, Saved]:
    """Outputs (batch, time, units) or None, final states (batch, units) each, and what the backward pass needs.

    inputs: (batch, time, features); mask: (batch, time) bool or None; states: (batch, units) each.
    """
    cell, units = unrolling.cell, weights.recurrent.shape[0]
    chunks = TimeChunks(tf.shape(inputs)[1], unrolling.reverse)

    def chunk(index: tf.Tensor, states: Tensors) -> tuple[Tensors, Tensors]:
        inputs_of = chunks.cut(inputs, index)  # (batch, size, features)
        mask_of = None if mask is None else chunks.cut(mask, index)  # (batch, size)
        forward = _compiled(forward_steps, unrolling)
        outputs, final, saved = forward(inputs_of, mask_of, weights, states, chunks.steps(index))
        return final, (*([outputs] if unrolling.return_sequences else []), *saved, *states)

    widths = [*[1] * cell.state_count, *cell.activation_widths]
    shapes: list[Shape] = [(None, None, width * units) for width in widths]
    shapes += [(None, units)] * cell.state_count
    if unrolling.return_sequences:
        shapes = [(None, None, units), *shapes]
    final, arrays = chunks.loop(chunk, tuple(states), shapes, descending=unrolling.reverse)
    if not unrolling.return_sequences:
        return None, final, (chunks, arrays)
    return chunks.join(arrays[0]), final, (chunks, arrays[1:])


def backward_in_chunks(
    unrolling: Unrolling,
    saved: Saved,
    grad_outputs: tf.Tensor | None,
    inputs: tf.Tensor,
    mask: tf.Tensor | None,
    weights: Weights,
    grad_final: Tensors,
) -> tuple[tf.Tensor, Tensors, Tensors]:
    """Gradients as of `backward_steps`, the weights' summed over the chunks. saved: from `forward_in_chunks`."""
    (chunks, arrays), cell = saved, unrolling.cell

    def chunk(index: tf.Tensor, carried: tuple[Tensors, Tensors]) -> tuple[tuple[Tensors, Tensors], Tensors]:
        gradients, sums = carried
        saved_of = tuple(array.read(index) for array in arrays)
        grad_outputs_of, mask_of = (None if each is None else chunks.cut(each, index) for each in (grad_outputs, mask))
        grad_inputs, grad_weights, gradients = _compiled(backward_steps, unrolling)(
            saved_of[: -cell.state_count],
            saved_of[-cell.state_count :],
            grad_outputs_of,
            chunks.cut(inputs, index),
            mask_of,
            weights,
            gradients,
            chunks.steps(index),
        )
        sums = tuple(total + each for total, each in zip(sums, grad_weights, strict=True))
        return (gradients, sums), (tf.cast(grad_inputs, tf.float32),)

    zeros = tuple(tf.constant(0.0) if each is None else tf.zeros(each.shape) for each in weights)
    shapes: list[Shape] = [(None, None, inputs.shape[-1])]
    carried = (tuple(grad_final), zeros)
    (grad_initial, sums), (grad_inputs,) = chunks.loop(chunk, carried, shapes, descending=not unrolling.reverse)
    return chunks.join(grad_inputs), sums, grad_initial


@functools.cache
def _compiled(steps: Callable[..., Any], unrolling: Unrolling) -> Callable[..., Any]:
    """One function for all layers with the same unrolling. `unrolling` is bound, not passed: `tf.function` keeps weak
    references to objects among its arguments, and looking up a trace whose object is gone fails."""

    def bound(*arguments: Any) -> Any:
        return steps(unrolling, *arguments)

    bound.__name__ = steps.__name__  # in the graph, for profilers and tests
    return tf.function(bound, jit_compile=True, autograph=False)
