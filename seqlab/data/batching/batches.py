"""How the prepared rows of a split become training batches."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from seqlab.data.batching.pipeline import Batch, Signature
from seqlab.data.batching.plan import Plan
from seqlab.data.records import Records


class PlanOf(Protocol):
    def __call__(self, *, seed: int, epoch: int) -> Plan: ...


def one_row(rows: np.ndarray) -> np.ndarray:
    """The first item of a batch whose items are rows."""
    return rows[:1]


@dataclass(frozen=True)
class Batches:
    """The training batches of a split: made by a task from a store and the options of the section `training`."""

    examples: int
    """Rows of the split."""
    tokens: int
    """Tokens of all rows, padding not counted."""
    signature: Signature
    """Name of each tensor of a batch → dtype and shape."""
    plan: PlanOf
    """The batches of an epoch as row numbers: a pure function of seed and epoch."""
    gather: Callable[[np.ndarray], Batch]
    """Row numbers (batch,) → the arrays of a batch, as `signature` describes them."""
    describe: Callable[[Records, int], Mapping[str, str]]
    """Raw records and a row number of a plan → that item as text: the raw text, its label, its tokens."""
    first_item: Callable[[np.ndarray], np.ndarray] = one_row
    """Row numbers of the first batch of a plan → those of its first item, which `gather` shows."""
    share: Callable[[np.ndarray, np.ndarray], Batch] | None = None
    """Row numbers of a batch, and those of a share of it → the arrays of the share; None: `gather` of its rows."""

    def gather_share(self, batch: np.ndarray, rows: np.ndarray) -> Batch:
        """The arrays of the share of a batch that one device, or one part of a step, computes."""
        return self.gather(rows) if self.share is None else self.share(batch, rows)
