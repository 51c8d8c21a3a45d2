"""Classifiers and regressions as ONNX graphs: the answers of the predictor, by onnxruntime."""

import math

import keras
import numpy as np
import onnx
import onnxruntime
import pytest
from export_cases import CASES, TEXTS, case, regression
from small_classifier import predictor_of

from seqlab.errors import RequestError
from seqlab.exports import onnx_nodes
from seqlab.exports.graph_inputs import script
from seqlab.exports.onnx_graph import onnx_graph
from seqlab.exports.onnx_layers import outputs_of
from seqlab.exports.onnx_nodes import OnnxNodes
from seqlab.exports.vectorizer_files import write_vectorizer
from seqlab.models.classification import BagClassifier


def answers(model, ids):
    """Name → array, by onnxruntime."""
    session = onnxruntime.InferenceSession(model.SerializeToString())
    names = [output.name for output in session.get_outputs()]
    return dict(zip(names, session.run(None, {"ids": np.array(ids, np.int32)}), strict=True))


def rows_of(predictor, texts, directory):
    write_vectorizer(predictor.examples.vectorizer, directory)
    return script(directory).rows(texts)


THREE = ("a", "b", "ç")


@pytest.mark.parametrize(
    ("name", "labels"), [*((name, ("no", "yes")) for name in CASES), ("tf_idf", THREE), ("naive Bayes", THREE)]
)
def test_answers_are_those_of_the_predictor(name, labels, tmp_path):
    predictor = case(name, labels)
    own = list(predictor.predict(TEXTS))
    shares = np.array([list(each.probabilities.values()) for each in own])
    model = onnx_graph(predictor)
    ids = rows_of(predictor, TEXTS, tmp_path)
    found = answers(model, ids)
    assert found["labels"].tolist() == [each.label for each in own]
    np.testing.assert_allclose(found["probabilities"], shares, atol=1e-6)
    assert found["probabilities"].dtype == np.float32
    assert np.isnan(found["probabilities"][1]).all()
    wider = [[*row, -1, -1, -1] for row in ids]
    np.testing.assert_allclose(answers(model, wider)["probabilities"], shares, atol=1e-6)


@pytest.mark.parametrize(
    "name", ["naive Bayes", "cut", "reversed", "layers, maximum", "one-hot", "padding, mean", "sinusoidal"]
)
def test_a_text_alone_is_read_without_lengths(name, tmp_path):
    """What OpenVINO needs: no operator has an input for lengths, and no output is a string."""
    predictor = case(name)
    model = onnx_graph(predictor, one_text=True)
    rnn = [node for node in model.graph.node if node.op_type in ("RNN", "LSTM", "GRU")]
    assert all(len(node.input) == 4 for node in rnn)
    assert [output.name for output in model.graph.output] == ["probabilities"]
    for text, own in zip(TEXTS[:4], predictor.predict(TEXTS[:4]), strict=True):
        (row,) = rows_of(predictor, [text], tmp_path)
        found = answers(model, [[*row, -1]])["probabilities"]
        np.testing.assert_allclose(found[0], list(own.probabilities.values()), atol=1e-6)


def test_a_regression_gives_numbers_in_the_units_of_the_data(tmp_path):
    predictor = regression()
    own = [math.nan if each.prediction is None else each.prediction for each in predictor.predict(TEXTS)]
    found = answers(onnx_graph(predictor), rows_of(predictor, TEXTS, tmp_path))
    assert found["predictions"].dtype == np.float64
    np.testing.assert_allclose(found["predictions"], own, rtol=1e-6)


def test_a_label_that_is_no_utf8_is_refused():
    with pytest.raises(RequestError, match=r"the label '.*' is no text in UTF-8"):
        onnx_graph(predictor_of(BagClassifier(hidden=0), labels=("no", "\ud800")))


class Own(keras.layers.Layer):
    """A layer of a plug-in, with the name of one of seqlab's."""

    def call(self, vectors):
        return vectors


Own.__name__ = "Dense"


@pytest.mark.parametrize(
    ("layer", "says"),
    [
        (Own(name="mine"), r"has the layer mine \(.*\), for which there are no ONNX operators here"),
        (keras.layers.LayerNormalization(name="n"), None),
        (keras.layers.Dense(2, "swish", name="d"), "the layer d has the activation silu"),
        (keras.layers.BatchNormalization(name="b"), r"has the layer b \(keras.*BatchNormalization\)"),
    ],
)
def test_what_has_no_operator_is_refused(layer, says):
    given = keras.Input((3,), name="x")
    model = keras.Model({"x": given}, layer(given))
    if says is None:
        outputs_of(OnnxNodes(), model, {"x": "x"})
        return
    with pytest.raises(RequestError, match=says):
        outputs_of(OnnxNodes(), model, {"x": "x"})


def test_an_index_that_is_not_known_is_refused():
    given = keras.Input((3, 2), name="x")
    with pytest.raises(RequestError, match="no ONNX operators here for the index"):
        outputs_of(OnnxNodes(), keras.Model({"x": given}, given[:, 0]), {"x": "x"})


def test_equal_weights_are_stored_once_and_too_many_refused(monkeypatch):
    nodes = OnnxNodes()
    assert nodes.constant(np.zeros(3)) == nodes.constant(np.zeros(3))
    assert len({nodes.constant(np.zeros(3, kind)) for kind in ("float32", "int32", "float64")}) == 3
    assert nodes.constant(np.array(["a"], object)) != nodes.constant(np.array(["b"], object))
    monkeypatch.setattr(onnx_nodes, "LARGEST", 10)
    with pytest.raises(RequestError, match="a file of ONNX has at most 2 GiB"):
        nodes.model([], [], "model")


def test_the_model_is_of_versions_that_many_can_read():
    model = onnx_graph(case("rotary"))
    assert (model.ir_version, model.opset_import[0].version) == (9, 18)
    assert not {node.domain for node in model.graph.node} - {""}
    onnx.checker.check_model(model, full_check=True)


def test_layers_that_no_model_has_are_not_listed():
    """Each is met by one of the cases."""
    from seqlab.exports.onnx_layers import LAYERS

    seen = {type(layer).__name__ for name in CASES for layer in case(name).model.operations}
    assert set(LAYERS) - seen <= {"Add", "Concatenate"}
