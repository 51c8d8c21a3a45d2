"""The weights of a mixture of probabilities that make what happened most probable."""

from __future__ import annotations

import numpy as np

TOLERANCE = 1e-8
"""Nats per item that the log-likelihood may be below its maximum."""
MOST_STEPS = 20_000
"""After t steps the log-likelihood is at most log(mixed) / t nats below its maximum, whatever the data."""


def mixture_weights(probabilities: np.ndarray) -> np.ndarray:
    """The weights w ≥ 0 with sum 1 that maximize the mean of log Σ wₖ pₖ over the items, (mixed,) float64.

    `probabilities`: what each of the mixed gives to what happened, (mixed, items), above 0. The objective is concave
    in the weights. They start equal and follow expectation maximization (Dempster, Laird and Rubin 1977), which needs
    no step size and draws no random numbers: a weight is multiplied by the mean of pₖ / Σ wₖ pₖ. That all these means
    are at most 1 is the condition of the maximum, and the largest of them bounds the distance to it.
    """
    weights = np.full(len(probabilities), 1 / len(probabilities))
    for _ in range(MOST_STEPS):
        gains = (probabilities / (weights @ probabilities)).mean(axis=1)
        if gains.max() <= 1 + TOLERANCE:
            break
        weights *= gains
        weights /= weights.sum()  # it is 1 but for rounding, which would add up
    return weights
