"""Layers of models as ONNX operators.

A Keras model is a graph of layers and operations; `outputs_of` runs through it with names of ONNX tensors instead of
tensors. To add a layer, write a function of (nodes, layer, what the layer is called with) and add it to `LAYERS`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from seqlab.errors import RequestError
from seqlab.exports.onnx_attention import learned_positions, sinusoidal_positions, transformer_block
from seqlab.exports.onnx_dense import array, dense, layer_norm
from seqlab.exports.onnx_nodes import OnnxNodes, Value
from seqlab.exports.onnx_recurrent import recurrent

if TYPE_CHECKING:
    import keras

Layer = Callable[..., Any]
"""(nodes, layer, *values, **values) → the value that the layer gives. Values are names of tensors."""

OWN = ("keras", "seqlab")
"""The packages whose classes are meant by the names below."""


def outputs_of(nodes: OnnxNodes, model: keras.Model, inputs: Mapping[str, Value | None]) -> Value:
    """What a model gives for its inputs, by their names. Raises RequestError for a layer without a translation."""

    def as_nodes(layer: Any) -> Callable[..., Any]:
        kind = type(layer)
        if kind.__name__ not in LAYERS or kind.__module__.partition(".")[0] not in OWN:
            raise RequestError(
                f"the model has the layer {layer.name} ({kind.__module__}.{kind.__name__}), for which there are no "
                "ONNX operators here: use `--format saved_model`, which takes every model of texts"
            )
        return partial(LAYERS[kind.__name__], nodes, layer)

    given = [inputs[tensor.name] for tensor in model.inputs]
    return model._run_through_graph(given, operation_fn=as_nodes)  # Keras' own `clone_model` walks as it does


def _same(_: OnnxNodes, __: Any, value: Value, **___: Any) -> Value:
    return value


def _pairwise(operator: str) -> Layer:
    def layer(nodes: OnnxNodes, _: Any, first: Any, second: Any = None) -> Value:
        one, two = (first, second) if second is not None else first
        return nodes.add(operator, one, two)

    return layer


def _reduced(operator: str) -> Layer:
    """A sum, mean or maximum over one axis."""

    def layer(nodes: OnnxNodes, operation: Any, value: Value) -> Value:
        axis = int(np.ravel(operation.axis)[0])
        if axis == 1 and nodes.row_lengths is not None:
            return _over_row(nodes, operator, value)
        return nodes.add(operator, value, nodes.numbers(axis), keepdims=int(bool(operation.keepdims)))

    return layer


def _over_row(nodes: OnnxNodes, operator: str, value: Value) -> Value:
    """The mean or maximum over the steps that a model without a mask reads, (texts, time, width) → (texts, width)."""
    assert nodes.row_lengths is not None
    lengths = nodes.unsqueeze(nodes.row_lengths, 1)  # (texts, 1)
    inside = nodes.unsqueeze(nodes.add("Less", nodes.positions(value, 1), lengths), 2)  # (texts, time, 1)
    if operator == "ReduceMax":
        lowest = nodes.constant(np.finfo(np.float32).min)
        return nodes.add(operator, nodes.add("Where", inside, value, lowest), nodes.numbers(1), keepdims=0)
    total = nodes.add("Mul", value, nodes.cast(inside, "float32"))
    total = nodes.add("ReduceSum", total, nodes.numbers(1), keepdims=0)
    return nodes.add("Div", total, nodes.cast(lengths, "float32"))


def _not_equal(nodes: OnnxNodes, _: Any, ids: Value, other: int) -> Value:
    return nodes.add("Not", nodes.add("Equal", ids, nodes.constant(np.array(other, np.int32))))


def _cast(nodes: OnnxNodes, operation: Any, value: Value) -> Value:
    return nodes.cast(value, str(operation.dtype))


def _last_axis_added(nodes: OnnxNodes, _: Any, value: Value, key: Any) -> Value:
    """`value[:, :, None]`."""
    if key != (slice(None), slice(None), None):
        raise RequestError(f"there are no ONNX operators here for the index {key}: use `--format saved_model`")
    return nodes.unsqueeze(value, 2)


def _where(nodes: OnnxNodes, _: Any, condition: Value, value: Value, other: Any) -> Value:
    return nodes.add("Where", condition, value, nodes.constant(np.asarray(other, np.float32)))


def _concatenated(nodes: OnnxNodes, layer: Any, values: list[Value]) -> Value:
    return nodes.add("Concat", *values, axis=layer.axis)


def _relu(nodes: OnnxNodes, _: Any, value: Value) -> Value:
    return nodes.add("Relu", value)


def _embedding(nodes: OnnxNodes, layer: Any, ids: Value) -> Value:
    return nodes.add("Gather", nodes.constant(array(layer.table)), ids)


def _sinusoidal(nodes: OnnxNodes, layer: Any, vectors: Value) -> Value:
    return sinusoidal_positions(nodes, vectors, layer.output.shape[-1])


def _sum_of_rows(nodes: OnnxNodes, layer: Any, tokens: Value, **_: Any) -> Value:
    """`tokens` are weights of the whole vocabulary here, (texts, vocabulary) float32."""
    total = nodes.add("MatMul", tokens, nodes.constant(array(layer.effective_table())))
    return total if layer.bias is None else nodes.add("Add", total, nodes.constant(array(layer.bias)))


def _separable_conv(nodes: OnnxNodes, layer: Any, vectors: Value, mask: Value | None = None) -> Value:
    if mask is not None:
        vectors = nodes.add("Mul", vectors, nodes.unsqueeze(nodes.cast(mask, "float32"), 2))
    size, width = array(layer.depthwise).shape
    kernel = array(layer.depthwise).T[:, None, :]  # (width, 1, size)
    before = (size - 1) // 2
    convolved = nodes.add(
        "Conv",
        nodes.add("Transpose", vectors, perm=[0, 2, 1]),
        nodes.constant(kernel),
        group=width,
        pads=[before, size - 1 - before],
    )
    turned = nodes.add("Transpose", convolved, perm=[0, 2, 1])
    mixed = nodes.add("MatMul", turned, nodes.constant(array(layer.pointwise)))
    return nodes.add("Add", mixed, nodes.constant(array(layer.bias)))


def _separable_conv_block(nodes: OnnxNodes, layer: Any, vectors: Value, mask: Value | None = None) -> Value:
    changed = vectors
    for norm, convolution in zip(layer.norms, layer.convolutions, strict=True):
        changed = _separable_conv(nodes, convolution, nodes.add("Relu", layer_norm(nodes, norm, changed)), mask)
    return nodes.add("Add", vectors, changed)


LAYERS: Mapping[str, Layer] = {
    "Add": _pairwise("Add"),
    "Cast": _cast,
    "Concatenate": _concatenated,
    "Dense": dense,
    "Dropout": _same,
    "Embedding": _embedding,
    "GetItem": _last_axis_added,
    "LayerNormalization": layer_norm,
    "LearnedPositions": learned_positions,
    "Max": _reduced("ReduceMax"),
    "Mean": _reduced("ReduceMean"),
    "Multiply": _pairwise("Mul"),
    "NaiveBayesRows": _sum_of_rows,
    "NotEqual": _not_equal,
    "ReLU": _relu,
    "Recurrent": recurrent,
    "SeparableConv": _separable_conv,
    "SeparableConvBlock": _separable_conv_block,
    "SinusoidalPositions": _sinusoidal,
    "Sum": _reduced("ReduceSum"),
    "SumOfRows": _sum_of_rows,
    "TransformerBlock": transformer_block,
    "TrueDivide": _pairwise("Div"),
    "Where": _where,
}
"""Class of Keras or of seqlab → its operators."""
