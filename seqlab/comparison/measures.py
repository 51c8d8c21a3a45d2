"""What runs are compared by: metrics as functions of sums over items, so that items can be drawn again cheaply."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

TestName = Literal["exact McNemar", "paired bootstrap", "approximate randomization"]
BootstrapName = Literal["centred", "sacrebleu"]


@dataclass(frozen=True)
class Measure:
    """A metric of each run, as a function of sums over the items."""

    name: str
    """As in `result.json`, without the split."""
    statistics: Sequence[np.ndarray]
    """Of each run, (items, values) float64."""
    score: Callable[[np.ndarray], np.ndarray]
    """Sums of the statistics, (draws, values), to metrics, (draws,)."""
    test: TestName
    """What p comes from. With McNemar's test, the statistics are whether an item is right: 0 or 1."""
    unit: str = ""
    """Of a difference in words, such as `nats`."""
    scale: float = 1.0
    """What a difference is multiplied by in words: accuracies are between 0 and 1, and told in points."""
    like_sacrebleu: bool = False
    """Whether the p-value of the bootstrap is that of sacreBLEU."""

    def scores(self, run: int, weights: np.ndarray) -> np.ndarray:
        """The metric of a run, (draws,) float64, where each item occurs as often as `weights` (draws, items) says."""
        return self.score(weights @ self.statistics[run])

    def value(self, run: int) -> float:
        """The metric of a run on all items."""
        return float(self.scores(run, np.ones((1, len(self.statistics[run]))))[0])

    def equal(self, a: int, b: int) -> bool:
        """Whether no item tells two runs apart."""
        return np.array_equal(self.statistics[a], self.statistics[b])


class MacroF1(Measure):
    """The statistics are the predicted and the true class, (items, 2): sums for each class would be a large table."""

    def scores(self, run: int, weights: np.ndarray) -> np.ndarray:
        predicted, targets = self.statistics[run].astype(int).T
        classes, hits = int(self.statistics[run].max()) + 1, predicted == targets

        def counts(of: np.ndarray, among: np.ndarray | slice) -> np.ndarray:
            return np.array([np.bincount(of[among], row[among], classes) for row in weights])

        both = counts(predicted, slice(None)) + counts(targets, slice(None))
        f1 = np.divide(2 * counts(predicted, hits), both, out=np.zeros_like(both), where=both > 0)
        means: np.ndarray = f1.sum(axis=1) / (both > 0).sum(axis=1)  # of the classes that occur, as the metric
        return means


def mean_of(name: str, values: Sequence[np.ndarray], test: TestName, unit: str = "", scale: float = 1.0) -> Measure:
    """The mean of a value per item. `values`: of each run, (items,)."""
    items = len(values[0])
    statistics = [each.astype(float)[:, None] for each in values]
    return Measure(name, statistics, lambda sums: sums[:, 0] / items, test, unit, scale)
