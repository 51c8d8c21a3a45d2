"""What an evaluation costs, measured on a part of a split that is large enough to tell what all of it takes."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from seqlab.data.store import Store

SMALLEST = 8
"""Examples, or tokens of a running text, of the first part: what it takes does not grow with the split."""
BLOCK, BLOCKS = 256, 3
"""Examples of like length in a part, as many as evaluations batch, and the least number of such blocks in the next
part."""
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
    """Evaluate a few examples twice, because the first time compiles; then a larger part, until it takes long enough or
    is all of the split."""
    size, points, compiling = min(SMALLEST, store.size), list[tuple[int, float]](), list[float]()
    while True:
        part = store.part(size, BLOCK)
        seconds = []
        for _ in range(2):
            started = clock()
            evaluate(part)
            seconds.append(clock() - started)
        points.append((part.size, seconds[1]))
        compiling.append(max(seconds[0] - seconds[1], 0.0))
        if size == store.size or (len(points) > 1 and seconds[1] >= ENOUGH_SECONDS):
            break
        growth = np.clip(2 * ENOUGH_SECONDS / max(seconds[1], 1e-9), 2, LARGEST_GROWTH)
        larger = int(size * growth) if len(points) > 1 else BLOCK * BLOCKS
        size = larger if larger < NEARLY_ALL * store.size else store.size
    # Between the first and the last part, XLA compiles for numbers of rows that a whole split does not have.
    return EvaluationCost(*line(points), compiling[0] + (compiling[-1] if len(points) > 1 else 0.0), part.size)


def line(points: Sequence[tuple[int, float]]) -> tuple[float, float]:
    """Fixed seconds and seconds per unit through the first and the last point (size, seconds). Through the last alone
    and zero if there is no other, or if noise would make either negative."""
    size, seconds = points[-1]
    smaller, less = points[0]
    slope = (seconds - less) / max(size - smaller, 1)
    if 0 < slope <= seconds / size:
        return seconds - slope * size, slope
    return 0.0, seconds / size
