"""Distances from the middle."""

import numpy as np
import pytest

from seqlab.diagnosis.robust import robust_z


def test_it_is_the_standard_score_of_normal_values_whatever_a_few_outliers_are() -> None:
    normal = np.random.default_rng(1).normal(10, 2, 100_000)
    spoilt = np.concatenate([normal, np.full(500, 1e6)])
    assert robust_z(np.array([10.0, 16.0]), spoilt) == pytest.approx([0, 3], abs=0.05)


def test_values_most_of_which_are_equal() -> None:
    reference = np.array([5.0] * 9 + [6.0])
    assert robust_z(np.array([5.0, 6.0]), reference).tolist() == [0, 10], "their mean deviation is 0.1"
    assert robust_z(np.array([5.0, 6.0]), np.full(9, 5.0)).tolist() == [0, np.inf]
    assert robust_z(np.array([5.0, 6.0]), np.full(9, 5.0), narrowest=0.5).tolist() == [0, 2]
