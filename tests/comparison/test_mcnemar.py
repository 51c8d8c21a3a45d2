"""McNemar's exact test: by hand and against SciPy's binomial test."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from seqlab.comparison.mcnemar import mcnemar_p


@pytest.mark.parametrize(
    ("only_a", "only_b", "p"),
    [
        (0, 0, 1),
        (1, 0, 1),
        (0, 6, 2 / 2**6),
        (5, 2, 2 * (1 + 7 + 21) / 2**7),
        (2, 5, 2 * (1 + 7 + 21) / 2**7),
        (0, 5_000, 0),
    ],
)
def test_by_hand(only_a, only_b, p):
    assert mcnemar_p(only_a, only_b) == pytest.approx(p, rel=1e-12)


def test_no_p_is_zero():
    assert 0 < mcnemar_p(120, 5_000) < 1e-300


@given(st.integers(0, 3_000), st.integers(0, 3_000))
def test_it_is_the_binomial_test(only_a, only_b):
    expected = binomtest(only_a, only_a + only_b).pvalue if only_a + only_b else 1
    assert mcnemar_p(only_a, only_b) == pytest.approx(expected, rel=1e-8, abs=1e-300)
