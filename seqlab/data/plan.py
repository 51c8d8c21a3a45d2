"""The order of the data as a plan: a list of batches of row numbers, a pure function of (seed, epoch).

A plan instead of a shuffle buffer: the whole split is shuffled at no memory, an epoch is resumed by slicing its plan,
and the second epoch of one seed never equals the first of the next (`seed + epoch` would).
"""

from __future__ import annotations

import numpy as np

Plan = list[np.ndarray]


def shuffled(rows: int, batch_size: int, *, seed: int, epoch: int) -> Plan:
    """All rows once, in random order; the last batch holds the remainder."""
    order = np.random.default_rng([seed, epoch]).permutation(rows)
    return _cut(order, batch_size)


def in_order(rows: int, batch_size: int) -> Plan:
    """All rows once, as they stand: for evaluation."""
    return _cut(np.arange(rows), batch_size)


def _cut(order: np.ndarray, batch_size: int) -> Plan:
    return [order[start : start + batch_size] for start in range(0, len(order), batch_size)]
