"""Categories and numbers as inputs of a graph: what seqlab reads of the same cells."""

import math

import numpy as np
import pytest
import tensorflow as tf
from row_classifier import predictor_of, regression_of
from small_classifier import WORDS

from seqlab.data.datasets.labelled_tables import CommaSeparated
from seqlab.data.features import FittedFeatures, category_cell
from seqlab.data.records import Records
from seqlab.exports.example_graph import example_graph
from seqlab.exports.feature_inputs import category_cells, feature_inputs, input_names
from seqlab.exports.saved_model import _interface, _usage
from seqlab.models.classification import BagClassifier, RecurrentClassifier, TabularModel
from seqlab.tasks.given_rows import RowError

ROWS = [
    {"review": "w1 w2 w2", "city": " Zu\u0308rich\u3000", "größe": 2},
    {"review": "", "city": "Paris", "größe": None},
    {"review": " ".join(WORDS * 2), "city": "\u200b", "größe": 1e300},
    {"review": "w5", "city": "Rome", "größe": "-0.25"},
]


@pytest.mark.parametrize(
    ("model", "text"),
    [
        (BagClassifier(hidden=3), "review"),
        (BagClassifier(hidden=0), "review"),
        (RecurrentClassifier(units=3, embedding=4, mask=False), "review"),
        (TabularModel(hidden=3), None),
    ],
    ids=["bag", "linear", "padding read", "no text"],
)
def test_answers_are_those_of_the_predictor(model, text, tmp_path):
    predictor = predictor_of(model, text)
    graph = example_graph(predictor)
    serve = graph.signatures["serving_default"]
    texts = [tf.constant([row["review"] for row in ROWS])] if text else []
    cities = tf.constant([row["city"] for row in ROWS])
    sizes = tf.constant([math.nan if row["größe"] is None else float(row["größe"]) for row in ROWS], tf.float64)
    found = serve.python_function(*texts, cities, sizes)
    own = list(predictor.predict(ROWS))
    assert [label.decode() for label in found["labels"].numpy()] == [each.label for each in own]
    shares = np.array([list(each.probabilities.values()) for each in own])
    np.testing.assert_allclose(found["probabilities"], shares, atol=1e-6)
    signatures = {"serving_default": lambda **given: serve.python_function(*given.values())}
    if not text:  # the order of what is given is that of the signature
        assert graph.compare(signatures, ROWS, tmp_path).holds


def test_a_regression_beside_least_squares_answers_as_the_predictor(tmp_path):
    """In the units of the data: targets around 1e6."""
    predictor = regression_of(TabularModel(hidden=3))
    assert "linear" in [layer.name for layer in predictor.model.layers]
    graph = example_graph(predictor)
    serve = graph.signatures["serving_default"]
    rows = [{name: value for name, value in row.items() if name != "review"} for row in ROWS]
    cities = tf.constant([row["city"] for row in rows])
    sizes = tf.constant([math.nan if row["größe"] is None else float(row["größe"]) for row in rows], tf.float64)
    found = serve.python_function(cities, sizes)["predictions"]
    own = [each.prediction for each in predictor.predict(rows)]
    assert len({round(number) for number in own}) == len(rows)
    np.testing.assert_allclose(found, own, rtol=1e-6)
    signatures = {"serving_default": lambda **given: serve.python_function(*given.values())}
    assert graph.compare(signatures, rows, tmp_path).holds


@pytest.mark.parametrize("sign", [1, -1])
def test_an_infinite_number_is_refused_as_by_the_run(sign):
    predictor = predictor_of(TabularModel(hidden=3), None)
    with pytest.raises(RowError, match="infinite"):
        list(predictor.predict([{"city": "Rome", "größe": sign * math.inf}]))
    serve = example_graph(predictor).signatures["serving_default"]
    sizes = tf.constant([1.0, math.nan, sign * math.inf], tf.float64)
    with pytest.raises(tf.errors.InvalidArgumentError, match="infinite: write a finite number"):
        serve(tf.constant(["Rome"] * 3), sizes)


def test_the_readme_names_every_input():
    graph = example_graph(predictor_of(BagClassifier(hidden=0)))
    assert _interface(graph)[:3] == [
        "Takes `text` (texts,): strings in UTF-8, any number of them.",
        "Takes `city` (texts,): the column city, strings; an empty one is missing.",
        "Takes `gro_e` (texts,): the column größe, float64; NaN is missing, an infinity an error of the call.",
    ]
    assert "NaN" not in _interface(graph)[-1]
    assert "city=tf.constant(['Rome']), gro_e=tf.constant([0.833], tf.float64)" in _usage(graph)
    assert "text" not in _usage(example_graph(predictor_of(TabularModel(), None)))


def test_inputs_have_names_that_programs_can_write():
    names = input_names(["text", "größe m²", "class", "2nd", "größe m3", "a b", "a_b", "A b", "日本", ""])
    assert list(names.values()) == [
        "text_", "gro_e_m2", "class_", "column_2nd", "gro_e_m3", "a_b", "a_b_", "A_b__", "column___", "column_",
    ]  # fmt: skip
    assert all(name.isidentifier() and name.isascii() for name in names.values())


def test_categories_are_read_as_in_tables():
    cells = [
        "",
        " a ",
        "\u3000b\u00a0",
        "e\u0301",
        "\u200b \u2060",
        "a\u200bb",
        "\x1cx",
        "\u200bx",
        "a  b",
        "x\n",
        "\x00",
    ]
    found = [cell.decode() for cell in category_cells(tf.constant([cell.encode() for cell in cells])).numpy()]
    assert found == [category_cell(cell) for cell in cells]


def test_numbers_are_normalized_as_in_tables():
    data = CommaSeparated(path="x.csv", features={"numbers": ["a", "b"]})
    columns = data.feature_columns
    fitted = FittedFeatures.learn(columns, Records({"features": [("1", "2"), ("5", ""), ("3", "2")]}))
    rows = [("4", "7"), ("", ""), ("-1e308", "1e308"), ("3", "2")]
    inputs = feature_inputs(fitted)
    found = inputs.encode(inputs.tensors(rows))
    np.testing.assert_array_equal(found["numbers"], fitted.encode(rows)["numbers"])
    assert found["numbers"].shape == (4, 3)
