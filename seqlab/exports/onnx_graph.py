"""Classifiers and regressions of texts as an ONNX graph, from the ids of all tokens to probabilities, or numbers."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from seqlab.errors import RequestError
from seqlab.exports.example_graph import vectorizer_of
from seqlab.exports.graph_inputs import NOTHING
from seqlab.exports.ids_model import Predictor, rounded_lengths
from seqlab.exports.onnx_layers import outputs_of
from seqlab.exports.onnx_nodes import OnnxNodes, Value
from seqlab.tasks.classification.predictor import ClassificationPredictor
from seqlab.tasks.example_predictor import ExamplePredictor
from seqlab.tasks.model_inputs import Sequences
from seqlab.tasks.regression.target_scale import TargetScale
from seqlab.text.fitted_words import FittedWords
from seqlab.text.vectorizer import FittedVectorizer
from seqlab.text_format import quoted


def onnx_graph(predictor: Predictor, *, one_text: bool = False) -> Any:
    """The `onnx.ModelProto`: `ids` (texts, tokens) int32, NOTHING at the end of shorter rows → `labels` (texts,),
    strings, and `probabilities` (texts, classes) float32; of a regression `predictions` (texts,) float64.

    `one_text`: for programs that know neither strings nor the lengths of rows. It takes a text at a time, (1, tokens),
    reads as many steps as that text has, and gives no labels. Raises RequestError for a model that does not read texts
    alone, and for a layer without a translation.
    """
    from onnx import TensorProto, helper

    nodes = OnnxNodes(one_text=one_text)
    empty, inputs = _inputs(nodes, predictor)
    outputs = outputs_of(nodes, predictor.model, inputs)
    texts = 1 if one_text else "texts"
    given = helper.make_tensor_value_info("ids", TensorProto.INT32, [texts, "tokens"])
    if not isinstance(predictor, ClassificationPredictor):
        _name(nodes, _numbers(nodes, outputs, empty, predictor.scale), "predictions")
        found = [helper.make_tensor_value_info("predictions", TensorProto.DOUBLE, [texts])]
        return nodes.model([given], found, predictor.model.name)
    shares = _shares(nodes, outputs, predictor.model.output_shape[-1])
    rows = nodes.add("Where", nodes.unsqueeze(empty, 1), nodes.constant(np.float32(math.nan)), shares)
    _name(nodes, rows, "probabilities")
    shape = [texts, len(predictor.labels)]
    found = [helper.make_tensor_value_info("probabilities", TensorProto.FLOAT, shape)]
    if not one_text:
        names = nodes.constant(np.array([_in_utf8(label) for label in predictor.labels], object))
        chosen = nodes.add("Gather", names, nodes.add("ArgMax", shares, axis=1, keepdims=0))
        _name(nodes, nodes.add("Where", empty, nodes.constant(np.array("", object)), chosen), "labels")
        found = [helper.make_tensor_value_info("labels", TensorProto.STRING, [texts]), *found]
    return nodes.model([given], found, predictor.model.name)


def _in_utf8(label: str) -> str:
    if label.encode("utf-8", "replace").decode() != label:
        raise RequestError(f"the label {quoted(label)} is no text in UTF-8, of which ONNX consists: rename the class")
    return label


def _name(nodes: OnnxNodes, value: Value, name: str) -> None:
    """Name an output of the graph."""
    nodes.nodes[-1].output[list(nodes.nodes[-1].output).index(value)] = name


def _inputs(nodes: OnnxNodes, predictor: ExamplePredictor) -> tuple[Value, dict[str, Value | None]]:
    """Which texts have no tokens, (texts,) bool, and the inputs of the model."""
    fitted, inputs = vectorizer_of(predictor), predictor.inputs.text
    ids, lengths, empty = _never_empty(nodes, fitted)
    if not isinstance(inputs, Sequences):
        return empty, {"tokens": _bags(nodes, fitted, ids), "offsets": None, "weights": None}
    if nodes.one_text:
        ids = nodes.first(ids, lengths, 1)
    if inputs.max_length is not None:
        limit = nodes.numbers(inputs.max_length)
        ids, lengths = nodes.first(ids, limit, 1), nodes.add("Min", lengths, limit)
    if isinstance(fitted, FittedWords) and fitted.options.reverse:
        ids = nodes.add("ReverseSequence", ids, lengths, batch_axis=0, time_axis=1)
    ids = nodes.add("Max", ids, nodes.constant(np.int32(0)))  # padding
    if not inputs.skips_padding:
        ids = _padded(nodes, ids, lengths, inputs.max_length)
    return empty, {"ids": ids}


def _never_empty(nodes: OnnxNodes, fitted: FittedVectorizer) -> tuple[Value, Value, Value]:
    """The ids with at least one column and one token a row, the lengths of the rows, int64, and which were empty."""
    pads = nodes.numbers(0, 0, 0, 1)
    ids = nodes.add("Pad", "ids", pads, nodes.constant(np.int32(NOTHING)))
    present = nodes.add("GreaterOrEqual", ids, nodes.constant(np.int32(0)))
    lengths = nodes.add("ReduceSum", nodes.cast(present, "int64"), nodes.numbers(1), keepdims=0)
    empty = nodes.add("Equal", lengths, nodes.constant(np.int64(0)))
    first = nodes.add("Equal", nodes.positions(ids, 1), nodes.constant(np.int64(0)))
    missing = nodes.add("And", nodes.unsqueeze(empty, 1), nodes.unsqueeze(first, 0))
    unknown = nodes.constant(np.int32(fitted.vocabulary.unknown or 0))
    return nodes.add("Where", missing, unknown, ids), nodes.add("Max", lengths, nodes.numbers(1)), empty


def _bags(nodes: OnnxNodes, fitted: FittedVectorizer, ids: Value) -> Value:
    """The weight of each token of the vocabulary in each text, (texts, vocabulary) float32."""
    size = nodes.constant(np.int32(fitted.size))  # one column more, for padding
    columns = nodes.add("Where", nodes.add("Less", ids, nodes.constant(np.int32(0))), size, ids)
    zeros = nodes.filled(np.float32(0), nodes.size(ids, 0), nodes.numbers(fitted.size + 1))
    ones = nodes.filled(np.float32(1), nodes.add("Shape", ids))
    counts = nodes.add("ScatterElements", zeros, columns, ones, axis=1, reduction="add")
    counts = nodes.first(counts, nodes.numbers(fitted.size), 1)
    if fitted.output in ("ids", "multi_hot"):
        return nodes.add("Min", counts, nodes.constant(np.float32(1)))
    if fitted.output != "tf_idf":
        return counts
    assert isinstance(fitted, FittedWords)
    return nodes.add("Mul", counts, nodes.constant(fitted.inverse_document_frequencies.astype(np.float32)))


def _padded(nodes: OnnxNodes, ids: Value, lengths: Value, max_length: int | None) -> Value:
    """Ids for a model that reads padding: as long as in a run. Tells the nodes where rows are of several lengths."""
    width = nodes.numbers(max_length or 0)
    if max_length is None:
        rounded = rounded_lengths()
        shorter = nodes.add("Less", nodes.constant(rounded), nodes.unsqueeze(lengths, 1))  # (texts, lengths)
        index = nodes.add("ReduceSum", nodes.cast(shorter, "int64"), nodes.numbers(1), keepdims=0)
        widths = nodes.add("Gather", nodes.constant(rounded), index)
        width = nodes.add("ReduceMax", widths, nodes.numbers(0), keepdims=1)
        nodes.row_lengths = None if nodes.one_text else widths
    zeros = nodes.filled(np.int32(0), nodes.size(ids, 0), width)
    return nodes.first(nodes.add("Concat", ids, zeros, axis=1), width, 1)


def _shares(nodes: OnnxNodes, logits: Value, outputs: int) -> Value:
    """Logits (texts, outputs) → probabilities (texts, classes); one output is that of the second of two classes."""
    if outputs == 1:
        logits = nodes.add("Pad", logits, nodes.numbers(0, 1, 0, 0))
    return nodes.add("Softmax", logits, axis=1)


def _numbers(nodes: OnnxNodes, outputs: Value, empty: Value, scale: TargetScale) -> Value:
    """Outputs (texts, 1) → numbers in the units of the data, (texts,) float64."""
    found = nodes.cast(nodes.add("Squeeze", outputs, nodes.numbers(1)), "float64")
    found = nodes.add("Mul", found, nodes.constant(np.float64(scale.deviation)))
    found = nodes.add("Add", found, nodes.constant(np.float64(scale.mean)))
    return nodes.add("Where", empty, nodes.constant(np.float64(math.nan)), found)
