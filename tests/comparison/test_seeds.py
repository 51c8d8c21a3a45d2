"""The noise of seeds beside that of test items: variances by hand, and the spread of hierarchical draws."""

import numpy as np
import pytest

from seqlab.comparison.seeds import hierarchical_deltas, seed_noise


def test_variances_by_hand():
    """Deviations of (1, 3) and (2, 2, 5): √2 and √3; the means vary by 2/2 and 3/3."""
    noise = seed_noise([1.0, 3.0], [2.0, 2.0, 5.0], np.array([0.0, 2.0, 4.0]))
    assert noise.deviations == pytest.approx((np.sqrt(2), np.sqrt(3)))
    assert noise.of_seeds == pytest.approx(2.0)
    assert noise.of_items == pytest.approx(4.0)
    assert noise.share_of_seeds == pytest.approx(1 / 3)


def test_a_single_run_has_no_deviation():
    noise = seed_noise([1.0], [2.0], np.zeros(3))
    assert (noise.deviations, noise.of_seeds, noise.share_of_seeds) == ((None, None), 0.0, 0.0)


@pytest.mark.parametrize("runs", [2, 3, 8])
def test_draws_vary_as_much_as_the_means_of_so_many_seeds_do(runs):
    """Without noise of items: the variance is s² / n, also of two seeds, where n draws of n would give half of it."""
    scores = np.random.default_rng(runs).normal(0, 1, runs)
    a, b = np.tile(scores, (40_000, 1)), np.zeros((40_000, 1))
    assert hierarchical_deltas(a, b).var() == pytest.approx(scores.var(ddof=1) / runs, rel=0.05)


def test_single_runs_leave_the_noise_of_items():
    random = np.random.default_rng(0)
    a, b = random.normal(0, 1, (100, 1)), random.normal(0, 1, (100, 1))
    assert hierarchical_deltas(a, b).tolist() == (b - a)[:, 0].tolist()
