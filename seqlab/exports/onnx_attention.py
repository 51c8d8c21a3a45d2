"""Transformer blocks and positions as ONNX operators."""

from __future__ import annotations

from typing import Any

import numpy as np

from seqlab.exports.onnx_dense import array, dense, layer_norm
from seqlab.exports.onnx_nodes import OnnxNodes, Value


def transformer_block(nodes: OnnxNodes, layer: Any, vectors: Value, mask: Value | None = None, **_: Any) -> Value:
    """`TransformerBlock` without dropout: vectors (texts, time, width) → the same; mask (texts, time) bool."""
    attended = attention(nodes, layer.attention, layer_norm(nodes, layer.attention_norm, vectors), mask)
    vectors = nodes.add("Add", vectors, attended)
    hidden = dense(nodes, layer.widen, layer_norm(nodes, layer.feed_forward_norm, vectors))
    return nodes.add("Add", vectors, dense(nodes, layer.narrow, hidden))


def attention(nodes: OnnxNodes, layer: Any, vectors: Value, mask: Value | None) -> Value:
    """`Attention` of all tokens of a text to each other: (texts, time, width) → the same."""
    from seqlab.layers.attention import MASKED_SCORE

    width = layer.width // layer.heads

    def of_heads(project: Any) -> Value:
        """(texts, heads, time, width of a head)"""
        split = nodes.add("Reshape", dense(nodes, project, vectors), nodes.numbers(0, 0, layer.heads, width))
        return nodes.add("Transpose", split, perm=[0, 2, 1, 3])

    query, key, value = (of_heads(project) for project in (layer.query, layer.key, layer.value))
    if layer.rotary:
        cosine, sine = _waves(nodes, nodes.positions(vectors, 1), width)
        query, key = (rotated(nodes, each, cosine, sine, width) for each in (query, key))
    scaled = nodes.add("Mul", query, nodes.constant(np.float32(width**-0.5)))
    scores = nodes.add("MatMul", scaled, nodes.add("Transpose", key, perm=[0, 1, 3, 2]))  # (texts, heads, time, time)
    if mask is not None:
        padding = nodes.cast(nodes.add("Not", mask), "float32")
        lowered = nodes.add("Mul", padding, nodes.constant(np.float32(MASKED_SCORE)))
        scores = nodes.add("Add", scores, nodes.unsqueeze(lowered, 1, 2))
    found = nodes.add("MatMul", nodes.add("Softmax", scores, axis=-1), value)
    joined = nodes.add("Transpose", found, perm=[0, 2, 1, 3])
    return dense(nodes, layer.output_projection, nodes.add("Reshape", joined, nodes.numbers(0, 0, layer.width)))


def rotated(nodes: OnnxNodes, vectors: Value, cosine: Value, sine: Value, width: int) -> Value:
    """`rotate`: (a, b) → (a · cos − b · sin, b · cos + a · sin) of each pair of neighboring numbers."""
    swapped = np.zeros((width, width), np.float32)  # (a, b) → (−b, a)
    evens = np.arange(0, width, 2)
    swapped[evens + 1, evens], swapped[evens, evens + 1] = -1, 1
    turned = nodes.add("MatMul", vectors, nodes.constant(swapped))
    return nodes.add("Add", nodes.add("Mul", vectors, cosine), nodes.add("Mul", turned, sine))


def sinusoidal_positions(nodes: OnnxNodes, vectors: Value, width: int) -> Value:
    """`SinusoidalPositions`: sines at even places, cosines at odd ones."""
    cosine, sine = _waves(nodes, nodes.positions(vectors, 1), width)
    even = nodes.constant(np.arange(width) % 2 == 0)
    scaled = nodes.add("Mul", vectors, nodes.constant(np.float32(width**0.5)))
    return nodes.add("Add", scaled, nodes.add("Where", even, sine, cosine))


def learned_positions(nodes: OnnxNodes, layer: Any, vectors: Value) -> Value:
    """`LearnedPositions`."""
    rows = nodes.first(nodes.constant(array(layer.table)), nodes.size(vectors, 1), 0)
    return nodes.add("Add", vectors, rows)


def _waves(nodes: OnnxNodes, positions: Value, width: int) -> tuple[Value, Value]:
    """Cosines and sines of the `angles` of positions (time,), each angle twice: (time, width) float32 each."""
    import tensorflow as tf

    from seqlab.layers.positions import angles

    frequencies = np.repeat(angles(tf.constant([1]), width).numpy(), 2, axis=1)  # (1, width), rounded as in training
    steps = nodes.unsqueeze(nodes.cast(positions, "float32"), 1)
    angle = nodes.add("Mul", steps, nodes.constant(frequencies))
    return nodes.add("Cos", angle), nodes.add("Sin", angle)
