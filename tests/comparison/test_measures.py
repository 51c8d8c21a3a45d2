"""Metrics of items that occur more or less often: against scikit-learn and by hand."""

import numpy as np
import pytest
from sklearn.metrics import f1_score

from seqlab.comparison.measures import MacroF1, divided, quotient


def test_macro_f1_is_that_of_scikit_learn_on_the_drawn_items():
    """Classes that are not drawn do not count."""
    random = np.random.default_rng(3)
    targets, predicted = random.integers(0, 4, 30), random.integers(0, 4, 30)
    weights = random.multinomial(12, np.full(30, 1 / 30), 50)
    measure = MacroF1(name="macro_f1", statistics=[np.stack([predicted, targets], axis=1)], test="paired bootstrap")
    found = measure.scores(0, weights.astype(float))
    for row, score in zip(weights, found, strict=True):
        drawn = np.repeat(np.arange(30), row)
        assert score == pytest.approx(f1_score(targets[drawn], predicted[drawn], average="macro", zero_division=0))


def test_a_quotient_of_sums():
    measure = quotient("loss", [np.array([2.0, 6.0])], [np.array([1, 3])], "paired bootstrap")
    assert measure.value(0) == 2.0
    assert measure.scores(0, np.array([[0.0, 2.0], [3.0, 0.0]])).tolist() == [2.0, 2.0]
    assert measure.scores(0, np.array([[1.0, 0.0]])).tolist() == [2.0]


def test_nothing_drawn_is_no_division_by_zero():
    assert divided(np.zeros((1, 2))).tolist() == [0.0]


def test_runs_are_equal_if_every_item_is():
    measure = quotient("mse", [np.array([1.0, 2.0]), np.array([2.0, 1.0])], [np.ones(2)] * 2, "paired bootstrap")
    assert measure.equal(0, 0)
    assert not measure.equal(0, 1)
    assert measure.value(0) == measure.value(1)
