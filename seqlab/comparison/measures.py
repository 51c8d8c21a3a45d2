"""What runs are compared by: metrics as functions of sums over items, so that items can be drawn again cheaply."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

TestName = Literal["exact McNemar", "paired bootstrap", "approximate randomization"]


@dataclass(frozen=True, kw_only=True)
class Measure(ABC):
    """A metric of each run that can be computed again where items occur more or less often."""

    name: str
    """As in `result.json`, without the split."""
    statistics: Sequence[np.ndarray]
    """What decides the metric: of each run, (items, values)."""
    test: TestName
    """What p comes from. With McNemar's test, the statistics are whether an item is right: 0 or 1."""
    unit: str = ""
    """Of a difference in words, such as `nats`."""
    scale: float = 1.0
    """What a difference is multiplied by in words: accuracies are between 0 and 1, and told in points."""
    like_sacrebleu: bool = False
    """Whether the p-value of the bootstrap is that of sacreBLEU."""

    @abstractmethod
    def scores(self, run: int, weights: np.ndarray) -> np.ndarray:
        """The metric of a run, (draws,) float64, where each item occurs as often as `weights` (draws, items) says."""

    def value(self, run: int) -> float:
        """The metric of a run on all items."""
        return float(self.scores(run, np.ones((1, len(self.statistics[run]))))[0])

    def equal(self, a: int, b: int) -> bool:
        """Whether no item tells two runs apart."""
        return np.array_equal(self.statistics[a], self.statistics[b])


@dataclass(frozen=True, kw_only=True)
class SumMeasure(Measure):
    """A function of the sums of the statistics over the items."""

    score: Callable[[np.ndarray], np.ndarray]
    """Sums, (draws, values) float64, to metrics, (draws,)."""

    def scores(self, run: int, weights: np.ndarray) -> np.ndarray:
        return self.score(weights @ self.statistics[run])


class MacroF1(Measure):
    """The statistics are the predicted and the true class, (items, 2): sums for each class would be a large table."""

    def scores(self, run: int, weights: np.ndarray) -> np.ndarray:
        predicted, targets = self.statistics[run].T
        classes, hits = int(self.statistics[run].max()) + 1, predicted == targets

        def counts(of: np.ndarray, among: np.ndarray | slice) -> np.ndarray:
            return np.array([np.bincount(of[among], row[among], classes) for row in weights])

        both = counts(predicted, slice(None)) + counts(targets, slice(None))
        f1 = np.divide(2 * counts(predicted, hits), both, out=np.zeros_like(both), where=both > 0)
        means: np.ndarray = f1.sum(axis=1) / (both > 0).sum(axis=1)  # of the classes that occur, as the metric
        return means


def quotient(
    name: str, parts: Sequence[np.ndarray], wholes: Sequence[np.ndarray], test: TestName, **how: Any
) -> SumMeasure:
    """A sum over items divided by another: `parts` and `wholes` of each run, (items,). `how`: more fields."""
    statistics = [np.stack(pair, axis=1).astype(float) for pair in zip(parts, wholes, strict=True)]
    return SumMeasure(name=name, statistics=statistics, score=divided, test=test, **how)


def divided(sums: np.ndarray) -> np.ndarray:
    """The first column by the second."""
    found: np.ndarray = sums[:, 0] / np.maximum(sums[:, 1], 1)
    return found
