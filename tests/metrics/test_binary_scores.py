"""Scores of yes-or-no decisions against scikit-learn and SciPy."""

import numpy as np
import pytest
import sklearn.metrics
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from seqlab.metrics.binary_scores import average_precision, best_threshold, roc_auc, wilson_interval

DECISIONS = st.lists(st.tuples(st.booleans(), st.integers(0, 6)), min_size=2, max_size=40).filter(
    lambda rows: len({positive for positive, _ in rows}) == 2
)
"""(is positive, score), both kinds, with many ties."""


def columns(rows):
    positive, scores = zip(*rows, strict=True)
    return np.array(positive), np.array(scores) / 7


@given(DECISIONS)
def test_agree_with_scikit_learn(rows):
    positive, scores = columns(rows)
    assert roc_auc(positive, scores) == pytest.approx(sklearn.metrics.roc_auc_score(positive, scores))
    expected = sklearn.metrics.average_precision_score(positive, scores)
    assert average_precision(positive, scores) == pytest.approx(expected)


@given(DECISIONS)
def test_no_threshold_is_better_than_the_best(rows):
    positive, probabilities = columns(rows)
    threshold, f1 = best_threshold(positive, probabilities)
    assert f1 == pytest.approx(sklearn.metrics.f1_score(positive, probabilities >= threshold, zero_division=0))
    others = [sklearn.metrics.f1_score(positive, probabilities >= each, zero_division=0) for each in probabilities]
    assert f1 == pytest.approx(max(others))


def test_thresholds_by_hand():
    positive = np.array([False, False, True, True])
    assert best_threshold(positive, np.array([0.1, 0.2, 0.3, 0.4])) == (pytest.approx(0.25), 1.0)
    # 0.5 separates as well as the middle, 0.45.
    assert best_threshold(positive, np.array([0.1, 0.3, 0.6, 0.9])) == (0.5, 1.0)
    one, next_one = 0.25, np.nextafter(0.25, 1)
    assert best_threshold(np.array([False, True]), np.array([one, next_one])) == (next_one, 1.0)


@pytest.mark.parametrize(("right", "count"), [(0, 5), (5, 5), (9, 12), (1, 1), (760, 800)])
def test_the_interval_is_that_of_wilson(right, count):
    interval = wilson_interval(np.arange(count) < right)
    assert interval == pytest.approx(binomtest(right, count).proportion_ci(method="wilson"), abs=1e-12)
