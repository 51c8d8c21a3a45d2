"""Models for LiteRT: the answers of the predictor, for texts of any length."""

import numpy as np
import pytest
import tensorflow as tf
from ai_edge_litert.interpreter import Interpreter
from export_cases import TEXTS, case, regression

from seqlab.errors import RequestError
from seqlab.exports import ids_model, litert
from seqlab.exports.litert import converted, serving_function


def eagerly(predictor):
    """The function without being converted, which takes longer than all the rest."""
    output = ids_model.output_of(predictor)
    return lambda ids: serving_function(predictor).python_function(ids)[output].numpy()


@pytest.mark.parametrize("name", ["hashed", "counts, linear", "reversed", "padding to a length", "padding, maximum"])
def test_answers_are_those_of_the_predictor(name, tmp_path):
    predictor = case(name)
    ids_model.write_beside(predictor, tmp_path)
    found = ids_model.compare(predictor, TEXTS[:4], tmp_path, eagerly(predictor), one_text=True)
    assert found.holds, found


@pytest.mark.parametrize("name", ["tf_idf", "cut", "padding"])
def test_it_needs_no_operator_of_tensorflow_and_any_length_will_do(name, tmp_path):
    predictor = case(name)
    ids_model.write_beside(predictor, tmp_path)
    interpreter = Interpreter(model_content=converted(predictor))
    assert not [each["op_name"] for each in interpreter._get_ops_details() if each["op_name"].startswith("Flex")]
    ask = interpreter.get_signature_runner()
    found = ids_model.compare(predictor, TEXTS, tmp_path, lambda ids: ask(ids=ids)["probabilities"], one_text=True)
    assert found.holds, found


def test_a_regression_gives_numbers(tmp_path):
    predictor = regression()
    ids_model.write_beside(predictor, tmp_path)
    found = ids_model.compare(predictor, TEXTS, tmp_path, eagerly(predictor), one_text=True)
    assert found.holds
    assert found.of == "numbers"
    assert np.isnan(eagerly(predictor)(np.array([[-1]], np.int32))[0])


def test_operations_that_it_does_not_have_are_named(monkeypatch):
    predictor = case("hashed")

    def sorted_words(ids):
        return tf.cast(tf.strings.length(tf.strings.as_string(ids[:, :2])), tf.float32)

    monkeypatch.setattr(litert, "_of_bag", lambda _: sorted_words)
    with pytest.raises(RequestError, match=r"LiteRT has no operators for the model bag: .* refuses \w"):
        converted(predictor)
