"""Recurrent layers as the ONNX operators RNN, LSTM and GRU.

Their masks are lengths: a step after the end of a row leaves the state as it was and gives zeros, and the direction
from the end begins at the last step of the row. That is what `Recurrent` computes of masks.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from seqlab.exports.onnx_dense import array
from seqlab.exports.onnx_nodes import OnnxNodes, Value


class Operator(NamedTuple):
    """How a cell is called in ONNX."""

    name: str
    gates: Sequence[int]
    """The gates of a cell of `cells.py` in the order of ONNX."""
    outputs: int
    options: dict[str, Any]


OPERATORS = {
    "simple_rnn": Operator("RNN", (0,), 2, {}),
    "lstm": Operator("LSTM", (0, 3, 1, 2), 3, {}),  # input, output, forget, cell
    "gru": Operator("GRU", (0, 1, 2), 2, {"linear_before_reset": 1}),  # update, reset, new
}
"""Cell → its operator."""


def recurrent(nodes: OnnxNodes, layer: Any, inputs: Value, mask: Value | None = None, **_: Any) -> Value:
    """(texts, time, features), or ids (texts, time) of one-hot vectors → (texts, units of all directions), or with
    `return_sequences` (texts, time, units of all directions)."""
    operator = OPERATORS[layer.cell]
    kernels = [array(direction.kernel) for direction in layer.directions]
    if layer.vocabulary_size is not None:
        inputs = nodes.add("Gather", nodes.constant(np.concatenate(kernels, axis=1)), inputs)
        kernels = np.split(np.eye(sum(kernel.shape[1] for kernel in kernels), dtype=np.float32), len(kernels), axis=1)
    lengths = nodes.row_lengths
    if mask is not None and not nodes.one_text:
        tokens = nodes.add("ReduceSum", nodes.cast(mask, "int32"), nodes.numbers(1), keepdims=0)
        lengths = nodes.add("Max", tokens, nodes.constant(np.int32(1)))  # a row without tokens has no answer
    elif lengths is not None:
        lengths = nodes.cast(lengths, "int32")
    found = nodes.add(
        operator.name,
        nodes.add("Transpose", inputs, perm=[1, 0, 2]),
        nodes.constant(np.stack([_reordered(kernel, operator).T for kernel in kernels])),
        nodes.constant(np.stack([_reordered(array(each.recurrent_kernel), operator).T for each in layer.directions])),
        nodes.constant(np.stack([_biases(array(each.bias), operator) for each in layer.directions])),
        *([] if lengths is None else [lengths]),
        outputs=operator.outputs,
        hidden_size=layer.units,
        direction="bidirectional" if len(layer.directions) == 2 else "forward",
        **operator.options,
    )
    width = layer.units * len(layer.directions)
    if layer.return_sequences:  # (time, directions, texts, units)
        turned = nodes.add("Transpose", found[0], perm=[2, 0, 1, 3])
        return nodes.add("Reshape", turned, nodes.numbers(0, 0, width))
    turned = nodes.add("Transpose", found[1], perm=[1, 0, 2])  # (directions, texts, units)
    return nodes.add("Reshape", turned, nodes.numbers(0, width))


def _reordered(weights: np.ndarray, operator: Operator) -> np.ndarray:
    """Weights (…, gates · units) with the gates in the order of ONNX."""
    parts = np.split(weights, len(operator.gates), axis=-1)
    return np.concatenate([parts[gate] for gate in operator.gates], axis=-1)


def _biases(bias: np.ndarray, operator: Operator) -> np.ndarray:
    """That of the inputs, then that of the states, (2 · gates · units,): a GRU has both, the others one."""
    both = bias if bias.ndim == 2 else np.stack([bias, np.zeros_like(bias)])
    return _reordered(both, operator).reshape(-1)
