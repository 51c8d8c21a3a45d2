"""One tolerance for results that differ by rounding alone: relative to their magnitude and to the length of the sums.

Another machine adds up in another order: wider vectors, fused multiplications, oneDNN or Eigen, more threads. Each
addition rounds, by half an epsilon of what it has added up so far. So the tolerance is

    terms * epsilon * scale

where `terms` is how many roundings may add up on the way to a number, about the length of its longest sum times the
number of such sums (layers, time steps) that follow one another, and `scale` is the largest magnitude among the
expected numbers. Small numbers in an array are differences of large ones more often than not, and have their error.

A real mistake (a mask left out, a gate exchanged, a step missed) changes results by some per cent, which is hundreds
of times what the default allows.
"""

import numpy as np

EPSILON = {"float32": 2.0**-23, "float16": 2.0**-10, "bfloat16": 2.0**-7}
TERMS = 100
"""Sums of some ten numbers in some ten layers or time steps, which is what the small models of tests compute."""


def assert_close(actual, expected, *, terms=TERMS, scale=None, dtype="float32"):
    """The arrays are equal but for the rounding of `dtype`, the type in which the less exact one was computed.

    `scale`: the magnitude of what was added up, where that is larger than the results: gradients that cancel out,
    logarithms of probabilities near 1, angles.
    """
    actual, expected = (np.asarray(each, np.float64) for each in (actual, expected))
    if scale is None:
        scale = np.abs(expected[np.isfinite(expected)]).max(initial=0.0)
    np.testing.assert_allclose(actual, expected, rtol=0, atol=terms * EPSILON[dtype] * scale)


def are_close(actual, expected):
    """Whether `assert_close` would pass: for what must be equal in one case and different in another."""
    try:
        assert_close(actual, expected)
    except AssertionError:
        return False
    return True
