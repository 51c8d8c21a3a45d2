"""Two groups of runs that differ in their seeds: the noise of seeds beside the noise of test items."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from seqlab.comparison.resampling import SEED


class SeedNoise(NamedTuple):
    """What seeds and test items do to a difference of means."""

    deviations: tuple[float | None, float | None]
    """Standard deviation of the metric over the seeds of each group (n - 1); None of a single run."""
    of_seeds: float
    """Variance of the difference by the seeds."""
    of_items: float
    """Variance of the difference by the test items."""

    @property
    def share_of_seeds(self) -> float:
        """From 0 to 1."""
        whole = self.of_seeds + self.of_items
        return self.of_seeds / whole if whole > 0 else 0.0


def seed_noise(a: Sequence[float], b: Sequence[float], deltas: np.ndarray) -> SeedNoise:
    """`a`, `b`: the metric of each run on all items; `deltas`: mean of `b` minus mean of `a` with items drawn again."""
    deviations = tuple(statistics.stdev(each) if len(each) > 1 else None for each in (a, b))
    variances = [(deviation or 0.0) ** 2 / len(each) for deviation, each in zip(deviations, (a, b), strict=True)]
    return SeedNoise((deviations[0], deviations[1]), sum(variances), float(deltas.var(ddof=1)))


def hierarchical_deltas(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Mean of `b` minus mean of `a` with seeds and items drawn again, (samples,) float64.

    `a`, `b`: scores of each run on the same draws of items, (samples, runs). Of n runs, n - 1 are drawn with
    replacement: the means of n would vary too little, by (n - 1) / n, which is much for few seeds (Rao and Wu 1988). A
    single run is taken as it is.
    """
    random = np.random.default_rng([SEED, 1])
    means = []
    for scores in (a, b):
        samples, runs = scores.shape
        drawn = random.integers(runs, size=(samples, max(runs - 1, 1)))
        means.append(np.take_along_axis(scores, drawn, axis=1).mean(axis=1))
    found: np.ndarray = means[1] - means[0]
    return found
