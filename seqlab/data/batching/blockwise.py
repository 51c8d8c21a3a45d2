"""The order of more rows than are shuffled as a whole: blocks of consecutive rows in random order, and the rows of a
window of blocks in random order.

Like a whole plan, it is a pure function of seed and epoch, and has every row once. It needs the memory of a window, and
reads the data a window at a time; any batch is found without those before it, because what is random in a window has
the window's own generator.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Self, overload

import numpy as np

WINDOW = 64
"""Blocks whose rows are shuffled together."""
BLOCK = 2**14
"""Rows of a block, about: as many as are whole batches."""

BatchesOf = Callable[[np.ndarray, np.random.Generator], Sequence[np.ndarray]]
"""Rows in random order, and a generator for what else is random → their batches."""


class BlockwisePlan(Sequence[np.ndarray]):
    """The batches of an epoch, computed a window at a time.

    `multiple`: blocks are a multiple of so many rows. `count`: the number of batches of so many rows; None: it depends
    on the rows, and every window is computed once to count them.
    """

    def __init__(
        self,
        rows: int,
        batches_of: BatchesOf,
        *,
        multiple: int,
        seed: int,
        epoch: int,
        count: Callable[[int], int] | None = None,
    ) -> None:
        self._rows, self._block = rows, multiple * max(BLOCK // multiple, 1)
        self._seeds, self._batches_of = (seed, epoch), batches_of
        whole = rows // self._block
        # Rows that are no whole block come last, so that the only short batch may be the last one.
        order = np.random.default_rng([seed, epoch]).permutation(whole)
        self._blocks = np.append(order, whole) if rows % self._block else order
        self._windows = range(0, len(self._blocks), WINDOW)
        self.window = lru_cache(2)(self._computed)
        numbers = range(len(self._windows))
        counts = [len(self.window(each)) if count is None else count(len(self._rows_of(each))) for each in numbers]
        self._ends = np.cumsum(counts)
        self._numbers = range(int(self._ends[-1]))

    def __len__(self) -> int:
        return len(self._numbers)

    @overload
    def __getitem__(self, number: int) -> np.ndarray: ...
    @overload
    def __getitem__(self, number: slice) -> Self: ...
    def __getitem__(self, number: int | slice) -> np.ndarray | Self:
        if isinstance(number, slice):
            part = type(self).__new__(type(self))
            vars(part).update(vars(self), _numbers=self._numbers[number])
            return part
        position = self._numbers[number]
        window = int(np.searchsorted(self._ends, position, side="right"))
        return self.window(window)[position - int(self._ends[window])]

    def regrouped(self, regroup: Callable[[Sequence[np.ndarray]], Sequence[np.ndarray]]) -> BlockwisePlan:
        """The plan with other batches of the rows of each window."""
        seed, epoch = self._seeds
        return BlockwisePlan(
            self._rows,
            lambda rows, generator: regroup(self._batches_of(rows, generator)),
            multiple=self._block,
            seed=seed,
            epoch=epoch,
        )

    def _computed(self, window: int) -> Sequence[np.ndarray]:
        generator = np.random.default_rng([*self._seeds, window])
        return self._batches_of(generator.permutation(self._rows_of(window)), generator)

    def _rows_of(self, window: int) -> np.ndarray:
        first = self._windows[window]
        starts = self._blocks[first : first + WINDOW] * self._block
        rows = (starts[:, None] + np.arange(self._block)).ravel()
        return rows[rows < self._rows]
