"""The layers that all networks consist of as ONNX operators: dense layers and layer norms."""

from __future__ import annotations

from typing import Any

import numpy as np

from seqlab.errors import RequestError
from seqlab.exports.onnx_nodes import OnnxNodes, Value

ACTIVATIONS = {"linear": None, "relu": "Relu", "tanh": "Tanh", "sigmoid": "Sigmoid"}
"""Name in Keras → the operator; None: there is nothing to do."""


def array(weight: Any) -> np.ndarray:
    """A weight as float32."""
    return np.asarray(weight, np.float32)


def dense(nodes: OnnxNodes, layer: Any, vectors: Value) -> Value:
    """(…, width) → (…, units). Raises RequestError for an activation without an operator here."""
    name = layer.activation.__name__
    if name not in ACTIVATIONS:
        raise RequestError(
            f"the layer {layer.name} has the activation {name}, for which there is no ONNX operator here: use "
            "`--format saved_model`"
        )
    found = nodes.add("MatMul", vectors, nodes.constant(array(layer.kernel)))
    if layer.use_bias:
        found = nodes.add("Add", found, nodes.constant(array(layer.bias)))
    operator = ACTIVATIONS[name]
    return found if operator is None else nodes.add(operator, found)


def layer_norm(nodes: OnnxNodes, layer: Any, vectors: Value) -> Value:
    """Of each vector (…, width)."""
    scale, offset = nodes.constant(array(layer.gamma)), nodes.constant(array(layer.beta))
    return nodes.add("LayerNormalization", vectors, scale, offset, axis=-1, epsilon=float(layer.epsilon))
