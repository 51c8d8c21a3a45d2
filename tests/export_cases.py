"""Classifiers of every family with random weights, and texts of every kind: what exports are compared on."""

import functools

from small_classifier import WORDS, predictor_of

from seqlab.models.classification import (
    BagClassifier,
    NaiveBayesClassifier,
    RecurrentClassifier,
    SeparableConvClassifier,
    TransformerClassifier,
)
from seqlab.tasks.regression.predictor import RegressionPredictor
from seqlab.tasks.regression.target_scale import TargetScale
from seqlab.text import Characters, Subwords, Words

TEXTS = ["w1 w2 w2 w3", "", "unheard", " ".join(WORDS * 3), "W5! w6", " \u3000 ", "w" * 40, "e\u0301 w1"]
SMALL = {"units": 3, "embedding": 4}
BLOCKS = {"heads": 2, "width": 4, "feed_forward": 3}

CASES = {
    "tf_idf": (BagClassifier(hidden=3), Words(ngrams=2, output="tf_idf")),
    "counts, linear": (BagClassifier(hidden=0), Words(output="count")),
    "hashed": (BagClassifier(hidden=3), Words(hash_buckets=9)),
    "naive Bayes": (NaiveBayesClassifier(beta=0.25), Words(ngrams=2)),
    "cut": (RecurrentClassifier(**SMALL, bidirectional=True), Words(max_length=9)),
    "reversed": (RecurrentClassifier(**SMALL, cell="gru"), Words(max_length=9, reverse=True)),
    "layers, maximum": (
        RecurrentClassifier(**SMALL, cell="gru", bidirectional=True, layers=2, pooling="max"),
        Words(),
    ),
    "simple, mean": (RecurrentClassifier(**SMALL, cell="simple_rnn", bidirectional=True, pooling="mean"), Words()),
    "one-hot": (RecurrentClassifier(units=3, one_hot=True, bidirectional=True), Words()),
    "padding to a length": (RecurrentClassifier(**SMALL, mask=False), Words(max_length=20, reverse=True)),
    "padding": (RecurrentClassifier(**SMALL, cell="gru", mask=False, bidirectional=True), Characters()),
    "padding, mean": (RecurrentClassifier(**SMALL, mask=False, pooling="mean"), Words()),
    "padding, maximum": (RecurrentClassifier(**SMALL, mask=False, pooling="max", layers=2), Words()),
    "convolution": (SeparableConvClassifier(embedding=4, filters=4, kernel=4, blocks=1), Words()),
    "convolution, maximum": (SeparableConvClassifier(embedding=4, filters=4, blocks=1, pooling="max"), Words()),
    "rotary": (TransformerClassifier(**BLOCKS, positions="rotary"), Words()),
    "sinusoidal": (TransformerClassifier(**BLOCKS), Subwords(size=260)),
    "learned": (TransformerClassifier(**BLOCKS, layers=2, positions="learned"), Words(max_length=30)),
}
"""What is special → model and vectorizer."""


@functools.cache
def case(name, labels=("no", "yes")):
    """The predictor of a case, built once."""
    return predictor_of(*CASES[name], labels)


def regression():
    """A predictor of large numbers."""
    classifier = predictor_of(BagClassifier(hidden=3))
    return RegressionPredictor(classifier.model, classifier.examples, TargetScale(mean=1e6, deviation=2e5))
