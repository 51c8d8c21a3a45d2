"""The exact test of McNemar (1947): whether two classifiers make a different number of mistakes."""

from __future__ import annotations

import math
import sys

import numpy as np


def mcnemar_p(only_a: int, only_b: int) -> float:
    """Two-sided p of the counts of items that only one of two classifiers gets right.

    If neither is better, such an item falls to either with probability 1/2, whatever the others do; p is twice the
    probability, by the binomial distribution, that the smaller count is as small as it is. Where that is no number of a
    computer any more, it is the smallest: no p is 0.
    """
    small, discordant = min(only_a, only_b), only_a + only_b
    if only_a == only_b:
        return 1.0
    # The largest term by logarithms, and each before it by the ratio of neighbours: C(n, k - 1) / C(n, k).
    largest = math.lgamma(discordant + 1) - math.lgamma(small + 1) - math.lgamma(discordant - small + 1)
    counts = np.arange(small, 0, -1, dtype=float)
    ratios = np.cumprod(counts / (discordant - counts + 1))
    p = 2 * math.exp(largest - discordant * math.log(2)) * float(1 + ratios.sum())
    return min(max(p, sys.float_info.min), 1.0)
