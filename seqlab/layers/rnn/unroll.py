"""Walking a recurrent cell along the time axis on a CPU, with gradients of our own.

The Keras layer multiplies by the input kernel at every step and lets TensorFlow differentiate its loop. Here the inputs
of all steps are projected before the loop, in one product; the loop of the gradients holds one product and what depends
on gradients; those of the weights are one product each, after it.

Two walks with the same numbers. `plain_walk` is one loop of TensorFlow's operations. `compiled_walk` cuts time into
stretches of 64 steps that XLA compiles: once per batch size, for texts of every length. Which one pays when:
`recurrent.py`; the measurements: docs/speed.md.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import tensorflow as tf

from seqlab.layers.rnn.cells import Cell, Tensors, product
from seqlab.layers.rnn.time_chunks import Stretches


@dataclass(frozen=True)
class Walk:
    """What is walked, and how. `reverse`: from the last step to the first. `sequences`: all outputs are wanted."""

    cell: Cell
    reverse: bool
    sequences: bool


class Weights(NamedTuple):
    """Of one direction, in the shapes of the Keras layers: `recurrent` (units, gates · units), and `kernel` (features,
    gates · units) in the dtype of products; `bias` float32. Without a kernel, inputs are projected already."""

    recurrent: tf.Tensor
    bias: tf.Tensor
    kernel: tf.Tensor | None = None

    @property
    def input_bias(self) -> tf.Tensor:
        return self.bias if len(self.bias.shape) == 1 else self.bias[0]

    @property
    def inner_bias(self) -> tf.Tensor | None:
        """A GRU's second bias, inside the product that the reset gate multiplies."""
        return None if len(self.bias.shape) == 1 else self.bias[1]


Walked = tuple[tf.Tensor | None, Tensors]
WalkFunction = Callable[[Walk, tf.Tensor, tf.Tensor | None, Weights, Tensors], Walked]


def plain_walk(walk: Walk, inputs: tf.Tensor, mask: tf.Tensor | None, weights: Weights, states: Tensors) -> Walked:
    """(outputs (batch, time, units) or None, final states), float32.

    inputs: (batch, time, features), or (batch, time, gates · units) where projected. mask: (batch, time) bool or None;
    a masked step leaves the states as they were and puts out zero. states: (batch, units) each, before the first step.
    """
    return _with_gradient(_whole_forward, _whole_backward, walk, inputs, mask, weights, states)


def compiled_walk(walk: Walk, inputs: tf.Tensor, mask: tf.Tensor | None, weights: Weights, states: Tensors) -> Walked:
    """The same in stretches that XLA compiles."""
    return _with_gradient(_forward_in_stretches, _backward_in_stretches, walk, inputs, mask, weights, states)


def walk_only(walk: Walk, inputs: tf.Tensor, mask: tf.Tensor | None, weights: Weights, states: Tensors) -> Walked:
    """The same with nothing kept for gradients; TensorFlow derives them, slowly, if they are asked for.

    A single step, as in writing, is taken without a loop: the loop costs as much again as the step.
    """
    if inputs.shape[1] == 1 and mask is None:
        z = _projected(inputs[:, 0], weights)  # of three axes TensorFlow's gradient would hold a kernel for each row
        final, _ = walk.cell.step(z, tuple(states), weights.recurrent, weights.inner_bias)
        return (final[0][:, None] if walk.sequences else None), final
    return forward_steps(walk, inputs, mask, weights, states, tf.shape(inputs)[1], keep=False)[:2]


def in_halves(walk_function: WalkFunction) -> WalkFunction:
    """The same walk for both halves of a batch, which TensorFlow takes side by side, each on a core.

    Within a walk each step waits for the one before, so a second core has little to do. The sum of the gradients of the
    weights is over halves first: other roundings, always the same ones.
    """

    def walked(walk: Walk, inputs: tf.Tensor, mask: tf.Tensor | None, weights: Weights, states: Tensors) -> Walked:
        half = tf.shape(inputs)[0] // 2
        (outputs, final), (more, others) = (
            walk_function(
                walk, inputs[rows], None if mask is None else mask[rows], weights, tuple(each[rows] for each in states)
            )
            for rows in (slice(None, half), slice(half, None))
        )
        joined = None if outputs is None or more is None else tf.concat([outputs, more], axis=0)
        return joined, tuple(tf.concat(both, axis=0) for both in zip(final, others, strict=True))

    return walked


def _with_gradient(
    forward: Callable[..., Any],
    backward: Callable[..., Any],
    walk: Walk,
    inputs: tf.Tensor,
    mask: tf.Tensor | None,
    weights: Weights,
    states: Tensors,
) -> Walked:
    given = tuple(each for each in weights if each is not None)

    @tf.custom_gradient
    def walked(*arguments: tf.Tensor) -> tuple[Tensors, Callable[..., Any]]:
        # Without the stop, a tape in eager mode would have TensorFlow differentiate the compiled stretches as well.
        inputs, *others = (tf.stop_gradient(each) for each in arguments)
        weights, states = Weights(*others[: len(given)]), tuple(others[len(given) :])
        outputs, final, kept = forward(walk, inputs, mask, weights, states)

        def gradient(*upstream: tf.Tensor) -> list[tf.Tensor]:
            to_outputs = upstream[0] if walk.sequences else None
            arriving = upstream[1:] if walk.sequences else upstream
            to_inputs, to_weights, to_states = backward(walk, kept, to_outputs, inputs, mask, weights, arriving)
            gradients = (to_inputs, *to_weights[: len(given)], *to_states)
            return [tf.cast(each, argument.dtype) for each, argument in zip(gradients, arguments, strict=True)]

        return ((outputs, *final) if walk.sequences else tuple(final)), gradient

    results = walked(inputs, *given, *states)
    return (results[0], tuple(results[1:])) if walk.sequences else (None, tuple(results))


def _whole_forward(
    walk: Walk, inputs: tf.Tensor, mask: tf.Tensor | None, weights: Weights, states: Tensors
) -> tuple[tf.Tensor | None, Tensors, Any]:
    outputs, final, kept = forward_steps(walk, inputs, mask, weights, states, tf.shape(inputs)[1])
    return outputs, final, (kept, states)


def _whole_backward(
    walk: Walk,
    kept: Any,
    to_outputs: tf.Tensor | None,
    inputs: tf.Tensor,
    mask: tf.Tensor | None,
    weights: Weights,
    arriving: Tensors,
) -> Any:
    arrays, start = kept
    return backward_steps(walk, arrays, start, to_outputs, inputs, mask, weights, arriving, tf.shape(inputs)[1])


def forward_steps(
    walk: Walk,
    inputs: tf.Tensor,
    mask: tf.Tensor | None,
    weights: Weights,
    states: Tensors,
    steps: tf.Tensor,
    *,
    keep: bool = True,
) -> tuple[tf.Tensor | None, Tensors, Tensors]:
    """The first `steps` steps in reading order: outputs (batch, time, units) or None, states after them, and if `keep`
    what the gradients need: states after each step and activations, each (time, batch, …) in reading order."""
    cell, size, units = walk.cell, tf.shape(inputs)[1], weights.recurrent.shape[0]
    z = _by_time(walk, _projected(inputs, weights))
    counts = None if mask is None else _by_time(walk, mask[:, :, None])
    widths = [*[1] * cell.states, *cell.activations] if keep else [1] * walk.sequences
    projected = tf.TensorArray(tf.float32, size, clear_after_read=False, element_shape=z.shape[1:]).unstack(z)
    # Gates take the place of what they were made of: one array less to allocate and to fill with zeros.
    arrays = tuple(
        projected if width == cell.gates > 1 else _array(size, (z.shape[1], width * units)) for width in widths
    )
    shared = next((i for i, array in enumerate(arrays) if array is projected), None)

    def step(t: tf.Tensor, states: Tensors, arrays: tuple[tf.TensorArray, ...]) -> Any:
        z_now = (projected if shared is None else arrays[shared]).read(t)
        after, activations = cell.step(z_now, states, weights.recurrent, weights.inner_bias)
        if counts is not None:
            after = tuple(tf.where(counts[t], new, old) for new, old in zip(after, states, strict=True))
        written = zip(arrays, (*after, *activations)[: len(arrays)], strict=True)
        return t + 1, after, tuple(array.write(t, value) for array, value in written)

    loop = (tf.constant(0), tuple(states), arrays)
    _, final, arrays = tf.while_loop(lambda t, *_: t < steps, step, loop, parallel_iterations=1)
    kept = tuple(array.stack() for array in arrays)
    if not walk.sequences:
        return None, final, kept
    outputs = kept[0] if counts is None else tf.where(counts, kept[0], 0.0)
    return _by_batch(walk, outputs), final, kept


def backward_steps(
    walk: Walk,
    kept: Tensors,
    start: Tensors,
    to_outputs: tf.Tensor | None,
    inputs: tf.Tensor,
    mask: tf.Tensor | None,
    weights: Weights,
    gradients: Tensors,
    steps: tf.Tensor,
) -> tuple[tf.Tensor, Tensors, Tensors]:
    """Gradients of inputs, weights (a zero for a kernel that is not there) and the states before the first step.

    `kept`: of `forward_steps`; `start`: the states it began with; `gradients`: of the states it ended with.
    """
    cell, transposed = walk.cell, tf.transpose(weights.recurrent)
    after, activations = kept[: cell.states], kept[cell.states :]
    before = tuple(tf.concat([first[None], each[:-1]], axis=0) for first, each in zip(start, after, strict=True))
    factors = cell.factors(before, after, activations)
    counts = None if mask is None else _by_time(walk, mask[:, :, None])
    if to_outputs is not None:
        to_outputs = _by_time(walk, to_outputs)
        to_outputs = to_outputs if counts is None else tf.where(counts, to_outputs, 0.0)

    def step(t: tf.Tensor, gradients: Tensors, arrays: tuple[tf.TensorArray, ...]) -> Any:
        if to_outputs is not None:
            gradients = (gradients[0] + to_outputs[t], *gradients[1:])
        now = tuple(factor[t] for factor in factors)
        arrived = cell.arrive(gradients, now)
        left = cell.leave(product(cell.spread(arrived, now), transposed), arrived, now)
        if counts is not None:
            left = tuple(tf.where(counts[t], new, old) for new, old in zip(left, gradients, strict=True))
        return t - 1, left, tuple(array.write(t, each) for array, each in zip(arrays, arrived, strict=True))

    arrays = tuple(_array(tf.shape(kept[0])[0], each.shape) for each in gradients)
    loop = (steps - 1, tuple(gradients), arrays)
    _, to_states, arrays = tf.while_loop(lambda t, *_: t >= 0, step, loop, parallel_iterations=1)
    arrived = tuple(array.stack() for array in arrays)
    if counts is not None:
        arrived = tuple(tf.where(counts, each, 0.0) for each in arrived)
    spread = cell.spread(arrived, factors)
    to_z = _by_batch(walk, cell.to_inputs(spread, arrived, factors))
    to_inputs, to_kernel = _through_projection(to_z, inputs, weights)
    to_bias = tf.reduce_sum(to_z, axis=[0, 1])
    if weights.inner_bias is not None:
        to_bias = tf.stack([to_bias, tf.reduce_sum(spread, axis=[0, 1])])
    return to_inputs, (_product_of_rows(before[0], spread), to_bias, to_kernel), to_states


def _projected(inputs: tf.Tensor, weights: Weights) -> tf.Tensor:
    z = inputs if weights.kernel is None else tf.matmul(inputs, weights.kernel)
    return tf.cast(z, tf.float32) + weights.input_bias


def _through_projection(to_z: tf.Tensor, inputs: tf.Tensor, weights: Weights) -> tuple[tf.Tensor, tf.Tensor]:
    """Gradients of inputs and input kernel."""
    if weights.kernel is None:
        return to_z, tf.constant(0.0)
    to_inputs = tf.matmul(tf.cast(to_z, inputs.dtype), weights.kernel, transpose_b=True)
    return to_inputs, _product_of_rows(tf.cast(inputs, tf.float32), to_z)


def _product_of_rows(a: tf.Tensor, b: tf.Tensor) -> tf.Tensor:
    """Σ aᵀ · b over the first two axes."""
    return tf.matmul(tf.reshape(a, [-1, a.shape[-1]]), tf.reshape(b, [-1, b.shape[-1]]), transpose_a=True)


@functools.cache
def _compiled(steps: Callable[..., Any], walk: Walk) -> Callable[..., Any]:
    """One for all layers that walk alike. `walk` is bound, not passed: `tf.function` keeps weak references to objects
    among its arguments, and looking up a trace whose object is gone fails."""

    def bound(*arguments: Any) -> Any:
        return steps(walk, *arguments)

    bound.__name__ = steps.__name__  # in the graph, for profilers and tests
    return tf.function(bound, jit_compile=True, autograph=False)


def _forward_in_stretches(
    walk: Walk, inputs: tf.Tensor, mask: tf.Tensor | None, weights: Weights, states: Tensors
) -> tuple[tf.Tensor | None, Tensors, Any]:
    cell, units = walk.cell, weights.recurrent.shape[0]
    stretches = Stretches(tf.shape(inputs)[1], walk.reverse)

    def stretch(place: tf.Tensor, states: Tensors) -> tuple[Tensors, Tensors]:
        """States after the stretch, and what is collected: outputs where wanted, arrays, the states before it."""
        here, counts = stretches.cut(inputs, place), None if mask is None else stretches.cut(mask, place)
        outputs, final, kept = _compiled(forward_steps, walk)(here, counts, weights, states, stretches.steps(place))
        return final, (*([outputs] if walk.sequences else []), *kept, *states)

    widths = [*[1] * cell.states, *cell.activations]
    shapes: list[Any] = [(None, None, width * units) for width in widths]
    shapes += [(None, units)] * cell.states
    if walk.sequences:
        shapes = [(None, None, units), *shapes]
    final, collected = stretches.collect(stretch, tuple(states), shapes, descending=walk.reverse)
    outputs = stretches.joined(collected[0]) if walk.sequences else None
    return outputs, final, (stretches, collected[1:] if walk.sequences else collected)


def _backward_in_stretches(
    walk: Walk,
    kept: Any,
    to_outputs: tf.Tensor | None,
    inputs: tf.Tensor,
    mask: tf.Tensor | None,
    weights: Weights,
    arriving: Tensors,
) -> Any:
    (stretches, arrays), cell = kept, walk.cell

    def stretch(place: tf.Tensor, carried: tuple[Tensors, Tensors]) -> Any:
        gradients, sums = carried
        here = tuple(array.read(place) for array in arrays)
        upstream, counts = (None if each is None else stretches.cut(each, place) for each in (to_outputs, mask))
        to_inputs, to_weights, gradients = _compiled(backward_steps, walk)(
            here[: -cell.states],
            here[-cell.states :],
            upstream,
            stretches.cut(inputs, place),
            counts,
            weights,
            gradients,
            stretches.steps(place),
        )
        sums = tuple(total + each for total, each in zip(sums, to_weights, strict=True))
        return (gradients, sums), (tf.cast(to_inputs, tf.float32),)

    sums = tuple(tf.constant(0.0) if each is None else tf.zeros(each.shape) for each in weights)
    shapes = [(None, None, inputs.shape[-1])]
    carried = (tuple(arriving), sums)
    (to_states, sums), (to_inputs,) = stretches.collect(stretch, carried, shapes, descending=not walk.reverse)
    return stretches.joined(to_inputs), sums, to_states


def _array(size: tf.Tensor | int, shape: Any) -> tf.TensorArray:
    return tf.TensorArray(tf.float32, size=size, element_shape=shape)


def _by_time(walk: Walk, array: tf.Tensor) -> tf.Tensor:
    """(batch, time, …) → (time, batch, …) in reading order."""
    array = tf.transpose(array, [1, 0, 2])
    return tf.reverse(array, [0]) if walk.reverse else array


def _by_batch(walk: Walk, array: tf.Tensor) -> tf.Tensor:
    """The way back."""
    return tf.transpose(tf.reverse(array, [0]) if walk.reverse else array, [1, 0, 2])
