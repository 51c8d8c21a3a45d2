"""Recurrent layers as ONNX operators: gates, biases, masks and directions, beside seqlab's own layer."""

import keras
import numpy as np
import onnxruntime
import pytest
from onnx import TensorProto, helper

from seqlab.exports.onnx_nodes import OnnxNodes
from seqlab.exports.onnx_recurrent import recurrent
from seqlab.layers.rnn import Recurrent


def by_onnxruntime(layer, inputs, mask):
    nodes = OnnxNodes()
    given = [helper.make_tensor_value_info("inputs", TensorProto.FLOAT, [None, None, inputs.shape[2]])]
    if mask is not None:
        given.append(helper.make_tensor_value_info("mask", TensorProto.BOOL, [None, None]))
    name = recurrent(nodes, layer, "inputs", mask=None if mask is None else "mask")
    shape = [None] * (3 if layer.return_sequences else 2)
    model = nodes.model(given, [helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)], "layer")
    session = onnxruntime.InferenceSession(model.SerializeToString())
    return session.run(None, {"inputs": inputs} | ({} if mask is None else {"mask": mask}))[0]


@pytest.mark.parametrize("sequences", [False, True])
@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize("bidirectional", [False, True])
@pytest.mark.parametrize("cell", ["simple_rnn", "lstm", "gru"])
def test_outputs_are_those_of_the_layer(cell, bidirectional, masked, sequences):
    random = np.random.default_rng(1)
    inputs = random.normal(size=(3, 5, 2)).astype(np.float32)
    mask = np.arange(5) < np.array([[5], [1], [3]]) if masked else None
    layer = Recurrent(cell, 4, bidirectional=bidirectional, return_sequences=sequences)
    layer.build(inputs.shape)
    for weight in layer.weights:
        weight.assign(random.normal(size=weight.shape))
    own = keras.ops.convert_to_numpy(layer(inputs, mask=mask))
    found = by_onnxruntime(layer, inputs, mask)
    assert found.shape == own.shape
    np.testing.assert_allclose(found, own, atol=1e-6)
