"""The weights of a mixture: by hand, against a general optimizer, and at the corners."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.optimize import minimize

from seqlab.comparison.mixture import mixture_weights


def loss(weights, probabilities):
    return -np.log(weights @ probabilities).mean()


def test_two_by_hand():
    """3/4 · log(0.2 + 0.6 w) + 1/4 · log(0.8 - 0.6 w) is largest where 3 (0.8 - 0.6 w) = 0.2 + 0.6 w: w = 11/12."""
    probabilities = np.array([[0.8, 0.8, 0.8, 0.2], [0.2, 0.2, 0.2, 0.8]])
    assert mixture_weights(probabilities) == pytest.approx([11 / 12, 1 / 12], abs=1e-4)


def test_one_that_is_better_everywhere_gets_all():
    probabilities = np.array([[0.9, 0.8, 0.7], [0.8, 0.7, 0.6], [0.1, 0.2, 0.3]])
    assert mixture_weights(probabilities) == pytest.approx([1, 0, 0], abs=1e-6)


def test_equals_share_equally():
    row = np.linspace(0.1, 0.9, 50)
    assert mixture_weights(np.stack([row, row, row])).tolist() == [1 / 3, 1 / 3, 1 / 3]


@given(arrays(np.float64, st.tuples(st.integers(1, 4), st.integers(1, 12)), elements=st.floats(5e-7, 1)))
def test_no_mixture_is_better(probabilities):
    """SLSQP starts from the answer and from a corner, and finds nothing better."""
    weights = mixture_weights(probabilities)
    assert weights.min() >= 0
    assert weights.sum() == pytest.approx(1)
    for start in (weights, np.eye(len(weights))[0] * 0.9 + 0.1 / len(weights)):
        other = minimize(
            loss,
            start,
            (probabilities,),
            bounds=[(0, 1)] * len(start),
            constraints={"type": "eq", "fun": lambda w: w.sum() - 1},
        )
        found = np.clip(other.x, 0, None) / np.clip(other.x, 0, None).sum()
        assert loss(weights, probabilities) <= loss(found, probabilities) + 1e-4


def test_the_order_of_the_mixed_changes_nothing():
    probabilities = np.random.default_rng(1).uniform(0.01, 1, (3, 200))
    assert mixture_weights(probabilities[::-1]) == pytest.approx(mixture_weights(probabilities)[::-1], abs=1e-12)
