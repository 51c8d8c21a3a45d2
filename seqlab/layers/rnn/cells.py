"""Recurrent cells: what one step computes, and what its gradients need. Time, masks and stretches are in `scan.py`.

All tensors are float32 but the products, which are taken in the dtype of the recurrent kernel. Gates stand in the order
of the Keras layers. A sigmoid is taken as (1 + tanh(x / 2)) / 2: the four gates of an LSTM are then one tanh over one
array, which won a quarter to half of a step under XLA (docs/speed.md).

To add one: four functions and a `Cell`, in `CELLS` under its name.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import tensorflow as tf

Tensors = tuple[tf.Tensor, ...]


@dataclass(frozen=True)
class Cell:
    """One kind of cell. Arrays with the suffix `_before` hold the states that a step starts from.

    Everything that follows from the stored activations alone is computed once for all steps (`factors`), outside the
    loop of the gradients; within it there is one product and what depends on the gradients themselves.
    """

    gates: int
    """Width of a projected input in units."""
    states: int
    """1: the output. 2: the output and a memory."""
    activations: tuple[int, ...]
    """Widths, in units, of the arrays that a step keeps for the gradients beside its states."""
    step: Callable[[tf.Tensor, Tensors, tf.Tensor, tf.Tensor | None], tuple[Tensors, Tensors]]
    """(projected input (batch, gates · units), states, recurrent kernel, recurrent bias) → (states, activations)."""
    factors: Callable[[Tensors, Tensors, Tensors], Tensors]
    """(states before, states after, activations) → what the functions below multiply gradients by."""
    arrive: Callable[[Tensors, Tensors], Tensors]
    """Gradients of the states after a step, with what reaches a state by way of another."""
    spread: Callable[[Tensors, Tensors], tf.Tensor]
    """… → the gradient of hidden · recurrent kernel + recurrent bias, (…, gates · units)."""
    leave: Callable[[tf.Tensor, Tensors, Tensors], Tensors]
    """(spread gradient · recurrent kernelᵀ, gradients after, factors) → gradients of the states before the step."""
    to_inputs: Callable[[tf.Tensor, Tensors, Tensors], tf.Tensor]
    """(spread gradient, gradients after, factors) → the gradient of the projected input."""


def product(hidden: tf.Tensor, kernel: tf.Tensor) -> tf.Tensor:
    """In the kernel's dtype, which may be half precision; float32 comes out."""
    return tf.cast(tf.matmul(tf.cast(hidden, kernel.dtype), kernel), tf.float32)


def _sigmoid_of(halved: tf.Tensor) -> tf.Tensor:
    return 0.5 * halved + 0.5


def _simple_step(z: tf.Tensor, states: Tensors, kernel: tf.Tensor, bias: tf.Tensor | None) -> tuple[Tensors, Tensors]:
    return (tf.tanh(z + product(states[0], kernel)),), ()


def _simple_factors(before: Tensors, after: Tensors, activations: Tensors) -> Tensors:
    return (1 - tf.square(after[0]),)


def _lstm_step(z: tf.Tensor, states: Tensors, kernel: tf.Tensor, bias: tf.Tensor | None) -> tuple[Tensors, Tensors]:
    """Hochreiter & Schmidhuber 1997 with the forget gate of Gers et al. 2000; gates i, f, g, o."""
    hidden, memory = states
    scale = np.repeat(np.array([0.5, 0.5, 1, 0.5], np.float32), kernel.shape[0])
    gates = tf.tanh(scale * (z + product(hidden, kernel)))
    i, f, g, o = tf.split(gates, 4, axis=-1)
    memory = 0.5 * ((f + 1) * memory + (i + 1) * g)
    return (0.5 * (o + 1) * tf.tanh(memory), memory), (gates,)


def _lstm_factors(before: Tensors, after: Tensors, activations: Tensors) -> Tensors:
    i, f, g, o = tf.split(activations[0], 4, axis=-1)
    i, f, o = _sigmoid_of(i), _sigmoid_of(f), _sigmoid_of(o)
    squashed = tf.tanh(after[1])
    to_gates = [g * i * (1 - i), before[1] * f * (1 - f), i * (1 - g * g), squashed * o * (1 - o)]
    return tf.concat(to_gates, axis=-1), o * (1 - squashed * squashed), f


def _lstm_arrive(gradients: Tensors, factors: Tensors) -> Tensors:
    hidden, memory = gradients
    return hidden, memory + hidden * factors[1]


def _lstm_spread(gradients: Tensors, factors: Tensors) -> tf.Tensor:
    hidden, memory = gradients
    return factors[0] * tf.concat([memory, memory, memory, hidden], axis=-1)


def _gru_step(z: tf.Tensor, states: Tensors, kernel: tf.Tensor, bias: tf.Tensor | None) -> tuple[Tensors, Tensors]:
    """Cho et al. 2014 with the reset gate after the product, as cuDNN has it; gates z, r, n."""
    hidden, units = states[0], kernel.shape[0]
    inner = product(hidden, kernel) + bias
    gates = tf.tanh(0.5 * (z[:, : 2 * units] + inner[:, : 2 * units]))
    update, reset = tf.split(_sigmoid_of(gates), 2, axis=-1)
    proposed = inner[:, 2 * units :]
    new = tf.tanh(z[:, 2 * units :] + reset * proposed)
    return (new + update * (hidden - new),), (gates, proposed, new)


def _gru_factors(before: Tensors, after: Tensors, activations: Tensors) -> Tensors:
    gates, proposed, new = activations
    update, reset = tf.split(_sigmoid_of(gates), 2, axis=-1)
    to_new = (1 - update) * (1 - new * new)
    to_update = (before[0] - new) * update * (1 - update)
    to_gates = [to_update, to_new * proposed * reset * (1 - reset), to_new * reset]
    return tf.concat(to_gates, axis=-1), update, to_new


def _gru_to_inputs(spread: tf.Tensor, gradients: Tensors, factors: Tensors) -> tf.Tensor:
    hidden, to_new = gradients[0], factors[2]
    gates = spread[..., : 2 * hidden.shape[-1]]
    return tf.concat([gates, hidden * to_new], axis=-1)


CELLS: Mapping[str, Cell] = {
    "simple_rnn": Cell(
        gates=1,
        states=1,
        activations=(),
        step=_simple_step,
        factors=_simple_factors,
        arrive=lambda gradients, factors: gradients,
        spread=lambda gradients, factors: gradients[0] * factors[0],
        leave=lambda product, gradients, factors: (product,),
        to_inputs=lambda spread, gradients, factors: spread,
    ),
    "lstm": Cell(
        gates=4,
        states=2,
        activations=(4,),
        step=_lstm_step,
        factors=_lstm_factors,
        arrive=_lstm_arrive,
        spread=_lstm_spread,
        leave=lambda product, gradients, factors: (product, gradients[1] * factors[2]),
        to_inputs=lambda spread, gradients, factors: spread,
    ),
    "gru": Cell(
        gates=3,
        states=1,
        activations=(2, 1, 1),
        step=_gru_step,
        factors=_gru_factors,
        arrive=lambda gradients, factors: gradients,
        spread=lambda gradients, factors: factors[0] * tf.concat([gradients[0]] * 3, axis=-1),
        leave=lambda product, gradients, factors: (product + gradients[0] * factors[1],),
        to_inputs=_gru_to_inputs,
    ),
}
