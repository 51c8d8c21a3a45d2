"""A recurrent layer on padded rows under a mask, and on the same rows without padding: outputs and gradients."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import tensorflow as tf

from seqlab.layers.rnn.recurrent import Recurrent

Arrays = dict[str, np.ndarray]
OF_WEIGHTS = "gradient of weight"


def of_layer(cell: str, *, bidirectional: bool, shape: Mapping[str, int]) -> dict[str, Arrays]:
    """`masked` and `unpadded` → arrays of the same names, which should be equal: outputs (batch, time, …), zero where
    a row has ended; final states; the gradients of their weighted sum for the inputs and the weights.

    `shape`: batch, time, inputs, units. Everything depends on the shape alone, not on the device.
    """
    generator = np.random.default_rng(shape["batch"])
    layer = Recurrent(cell, shape["units"], bidirectional=bidirectional, return_sequences=True, return_state=True)
    layer.build((None, None, shape["inputs"]))
    for variable in layer.trainable_variables:
        variable.assign(generator.normal(0, shape["units"] ** -0.5, variable.shape))
    inputs = generator.normal(size=(shape["batch"], shape["time"], shape["inputs"])).astype(np.float32)
    longest = shape["time"]
    lengths = generator.permutation(np.resize([longest, longest * 2 // 3, longest // 2, 1], shape["batch"]))
    width = shape["units"] * len(layer.direction_names)
    of_outputs = generator.normal(size=(shape["batch"], longest, width)).astype(np.float32)
    of_states = generator.normal(size=(shape["batch"], shape["units"])).astype(np.float32)
    everything = np.arange(shape["batch"])
    masked = _of_rows(layer, inputs, lengths, (of_outputs, of_states), rows=everything, masked=True)
    unpadded: Arrays = {}
    for length in sorted(set(lengths.tolist())):
        rows = np.flatnonzero(lengths == length)
        part = _of_rows(layer, inputs[:, :length], lengths, (of_outputs, of_states), rows=rows, masked=False)
        for name, value in part.items():
            unpadded[name] = unpadded.get(name, 0.0) + _in_place(name, value, masked[name], rows)
    return {"masked": masked, "unpadded": unpadded}


def _of_rows(
    layer: Recurrent,
    inputs: np.ndarray,
    lengths: np.ndarray,
    weights: tuple[np.ndarray, np.ndarray],
    *,
    rows: np.ndarray,
    masked: bool,
) -> Arrays:
    """Of these rows, (rows, …) each; the gradients of the layer's weights are summed."""
    time, (of_outputs, of_states) = inputs.shape[1], weights
    mask = tf.constant(np.arange(time) < lengths[rows, None]) if masked else None
    given = tf.constant(inputs[rows])
    variables = [variable.value for variable in layer.trainable_variables]
    with tf.GradientTape() as tape:
        tape.watch(given)
        outputs, states = layer(given, mask=mask, training=True)
        finals = [state for direction in states for state in direction]
        total = tf.reduce_sum(outputs * of_outputs[rows, :time])
        total += tf.add_n([tf.reduce_sum(state * of_states[rows]) for state in finals])
    of_inputs, *of_variables = tape.gradient(total, [given, *variables])
    named = {f"{OF_WEIGHTS} {number}": np.asarray(value) for number, value in enumerate(of_variables)}
    states_by_name = {f"state {number}": state.numpy() for number, state in enumerate(finals)}
    return {"outputs": outputs.numpy(), "gradient of inputs": of_inputs.numpy(), **states_by_name, **named}


def _in_place(name: str, value: np.ndarray, whole: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """Values of some rows among zeros for all others; gradients of weights have no rows."""
    if name.startswith(OF_WEIGHTS):
        return value
    placed = np.zeros_like(whole)
    placed[rows, : value.shape[1]] = value
    return placed
