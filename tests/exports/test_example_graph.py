"""Classifiers and regressions as graphs: the answers of the predictor for texts of every kind, without being saved."""

import math
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
import tensorflow as tf
from small_classifier import WORDS, predictor_of

from seqlab.data.batching.padding import round_lengths
from seqlab.errors import RequestError
from seqlab.exports.example_graph import example_graph, rounded, vectorizer_of
from seqlab.exports.graph_inputs import graph_input, padded
from seqlab.exports.saved_model import graph_of
from seqlab.models.classification import BagClassifier, RecurrentClassifier, TransformerClassifier
from seqlab.tasks.regression.predictor import RegressionPredictor
from seqlab.tasks.regression.target_scale import TargetScale
from seqlab.text import Characters, Subwords, Words

TEXTS = ["w1 w2 w2 w3", "", "unheard", " ".join(WORDS * 3), "W5! w6", " \u3000 ", "w" * 300, "e\u0301 w1"]


def answers(predictor, texts, directory):
    """Eagerly: tracing takes longer than all the rest."""
    graph = example_graph(predictor)
    graph.reads.write(directory)
    return graph.signatures["serving_default"].python_function(graph.reads.tensor(texts, directory))


@pytest.mark.parametrize("length", [None, 40])
def test_lengths_are_rounded_as_in_batches(length):
    lengths = np.array([*range(1, 600), *(2**power + more for power in range(9, 31) for more in (-1, 0, 1, 2))])
    assert rounded(tf.constant(lengths), length).numpy().tolist() == round_lengths(lengths, length).tolist()


RECURRENT = {"units": 4, "embedding": 4, "cell": "gru"}


@pytest.mark.parametrize("labels", [("no", "yes"), ("a", "b", "ç")])
@pytest.mark.parametrize(
    ("model", "vectorizer"),
    [
        (BagClassifier(hidden=3), Words(ngrams=2, output="tf_idf")),
        (BagClassifier(hidden=3), Words(hash_buckets=9)),
        (RecurrentClassifier(**RECURRENT, bidirectional=True), Words(max_length=9)),
        (RecurrentClassifier(**RECURRENT, mask=False), Characters()),
        (RecurrentClassifier(**RECURRENT, mask=False), Words(max_length=20, reverse=True)),
        (TransformerClassifier(layers=1, heads=1, width=4, feed_forward=4), Subwords(size=260)),
    ],
    ids=["bag", "hashed", "cut", "padding read", "padding read to a length", "subwords"],
)
def test_answers_are_those_of_the_predictor(model, vectorizer, labels, tmp_path):
    predictor = predictor_of(model, vectorizer, labels)
    own = list(predictor.predict(TEXTS))
    found = answers(predictor, TEXTS, tmp_path)
    assert [label.decode() for label in found["labels"].numpy()] == [each.label for each in own]
    shares = np.array([list(each.probabilities.values()) for each in own])
    np.testing.assert_allclose(found["probabilities"], shares, atol=1e-6)
    assert np.isnan(found["probabilities"][1]).all()
    assert found["probabilities"].dtype == tf.float32
    (alone,) = answers(predictor, TEXTS[2:3], tmp_path)["probabilities"].numpy()
    np.testing.assert_allclose(alone, shares[2], atol=1e-6)


@pytest.mark.parametrize("model", [BagClassifier(), RecurrentClassifier(**RECURRENT, mask=False)])
def test_no_texts_have_no_answers(model, tmp_path):
    found = answers(predictor_of(model), [], tmp_path)
    assert found["labels"].shape == (0,)
    assert found["probabilities"].shape == (0, 2)


def test_a_regression_gives_numbers_in_the_units_of_the_data(tmp_path):
    classifier = predictor_of(BagClassifier(hidden=3))
    predictor = RegressionPredictor(classifier.model, classifier.examples, TargetScale(mean=1e6, deviation=2e5))
    own = [math.nan if each.prediction is None else each.prediction for each in predictor.predict(TEXTS)]
    found = answers(predictor, TEXTS, tmp_path)["predictions"]
    assert found.dtype == tf.float64
    np.testing.assert_allclose(found, own, rtol=1e-6)
    assert math.isnan(found[1])


def test_rows_of_ids_are_as_long_as_the_longest():
    assert padded([[1], [], [2, 3]]).tolist() == [[1, -1], [-1, -1], [2, 3]]
    assert padded([]).shape == (0, 0)


def test_what_takes_ids_says_why(tmp_path):
    reads = graph_input(Words(stem="english", ngrams=2).learn(["running dogs run"]))
    assert (reads.name, reads.reason) == ("ids", "stem: english, because TensorFlow has no Snowball stemmer")
    reads.write(tmp_path)
    assert (tmp_path / "vectorizer.json").exists()
    ids = reads.token_ids(reads.tensor(["run dogs", "", "running"], tmp_path))
    assert [len(row) for row in ids.to_list()] == [3, 0, 1]


def test_a_function_of_a_plugin_is_refused():
    fitted = Words().learn(["a"])
    fitted.options = fitted.options.model_copy(update={"standardize": "my_steps:clean"})
    with pytest.raises(RequestError, match=r"vectorizer\.standardize is my_steps:clean, a function of a plug-in"):
        graph_input(fitted)


def test_what_reads_more_than_texts_is_refused():
    predictor = predictor_of(BagClassifier(hidden=3))
    columns = SimpleNamespace(names=("city", "size"))
    rows = SimpleNamespace(features=object(), data=SimpleNamespace(feature_columns=columns), vectorizer=object())
    with pytest.raises(RequestError, match="reads the columns 'city', 'size', and this format takes texts alone"):
        vectorizer_of(SimpleNamespace(examples=rows))
    encoded = SimpleNamespace(examples=replace(predictor.examples, vectorizer=None, encoder=object()))
    for function in (vectorizer_of, example_graph):
        with pytest.raises(RequestError, match="through a sentence encoder, which an export does not hold: `seqlab"):
            function(encoded)


def test_a_run_without_answers_to_texts_is_refused():
    loaded = SimpleNamespace(
        predictor=object(), run=SimpleNamespace(id="a-run"), experiment=SimpleNamespace(task="word_vectors")
    )
    with pytest.raises(RequestError, match=r"run a-run is a word_vectors run.*`--format word2vec` writes word vectors"):
        graph_of(loaded)
