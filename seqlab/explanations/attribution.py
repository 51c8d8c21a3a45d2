"""Contributions of tokens, of a function that gives scores or gradients: occlusion and gradients."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from seqlab.errors import RequestError
from seqlab.explanations.faithfulness import Kept
from seqlab.explanations.results import LARGEST_GAP

MOST_OCCLUDED = 5_000
"""Tokens of a text. Each is left out once: the work grows with their square."""
STEPS = (32, 64, 128, 256)
"""Points at which gradients are taken, until the contributions add up."""
NO_GAP = 1e-4
"""Difference of scores that is rounding, whatever its share."""
ROWS = 64
"""Points of the path in one call."""

Gradient = Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]]
"""Vectors of the tokens of a text, in several variants (variants, tokens, width) → the score of each (variants,) and
its gradient with respect to the vectors (variants, tokens, width)."""


class Integrated(NamedTuple):
    """`contributions`: (tokens,) float64; `base`: the score of the baseline; `gap`: see `Attribution.gap`."""

    contributions: np.ndarray
    score: float
    base: float
    steps: int
    gap: float


def occlusion(score: Kept, tokens: int) -> np.ndarray:
    """The score less that of the text without a token, for each of its tokens: (tokens,) float64.

    Erasure (Li et al. 2016, section 3), after the occlusion of images (Zeiler & Fergus 2014, section 4.2). The token is
    removed: the others move up. Raises RequestError for a text of too many tokens.
    """
    if tokens > MOST_OCCLUDED:
        raise RequestError(
            f"the text has {tokens:,} tokens: at most {MOST_OCCLUDED:,} can be left out one by one; give a shorter "
            "text, or leave out --faithfulness and --method occlusion"
        )
    kept = np.ones((tokens + 1, tokens), bool)
    kept[np.arange(tokens) + 1, np.arange(tokens)] = False
    scores = score(kept)
    contributions: np.ndarray = scores[0] - scores[1:]
    return contributions


def gradient_input(gradient: Gradient, vectors: np.ndarray) -> np.ndarray:
    """The product of each token's vector and the gradient there, (tokens,) float64 (Simonyan et al. 2013, Shrikumar et
    al. 2017). `vectors`: (tokens, width)."""
    _, gradients = gradient(vectors[None])
    return _products(vectors, gradients[0])


def integrated_gradients(gradient: Gradient, vectors: np.ndarray) -> Integrated:
    """The gradient along the straight line from zero vectors to the `vectors` (tokens, width), times these
    (Sundararajan et al. 2017, sections 3 to 5).

    The integral is a Gauss-Legendre quadrature of as many points as are needed for the contributions to add up to the
    difference of both ends, within one percent (the completeness axiom).
    """
    ends, _ = gradient(np.stack([np.zeros_like(vectors), vectors]))
    base, score = float(ends[0]), float(ends[1])
    contributions, steps, gap = np.zeros(len(vectors)), 0, 0.0
    for steps in STEPS:
        points, weights = _quadrature(steps)
        mean = np.zeros(vectors.shape)
        for first in range(0, steps, ROWS):
            some = slice(first, first + ROWS)
            scaled = points[some].astype(vectors.dtype)[:, None, None] * vectors
            mean += np.tensordot(weights[some], gradient(scaled)[1].astype(np.float64), axes=1)
        contributions = _products(vectors, mean)
        missing = abs(float(contributions.sum()) - (score - base))
        gap = missing / max(abs(score - base), NO_GAP)
        if gap <= LARGEST_GAP or missing <= NO_GAP:
            break
    return Integrated(contributions, score, base, steps, gap)


@functools.cache
def _quadrature(steps: int) -> tuple[np.ndarray, np.ndarray]:
    """Points from 0 to 1 and their weights, (steps,) each."""
    points, weights = np.polynomial.legendre.leggauss(steps)
    return (points + 1) / 2, weights / 2


def _products(vectors: np.ndarray, gradients: np.ndarray) -> np.ndarray:
    products: np.ndarray = (vectors.astype(np.float64) * gradients).sum(axis=-1)
    return products
