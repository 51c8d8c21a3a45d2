"""Unrolling a recurrent cell over time on a CPU, with its own gradients.

All functions compute the same outputs and states. `unroll_plain` is one loop of TensorFlow's operations.
`unroll_compiled` cuts time into chunks that XLA compiles. `unroll_without_gradients` stores nothing. Which one is
faster when: `recurrent.py`; the measurements: docs/speed.md.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import tensorflow as tf

from seqlab.layers.rnn.backward import backward_steps
from seqlab.layers.rnn.cells import Tensors
from seqlab.layers.rnn.compiled import backward_in_chunks, forward_in_chunks
from seqlab.layers.rnn.forward import Unrolling, Weights, forward_steps, single_step

Outputs = tuple[tf.Tensor | None, Tensors]
"""Outputs (batch, time, units), or None unless `return_sequences`; final states (batch, units) each; all float32."""

UnrollFunction = Callable[[Unrolling, tf.Tensor, tf.Tensor | None, Weights, Tensors], Outputs]


def unroll_plain(
    unrolling: Unrolling, inputs: tf.Tensor, mask: tf.Tensor | None, weights: Weights, states: Tensors
) -> Outputs:
    """One loop over all time steps.

    inputs: (batch, time, features), or (batch, time, gates · units) if projected. mask: (batch, time) bool or None; a
    masked step leaves the states as they were and has an output of zero. states: (batch, units) each, before the first
    step.
    """
    return _with_gradient(_forward, _backward, unrolling, inputs, mask, weights, states)


def unroll_compiled(
    unrolling: Unrolling, inputs: tf.Tensor, mask: tf.Tensor | None, weights: Weights, states: Tensors
) -> Outputs:
    """`unroll_plain` in time chunks that XLA compiles."""
    return _with_gradient(forward_in_chunks, backward_in_chunks, unrolling, inputs, mask, weights, states)


def unroll_without_gradients(
    unrolling: Unrolling, inputs: tf.Tensor, mask: tf.Tensor | None, weights: Weights, states: Tensors
) -> Outputs:
    """`unroll_plain` storing nothing for gradients; TensorFlow derives them, slowly, if they are taken all the same."""
    if inputs.shape[1] == 1 and mask is None:
        outputs, final = single_step(unrolling, inputs, weights, states)
        return (outputs if unrolling.return_sequences else None), final
    return forward_steps(unrolling, inputs, mask, weights, states, tf.shape(inputs)[1], saving=False)[:2]


def in_batch_halves(unroll: UnrollFunction) -> UnrollFunction:
    """The same for each half of a batch, which TensorFlow computes in parallel, each on a core.

    Each step waits for the one before, so that within one loop a second core has little to do. Gradients of the weights
    are summed over the halves first: they are rounded differently, but always in the same way.
    """

    def both_halves(
        unrolling: Unrolling, inputs: tf.Tensor, mask: tf.Tensor | None, weights: Weights, states: Tensors
    ) -> Outputs:
        half = tf.shape(inputs)[0] // 2
        (outputs, final), (more, others) = (
            unroll(
                unrolling,
                inputs[rows],
                None if mask is None else mask[rows],
                weights,
                tuple(each[rows] for each in states),
            )
            for rows in (slice(None, half), slice(half, None))
        )
        joined = None if outputs is None or more is None else tf.concat([outputs, more], axis=0)
        return joined, tuple(tf.concat(both, axis=0) for both in zip(final, others, strict=True))

    return both_halves


def _with_gradient(
    forward: Callable[..., tuple[tf.Tensor | None, Tensors, Any]],
    backward: Callable[..., tuple[tf.Tensor, Tensors, Tensors]],
    unrolling: Unrolling,
    inputs: tf.Tensor,
    mask: tf.Tensor | None,
    weights: Weights,
    states: Tensors,
) -> Outputs:
    """The forward pass, whose gradient is the backward pass. What the one saves is passed to the other unchanged."""
    given = tuple(each for each in weights if each is not None)

    @tf.custom_gradient
    def unrolled(*arguments: tf.Tensor) -> tuple[Tensors, Callable[..., list[tf.Tensor]]]:
        # Without the stop, a tape in eager mode would have TensorFlow differentiate the compiled chunks as well.
        inputs, *others = (tf.stop_gradient(each) for each in arguments)
        weights, states = Weights(*others[: len(given)]), tuple(others[len(given) :])
        outputs, final, saved = forward(unrolling, inputs, mask, weights, states)

        def gradient(*upstream: tf.Tensor) -> list[tf.Tensor]:
            grad_outputs = upstream[0] if unrolling.return_sequences else None
            grad_final = upstream[1:] if unrolling.return_sequences else upstream
            grad_inputs, grad_weights, grad_initial = backward(
                unrolling, saved, grad_outputs, inputs, mask, weights, grad_final
            )
            gradients = (grad_inputs, *grad_weights[: len(given)], *grad_initial)
            return [tf.cast(each, argument.dtype) for each, argument in zip(gradients, arguments, strict=True)]

        return ((outputs, *final) if unrolling.return_sequences else tuple(final)), gradient

    results = unrolled(inputs, *given, *states)
    return (results[0], tuple(results[1:])) if unrolling.return_sequences else (None, tuple(results))


Saved = tuple[Tensors, Tensors]
"""What `forward_steps` saves, and the states before the first step."""


def _forward(
    unrolling: Unrolling, inputs: tf.Tensor, mask: tf.Tensor | None, weights: Weights, states: Tensors
) -> tuple[tf.Tensor | None, Tensors, Saved]:
    outputs, final, saved = forward_steps(unrolling, inputs, mask, weights, states, tf.shape(inputs)[1])
    return outputs, final, (saved, states)


def _backward(
    unrolling: Unrolling,
    saved: Saved,
    grad_outputs: tf.Tensor | None,
    inputs: tf.Tensor,
    mask: tf.Tensor | None,
    weights: Weights,
    grad_final: Tensors,
) -> tuple[tf.Tensor, Tensors, Tensors]:
    arrays, initial = saved
    steps = tf.shape(inputs)[1]
    return backward_steps(unrolling, arrays, initial, grad_outputs, inputs, mask, weights, grad_final, steps)
