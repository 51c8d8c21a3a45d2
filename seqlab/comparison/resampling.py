"""Paired resampling tests: what a difference of two scores could be if other items had been drawn.

The seed and the numbers of draws are the defaults of sacreBLEU, and the draws are its own: with the statistics of its
metrics, the p-values are those of its paired tests.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from seqlab.comparison.measures import Measure, SumMeasure
from seqlab.progress import SILENT, Progress

BOOTSTRAP_SAMPLES = 1_000
RANDOMIZATIONS = 10_000
SEED = 12345
CONFIDENCE = (2.5, 97.5)
"""Percentiles that bound the interval."""
NUMBERS_AT_ONCE = 4_000_000
"""Random numbers that are held in memory."""
BOOLEANS = 32
"""NumPy makes so many random booleans of one number, and throws away what is left at the end of a call."""


@dataclass(frozen=True)
class Bootstrap:
    """Scores of resampled items. All runs and measures are computed on the same draws: they are paired."""

    scores: np.ndarray
    """(samples, runs) float64."""

    def deltas(self, a: int, b: int) -> np.ndarray:
        """Score of run `b` minus that of run `a` in each sample, (samples,) float64."""
        found: np.ndarray = self.scores[:, b] - self.scores[:, a]
        return found


def bootstrap(measures: Sequence[Measure], runs: int, items: int, progress: Progress = SILENT) -> list[Bootstrap]:
    """For each measure the scores of all runs on items drawn with replacement (Efron 1979; Koehn 2004)."""
    scores = np.empty((len(measures), BOOTSTRAP_SAMPLES, runs))
    start = 0
    with progress.step("resampling", BOOTSTRAP_SAMPLES, "samples") as step:
        for weights in _resampled(items):
            drawn = slice(start, start + len(weights))
            for number, measure in enumerate(measures):
                for run in range(runs):
                    scores[number, drawn, run] = measure.scores(run, weights)
            start += len(weights)
            step.advance(len(weights))
    return [Bootstrap(each) for each in scores]


def interval(deltas: np.ndarray) -> tuple[float, float]:
    """The 95 % percentile interval of resampled differences."""
    low, high = np.percentile(deltas, CONFIDENCE)
    return float(low), float(high)


def bootstrap_p(deltas: np.ndarray, observed: float) -> float:
    """Two-sided p of a difference: how often resampled ones, moved to a mean of 0, are at least as large."""
    return _share(np.abs(deltas - deltas.mean()) >= abs(observed))


def bootstrap_p_of_sacrebleu(deltas: np.ndarray, observed: float) -> float:
    """The same by sacreBLEU and Moses, where the absolute differences are moved, and those as large do not count.

    No difference at all is no smaller than any other: p is 1, where sacreBLEU could give 0.001.
    """
    if observed == 0:
        return 1.0
    sizes = np.abs(deltas)
    return _share(sizes - sizes.mean() > abs(observed))


def randomization_p(measure: SumMeasure, a: int, b: int, progress: Progress = SILENT) -> float:
    """Two-sided p of approximate randomization (Riezler and Maxwell 2005): how often the difference is larger after
    every item has swapped its two answers by the toss of a coin.

    As in sacreBLEU, equal differences do not count; see `least_p` for what that means where few items differ. Without
    any difference p is 1.
    """
    one, two = measure.statistics[a], measure.statistics[b]
    first, second = one.sum(axis=0), two.sum(axis=0)
    observed = abs(float(measure.score(first[None])[0] - measure.score(second[None])[0]))
    if observed == 0:
        return 1.0
    moved = one - two
    larger = 0
    with progress.step(f"randomizing {measure.name}", RANDOMIZATIONS, "samples") as step:
        for taken in _swaps(len(one)):
            mixed = second + taken @ moved
            larger += int((np.abs(measure.score(mixed) - measure.score(first + second - mixed)) > observed).sum())
            step.advance(len(taken))
    return (larger + 1) / (RANDOMIZATIONS + 1)


def least_p(measure: Measure, a: int, b: int) -> float:
    """The smallest two-sided p that any swaps of answers can give: 2 ^ (1 - items that differ).

    The draws of a bootstrap or of a randomization do not know it: with one item that differs, all are equal.
    """
    differing = int(np.any(measure.statistics[a] != measure.statistics[b], axis=1).sum())
    return min(2.0 ** (1 - differing), 1.0)


def _share(found: np.ndarray) -> float:
    """The share of draws, the observed one included: no p is 0 (Davison and Hinkley 1997, section 4.2.1)."""
    return float((found.sum() + 1) / (len(found) + 1))


def _resampled(items: int) -> Iterator[np.ndarray]:
    """How often each item is drawn, (samples, items) float64."""
    random = np.random.default_rng(SEED)
    for samples in _chunks(BOOTSTRAP_SAMPLES, items):
        drawn = random.choice(items, size=(samples, items), replace=True)
        drawn += np.arange(samples)[:, None] * items
        yield np.bincount(drawn.ravel(), minlength=samples * items).reshape(samples, items).astype(float)


def _swaps(items: int) -> Iterator[np.ndarray]:
    """Whether each item keeps its answers, (draws, items) float64 of 0 and 1."""
    random = np.random.default_rng(SEED)
    for draws in _chunks(RANDOMIZATIONS, items, multiple=BOOLEANS):
        yield random.integers(2, size=(draws, items), dtype=bool).astype(float)


def _chunks(draws: int, items: int, multiple: int = 1) -> Iterator[int]:
    """Numbers of draws that are held in memory at once, which add up to `draws`."""
    most = max(NUMBERS_AT_ONCE // items // multiple, 1) * multiple
    for start in range(0, draws, most):
        yield min(most, draws - start)
