"""Verdicts in words, Holm's correction, and how many items would show a difference."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import norm

from seqlab.comparison.verdicts import Effect, decimals, holm, items_needed, p_text, verdict


def test_holm_by_hand():
    """0.01 · 3, then max(0.03, 0.02 · 2), then max(0.04, 0.03 · 1): the example of Holm's paper has the same steps."""
    assert holm([0.03, 0.01, 0.02]) == pytest.approx([0.04, 0.03, 0.04])
    assert holm([0.2]) == [0.2]
    assert holm([0.9, 0.9]) == [1.0, 1.0]
    assert holm([]) == []


@given(st.lists(st.floats(0, 1), min_size=1, max_size=8))
def test_holm_keeps_the_order_and_is_between_p_and_bonferroni(p_values):
    corrected = holm(p_values)
    for one, fixed in zip(p_values, corrected, strict=True):
        assert one <= fixed <= min(one * len(p_values), 1) + 1e-15
    pairs = sorted(zip(p_values, corrected, strict=True))
    assert [fixed for _, fixed in pairs] == sorted(corrected)


@pytest.mark.parametrize(
    ("effect", "p", "said"),
    [
        (
            Effect(1.3, (0.9, 1.7), "points", False),
            0.0001,
            "B is better by 1.30 points (95 %: 0.90 to 1.70), p = 0.0001: unlikely to be chance",
        ),
        (
            Effect(-1.3, (-1.7, -0.9), "points", False),
            3e-12,
            "B is worse by 1.30 points (95 %: 0.90 to 1.70), p = 3e-12: unlikely to be chance",
        ),
        (
            Effect(-0.02, (-0.05, 0.01), "nats", True),
            0.2,
            "no difference shown: B is better by 0.020 nats (95 %: -0.010 to 0.050), p = 0.2",
        ),
        (Effect(12, (-3, 27), "", True), 0.05, "no difference shown: B is worse by 12 (95 %: -3 to 27), p = 0.05"),
        (
            Effect(0.0, (-0.4, 0.4), "points", False),
            1.0,
            "no difference shown: B and A are equal to 2 decimals (95 %: -0.40 to 0.40), p = 1",
        ),
        (
            Effect(-0.001, (-0.4, -0.0001), "points", False),
            0.9,
            "no difference shown: B and A are equal to 2 decimals (95 %: 0.00 to 0.40), p = 0.9",
        ),
    ],
)
def test_what_is_said(effect, p, said):
    assert verdict("B", effect, p) == said


def test_one_point_is_no_points():
    assert "B is better by 1 point (95" in verdict("B", Effect(1.0, (-50.0, 60.0), "points", False), 0.5)


def test_a_correction_is_named():
    effect = Effect(1.0, (0.5, 1.5), "points", False)
    assert verdict("C", effect, 0.03, 2).endswith("p = 0.03 (Holm, 2 comparisons): unlikely to be chance")


def test_items_needed_detect_the_difference_four_times_in_five():
    """Of n items, a mean difference of d with a variance of v / n per mean is found if it is 1.96 errors from 0."""
    needed = int(items_needed(100, "items", 0.1, 0.01).split("about ")[1].split()[0].replace(",", ""))
    error = np.sqrt(0.01 * 100 / needed)
    assert 1 - norm.cdf(1.959964 - 0.1 / error) == pytest.approx(0.8, abs=0.01)


@pytest.mark.parametrize(
    ("delta", "variance"), [(0.0, 0.01), (1.0, 0.01), (1e-9, 0.01), (1e200, 1.0), (1e-200, 1.0), (1e-320, 1e300)]
)
def test_nothing_is_said_of_items_where_none_or_no_number_helps(delta, variance):
    assert items_needed(100, "items", delta, variance) == ""


@pytest.mark.parametrize(
    ("p", "text"),
    [
        (1.0, "1"),
        (0.624, "0.62"),
        (0.0031, "0.0031"),
        (9.999e-5, "0.0001"),
        (2.2e-12, "2e-12"),
        (2e-308, "1e-300 or less"),
    ],
)
def test_how_p_is_written(p, text):
    assert p_text(p) == text


@pytest.mark.parametrize(("width", "digits"), [(0.0, 4), (200, 0), (2.0, 1), (0.5, 2), (1e-30, 8)])
def test_decimals(width, digits):
    assert decimals(width) == digits
