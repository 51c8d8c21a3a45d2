"""A linear model of categories and numbers by least squares, found in passes over the rows, a portion at a time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from seqlab.data.columns import PORTION

RIDGE = 1.0
"""What a squared weight costs, in squared errors: a category that training has once moves half as far as its row."""
MOST_PASSES = 100
TOLERANCE = 1e-8
"""The share of the first residual at which the search ends."""

Rows = tuple[np.ndarray | None, np.ndarray | None]
"""Categories (rows, columns) int, each column with ids of its own from 0; numbers (rows, width)."""


@dataclass(frozen=True)
class LinearSolution:
    """Weights of ids, (all ids of all columns,) float64, and of numbers, (width,) float64: the targets have the mean 0,
    so that there is no constant."""

    of_ids: np.ndarray
    of_numbers: np.ndarray


def least_squares(targets: np.ndarray, rows: Rows, category_sizes: Sequence[int], numbers_width: int) -> LinearSolution:
    """The minimum of Σ (target − prediction)² + `RIDGE` · Σ weight², by preconditioned conjugate gradients (Golub & Van
    Loan 2013, section 11.5.2). `targets`: (rows,), with the mean 0."""
    system = _NormalEquations(rows, category_sizes, numbers_width)
    right = system.transposed(targets)
    weights, residual = np.zeros_like(right), right
    scaled = residual / system.diagonal
    direction, size = scaled, float(residual @ scaled)
    enough = TOLERANCE**2 * size
    for _ in range(MOST_PASSES):
        if size <= enough:
            break
        image = system.product(direction)
        step = size / float(direction @ image)
        weights, residual = weights + step * direction, residual - step * image
        scaled = residual / system.diagonal
        before, size = size, float(residual @ scaled)
        direction = scaled + (size / before) * direction
    return LinearSolution(*np.split(weights, [sum(category_sizes)]))


class _NormalEquations:
    """XᵀX + `RIDGE` · I, where X has a column per id and one per number."""

    def __init__(self, rows: Rows, category_sizes: Sequence[int], numbers_width: int) -> None:
        self.categories, self.numbers = rows
        self.first = np.cumsum([0, *category_sizes])[:-1]
        self.ids, self.width = sum(category_sizes), numbers_width
        self.length = next(len(each) for each in rows if each is not None)
        of_numbers = np.zeros(self.width)
        of_ids = np.zeros(self.ids)
        for _, ids, numbers in self._portions():
            of_ids += np.bincount(ids.ravel(), minlength=self.ids)
            of_numbers += np.square(numbers).sum(axis=0)
        self.diagonal = np.concatenate([of_ids, of_numbers]) + RIDGE

    def product(self, weights: np.ndarray) -> np.ndarray:
        found = RIDGE * weights
        of_ids, of_numbers = np.split(weights, [self.ids])
        for _, ids, numbers in self._portions():
            found += self._of_portion(ids, numbers, of_ids[ids].sum(axis=1) + numbers @ of_numbers)
        return found

    def transposed(self, targets: np.ndarray) -> np.ndarray:
        """Xᵀ · targets."""
        found = np.zeros(self.ids + self.width)
        for chosen, ids, numbers in self._portions():
            found += self._of_portion(ids, numbers, targets[chosen].astype(np.float64))
        return found

    def _of_portion(self, ids: np.ndarray, numbers: np.ndarray, values: np.ndarray) -> np.ndarray:
        of_ids = np.bincount(ids.ravel(), np.repeat(values, ids.shape[1]), minlength=self.ids)
        return np.concatenate([of_ids, numbers.T @ values])

    def _portions(self) -> Iterator[tuple[slice, np.ndarray, np.ndarray]]:
        """Some rows, their ids among those of all columns, and their numbers in float64."""
        for start in range(0, self.length, PORTION):
            chosen = slice(start, min(start + PORTION, self.length))
            count = chosen.stop - start
            ids = np.zeros((count, 0), np.int64) if self.categories is None else self.categories[chosen] + self.first
            numbers = np.zeros((count, 0)) if self.numbers is None else self.numbers[chosen].astype(np.float64)
            yield chosen, ids, numbers
