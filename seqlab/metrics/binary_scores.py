"""Scores of yes-or-no decisions, with numpy: the import of scikit-learn would cost every run more than a second.

Tested against scikit-learn and SciPy. `positive`: (examples,) bool; `scores`: (examples,) float, higher for yes.
"""

from __future__ import annotations

import math

import numpy as np

NORMAL_95 = 1.959963984540054
"""The standard normal distribution has 95 % of its mass within this distance of 0."""


def roc_auc(positive: np.ndarray, scores: np.ndarray) -> float:
    """Area under the ROC curve: the probability that a positive example is above a negative one, ties counted half.

    Both must exist.
    """
    _, tied, sizes = np.unique(scores, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(sizes) - (sizes - 1) / 2)[tied]
    positives, negatives = int(positive.sum()), int((~positive).sum())
    return float((ranks[positive].sum() - positives * (positives + 1) / 2) / (positives * negatives))


def average_precision(positive: np.ndarray, scores: np.ndarray) -> float:
    """Mean precision over the positive examples, each at its own score: Σ (recall − recall before) · precision."""
    _, correct, predicted = _at_each_score(positive, scores)
    recall = correct / correct[-1]
    return float(np.sum(np.diff(recall, prepend=0.0) * correct / predicted))


def best_threshold(positive: np.ndarray, probabilities: np.ndarray) -> tuple[float, float]:
    """The threshold with the highest F1 when probabilities from it on are yes, and that F1.

    Thresholds are midway between neighbouring probabilities. Of equally good ones the nearest to 0.5, which is tried
    itself.
    """
    values, correct, predicted = _at_each_score(positive, probabilities)
    below = np.append(values[1:], 0.0)
    midway = (values + below) / 2
    thresholds = np.where(midway > below, midway, values)  # neighbouring floats have nothing between them
    at_half = (int(positive[probabilities >= 0.5].sum()), int((probabilities >= 0.5).sum()))
    thresholds, correct, predicted = (
        np.append(array, value) for array, value in zip((thresholds, correct, predicted), (0.5, *at_half), strict=True)
    )
    f1 = 2 * correct / (predicted + positive.sum())
    best = min(np.flatnonzero(f1 == f1.max()), key=lambda place: abs(thresholds[place] - 0.5))
    return float(thresholds[best]), float(f1[best])


def wilson_interval(correct: np.ndarray) -> tuple[float, float]:
    """The 95 % score interval of a share (Wilson 1927). `correct`: (examples,) bool, at least one."""
    count, share = len(correct), float(correct.mean())
    centre = share + NORMAL_95**2 / (2 * count)
    half = NORMAL_95 * math.sqrt(share * (1 - share) / count + NORMAL_95**2 / (4 * count**2))
    scale = 1 + NORMAL_95**2 / count
    return max(0.0, (centre - half) / scale), min(1.0, (centre + half) / scale)


def _at_each_score(positive: np.ndarray, scores: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Each different score, from the highest on: the score, and how many examples from it on are positive, and are."""
    values, tied, sizes = np.unique(-scores, return_inverse=True, return_counts=True)
    return -values, np.cumsum(np.bincount(tied, positive)), np.cumsum(sizes)
