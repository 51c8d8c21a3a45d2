"""What an evaluation costs, measured on a part of a split that is large enough to tell what all of it takes."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from seqlab.data.store import Store

FIRST_PART = 256
"""Examples, or tokens of a running text, of the first part."""
ENOUGH_SECONDS = 0.5
"""A part that takes as long is not made larger."""
LARGEST_GROWTH = 16
NEARLY_ALL = 0.7
"""A part that would be so much of the split is all of it."""


@dataclass(frozen=True)
class EvaluationCost:
    """Seconds as a line over the size of a split. `compiling`: seconds that the first evaluation takes longer.
    `measured`: the size of the part that was evaluated."""

    fixed: float
    per_unit: float
    compiling: float
    measured: int

    def of(self, size: int) -> float:
        """The seconds for a split of a size."""
        return self.fixed + self.per_unit * size


def measure_evaluation(
    evaluate: Callable[[Store], object], store: Store, clock: Callable[[], float] = time.perf_counter
) -> EvaluationCost:
    """Evaluate a part of a split twice, because the first time compiles; then a larger one, until it takes long enough
    or is all of it."""
    size, points, compiling = min(FIRST_PART, store.size), [], []
    while True:
        part = store.part(size)
        seconds = []
        for _ in range(2):
            started = clock()
            evaluate(part)
            seconds.append(clock() - started)
        points.append((size, seconds[1]))
        compiling.append(max(seconds[0] - seconds[1], 0.0))
        if size == store.size or seconds[1] >= ENOUGH_SECONDS:
            break
        larger = int(size * np.clip(2 * ENOUGH_SECONDS / max(seconds[1], 1e-9), 2, LARGEST_GROWTH))
        size = larger if larger < NEARLY_ALL * store.size else store.size
    # Between the first and the last part, XLA compiles for numbers of rows that a whole split does not have.
    return EvaluationCost(*line(points), compiling[0] + (compiling[-1] if len(points) > 1 else 0.0), size)


def line(points: list[tuple[int, float]]) -> tuple[float, float]:
    """Fixed seconds and seconds per unit through the last two points (size, seconds). Through the last alone and zero
    if there is no other, or if noise would make either negative."""
    size, seconds = points[-1]
    if len(points) > 1:
        before, less = points[-2]
        slope = (seconds - less) / (size - before)
        if 0 < slope <= seconds / size:
            return seconds - slope * size, slope
    return 0.0, seconds / size
