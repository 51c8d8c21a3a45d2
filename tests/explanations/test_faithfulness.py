"""Faithfulness of a scripted predictor, worked out by hand, and Kendall's tau as SciPy computes it."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from seqlab.explanations.faithfulness import faithfulness, kendall_tau, mean_faithfulness
from seqlab.explanations.results import Faithfulness

WEIGHTS = np.array([0.4, -0.1, 0.2, 0.0, 0.1, 0.05, -0.2, 0.03, 0.0, 0.02])


def confidence(kept):
    """A base of 0.3, and the weight of every token that is left."""
    return 0.3 + kept @ WEIGHTS


def test_of_ten_tokens_the_shares_are_one_one_one_two_and_five():
    """0.4 for one token, 0.6 for the two largest, 0.78 for the five largest; the whole has 0.8."""
    found = faithfulness(WEIGHTS, confidence, WEIGHTS)
    assert found.comprehensiveness_at == pytest.approx((0.4, 0.4, 0.4, 0.6, 0.78))
    assert found.comprehensiveness == pytest.approx((3 * 0.4 + 0.6 + 0.78) / 5)
    assert found.sufficiency_at == pytest.approx((0.1, 0.1, 0.1, -0.1, -0.28))
    assert found.sufficiency == pytest.approx((3 * 0.1 - 0.1 - 0.28) / 5)
    assert found.kendall_tau == 1


def test_contributions_that_point_the_wrong_way_are_unfaithful():
    wrong = faithfulness(-WEIGHTS, confidence, WEIGHTS)
    assert wrong.comprehensiveness_at[:4] == pytest.approx((-0.2, -0.2, -0.2, -0.3))
    assert wrong.kendall_tau == -1
    assert wrong.comprehensiveness < faithfulness(WEIGHTS, confidence, WEIGHTS).comprehensiveness


def test_one_token_is_every_share():
    found = faithfulness(np.array([2.0]), lambda kept: 0.5 + 0.25 * kept[:, 0], np.array([0.25]))
    assert found.comprehensiveness_at == (0.25,) * 5
    assert found.sufficiency == 0
    assert math.isnan(found.kendall_tau)


@given(st.lists(st.tuples(st.integers(-3, 3), st.integers(-3, 3)), min_size=2, max_size=12))
def test_kendalls_tau_is_that_of_scipy(pairs):
    first, second = (np.array(each, float) for each in zip(*pairs, strict=True))
    expected = stats.kendalltau(first, second).statistic
    assert kendall_tau(first, second) == pytest.approx(expected, nan_ok=True)


def test_a_mean_leaves_out_texts_without_an_order():
    one = Faithfulness(0.2, 0.1, math.nan, (0.2,) * 5, (0.1,) * 5)
    other = Faithfulness(0.4, 0.3, 0.5, (0.4,) * 5, (0.3,) * 5)
    mean = mean_faithfulness([one, other])
    assert (mean.comprehensiveness, mean.sufficiency, mean.kendall_tau) == pytest.approx((0.3, 0.2, 0.5))
    assert math.isnan(mean_faithfulness([one]).kendall_tau)
