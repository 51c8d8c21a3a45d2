"""Recurrent cells: what one time step computes, and its gradients. The loop over time and masks are in `forward.py` and
`backward.py`.

All tensors are float32; `products.py` takes the matrix products, in the dtype of the recurrent kernel. Gates are in the
order of the Keras layers. A sigmoid is computed as (1 + tanh(x / 2)) / 2: the four gates of an LSTM are then one tanh
of one array, which makes a step under XLA a quarter to a half faster (docs/speed.md).

Functions named `grad_…` return the gradient of the loss with respect to what the name says.

To add a cell: write its functions and a `Cell`, and add that to `CELLS` under its name.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import tensorflow as tf

from seqlab.layers.rnn.products import Product

Tensors = tuple[tf.Tensor, ...]


@dataclass(frozen=True)
class Cell:
    """The functions of a cell.

    What follows from the saved activations alone (`derivatives`) is computed once for all steps, outside the backward
    loop. Within the loop remain one matrix product and what depends on the gradients themselves.
    """

    gates: int
    """Width of a projected input in units."""
    state_count: int
    """1: the output h. 2: h and a memory c."""
    activation_widths: tuple[int, ...]
    """Widths, in units, of the arrays that a step saves for the gradients beside its states."""
    step: Callable[[tf.Tensor, Tensors, Product, tf.Tensor | None], tuple[Tensors, Tensors]]
    """(projected input (batch, gates · units), states (batch, units) each, product with the recurrent kernel, recurrent
    bias (gates · units,) or None) → (states, activations)."""
    derivatives: Callable[[Tensors, Tensors, Tensors], Tensors]
    """(states before, states after, activations) → factors of the functions below, all (time, batch, …)."""
    grad_states: Callable[[Tensors, Tensors], Tensors]
    """(gradients of the states after a step, derivatives) → the same including what one state does through another."""
    grad_product: Callable[[Tensors, Tensors], tf.Tensor]
    """(`grad_states`, derivatives) → gradient of h · recurrent kernel + recurrent bias, (…, gates · units)."""
    grad_previous_states: Callable[[tf.Tensor, Tensors, Tensors], Tensors]
    """(`grad_product` · recurrent kernelᵀ (batch, units), `grad_states`, derivatives) → gradients of the states before
    the step, (batch, units) each."""
    grad_inputs: Callable[[tf.Tensor, Tensors, Tensors], tf.Tensor]
    """(`grad_product`, `grad_states`, derivatives) → gradient of the projected input, (…, gates · units)."""


def _sigmoid_from_tanh(tanh_of_half: tf.Tensor) -> tf.Tensor:
    """tanh(x / 2) → σ(x)."""
    return 0.5 * tanh_of_half + 0.5


def _simple_step(z: tf.Tensor, states: Tensors, times_u: Product, bias: tf.Tensor | None) -> tuple[Tensors, Tensors]:
    """h = tanh(z + h · U): Elman 1990."""
    return (tf.tanh(z + times_u(states[0])),), ()  # (batch, units)


def _simple_derivatives(before: Tensors, after: Tensors, activations: Tensors) -> Tensors:
    return (1 - tf.square(after[0]),)


def _lstm_step(z: tf.Tensor, states: Tensors, times_u: Product, bias: tf.Tensor | None) -> tuple[Tensors, Tensors]:
    """c = σ(f) · c + σ(i) · tanh(g), h = σ(o) · tanh(c): Hochreiter & Schmidhuber 1997 with the forget gate of Gers et
    al. 2000; gates i, f, g, o."""
    h, c = states  # (batch, units) each
    scale = np.repeat(np.array([0.5, 0.5, 1, 0.5], np.float32), h.shape[-1])  # (4 · units,)
    gates = tf.tanh(scale * (z + times_u(h)))  # (batch, 4 · units)
    i, f, g, o = tf.split(gates, 4, axis=-1)  # (batch, units) each; i, f and o are tanh of a half
    c = 0.5 * ((f + 1) * c + (i + 1) * g)
    return (0.5 * (o + 1) * tf.tanh(c), c), (gates,)


def _lstm_derivatives(before: Tensors, after: Tensors, activations: Tensors) -> Tensors:
    """∂ gates (…, 4 · units), ∂h/∂c and ∂c/∂c (…, units)."""
    i, f, g, o = tf.split(activations[0], 4, axis=-1)
    i, f, o = _sigmoid_from_tanh(i), _sigmoid_from_tanh(f), _sigmoid_from_tanh(o)
    tanh_c = tf.tanh(after[1])
    of_gates = [g * i * (1 - i), before[1] * f * (1 - f), i * (1 - g * g), tanh_c * o * (1 - o)]
    return tf.concat(of_gates, axis=-1), o * (1 - tanh_c * tanh_c), f


def _lstm_grad_states(gradients: Tensors, derivatives: Tensors) -> Tensors:
    grad_h, grad_c = gradients
    return grad_h, grad_c + grad_h * derivatives[1]


def _lstm_grad_product(gradients: Tensors, derivatives: Tensors) -> tf.Tensor:
    grad_h, grad_c = gradients
    return derivatives[0] * tf.concat([grad_c, grad_c, grad_c, grad_h], axis=-1)


def _gru_step(z: tf.Tensor, states: Tensors, times_u: Product, bias: tf.Tensor | None) -> tuple[Tensors, Tensors]:
    """n = tanh(z_n + r · (h · U + b)_n), h = n + u · (h − n): Cho et al. 2014 with the reset gate r after the product,
    as in cuDNN; gates u (update), r, n."""
    h, units = states[0], states[0].shape[-1]  # (batch, units)
    inner = times_u(h) + bias  # (batch, 3 · units)
    gates = tf.tanh(0.5 * (z[:, : 2 * units] + inner[:, : 2 * units]))  # (batch, 2 · units), tanh of a half
    update, reset = tf.split(_sigmoid_from_tanh(gates), 2, axis=-1)  # (batch, units) each
    inner_new = inner[:, 2 * units :]  # (batch, units)
    new = tf.tanh(z[:, 2 * units :] + reset * inner_new)  # (batch, units)
    return (new + update * (h - new),), (gates, inner_new, new)


def _gru_derivatives(before: Tensors, after: Tensors, activations: Tensors) -> Tensors:
    """∂ product (…, 3 · units), ∂h/∂h along the update gate and ∂h/∂z_n (…, units)."""
    gates, inner_new, new = activations
    update, reset = tf.split(_sigmoid_from_tanh(gates), 2, axis=-1)
    of_new = (1 - update) * (1 - new * new)
    of_update = (before[0] - new) * update * (1 - update)
    of_product = [of_update, of_new * inner_new * reset * (1 - reset), of_new * reset]
    return tf.concat(of_product, axis=-1), update, of_new


def _gru_grad_inputs(grad_product: tf.Tensor, gradients: Tensors, derivatives: Tensors) -> tf.Tensor:
    grad_h, of_new = gradients[0], derivatives[2]
    of_gates = grad_product[..., : 2 * grad_h.shape[-1]]  # (…, 2 · units)
    return tf.concat([of_gates, grad_h * of_new], axis=-1)


CELLS: Mapping[str, Cell] = {
    "simple_rnn": Cell(
        gates=1,
        state_count=1,
        activation_widths=(),
        step=_simple_step,
        derivatives=_simple_derivatives,
        grad_states=lambda gradients, derivatives: gradients,
        grad_product=lambda gradients, derivatives: gradients[0] * derivatives[0],
        grad_previous_states=lambda product, gradients, derivatives: (product,),
        grad_inputs=lambda grad_product, gradients, derivatives: grad_product,
    ),
    "lstm": Cell(
        gates=4,
        state_count=2,
        activation_widths=(4,),
        step=_lstm_step,
        derivatives=_lstm_derivatives,
        grad_states=_lstm_grad_states,
        grad_product=_lstm_grad_product,
        grad_previous_states=lambda product, gradients, derivatives: (product, gradients[1] * derivatives[2]),
        grad_inputs=lambda grad_product, gradients, derivatives: grad_product,
    ),
    "gru": Cell(
        gates=3,
        state_count=1,
        activation_widths=(2, 1, 1),
        step=_gru_step,
        derivatives=_gru_derivatives,
        grad_states=lambda gradients, derivatives: gradients,
        grad_product=lambda gradients, derivatives: derivatives[0] * tf.concat([gradients[0]] * 3, axis=-1),
        grad_previous_states=lambda product, gradients, derivatives: (product + gradients[0] * derivatives[1],),
        grad_inputs=_gru_grad_inputs,
    ),
}
