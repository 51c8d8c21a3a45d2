"""Contributions of a bag's rows add up to its logits, of random bags and of layers worked out by hand."""

import keras
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from small_classifier import predictor_of

from seqlab.models.bag_contributions import BagWeights, bag_weights
from seqlab.models.classification import BagClassifier, NaiveBayesClassifier, RecurrentClassifier
from seqlab.text.words import Words


def test_a_hidden_unit_counts_for_the_share_of_the_path_where_it_is_above_zero():
    """With bias -1 and a sum of 4 it is above 0 for three quarters of the path: 3/4 of 4 is the output of ReLU, 3."""
    bag = BagWeights(np.array([[1.0], [3.0], [9.0]]), np.array([-1.0]), np.array([[2.0]]))
    found = bag.contributions(np.array([0, 1]), np.ones(2))
    np.testing.assert_allclose(found, [[1.5], [4.5]])
    np.testing.assert_allclose(bag.gradient_input(np.array([0, 1]), np.ones(2)), [[2.0], [6.0]])


def test_a_unit_that_the_bag_switches_off_is_taken_away():
    """Bias 1 and a sum of -4: above 0 for a quarter of the path, where 1 is lost."""
    bag = BagWeights(np.array([[-1.0], [-3.0]]), np.array([1.0]), np.array([[2.0]]))
    np.testing.assert_allclose(bag.contributions(np.array([0, 1]), np.ones(2)).sum(), -2.0)
    assert not bag.gradient_input(np.array([0, 1]), np.ones(2)).any()


@pytest.mark.parametrize("bias", [-1.0, 0.0, 1.0])
def test_units_that_do_not_change_add_nothing(bias):
    bag = BagWeights(np.zeros((2, 1)), np.array([bias]), np.array([[2.0]]))
    assert bag.contributions(np.array([0, 1]), np.ones(2)).tolist() == [[0], [0]]


@given(st.integers(0, 2**32 - 1), st.integers(1, 12), st.booleans())
def test_they_add_up_to_the_difference_from_an_empty_bag(seed, size, hidden):
    random = np.random.default_rng(seed)
    units = 4 if hidden else 2
    kernel = random.normal(size=(units, 2)) if hidden else None
    bag = BagWeights(random.normal(size=(30, units)), random.normal(size=units), kernel)
    ids, weights = random.choice(30, size, replace=False), random.uniform(0, 3, size)

    def logits(total):
        return bag.bias + total if kernel is None else np.maximum(bag.bias + total, 0) @ kernel

    total = (weights[:, None] * bag.rows[ids]).sum(axis=0)
    np.testing.assert_allclose(
        bag.contributions(ids, weights).sum(axis=0), logits(total) - logits(np.zeros(units)), atol=1e-9
    )


@pytest.mark.parametrize(
    ("model", "kernel"),
    [(BagClassifier(hidden=0), False), (BagClassifier(hidden=3), True), (NaiveBayesClassifier(), False)],
    ids=["linear", "hidden", "naive Bayes"],
)
def test_the_bags_of_seqlab_are_recognized(model, kernel):
    built = predictor_of(model, Words(output="multi_hot")).model
    assert (bag_weights(built).kernel is not None) == kernel


def test_nothing_else_is_a_bag():
    assert bag_weights(predictor_of(RecurrentClassifier(units=2, embedding=2)).model) is None
    x = keras.Input((3,))
    assert bag_weights(keras.Model(x, keras.layers.Dense(1, name="logits")(x))) is None
