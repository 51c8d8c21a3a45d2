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


def bucketed(lengths: np.ndarray, batch_size: int, *, mixed: bool, seed: int, epoch: int) -> Plan:
    """All rows once, in random batches of equal padded length.

    `lengths`: the padded length of each row, (rows,), of which there are few. `mixed`: what is left over of a length
    goes into a batch with the next greater one, so that only one batch is short; else each length has a short batch.
    Rows of one length only come as `shuffled` gives them.
    """
    generator = np.random.default_rng([seed, epoch])
    order = generator.permutation(len(lengths))
    plan = _by_length(order, lengths, batch_size, mixed)
    if len(plan) > 1 and lengths.min() != lengths.max():
        plan = [plan[place] for place in generator.permutation(len(plan))]
    return plan


def by_tokens(lengths: np.ndarray, batch_tokens: int, *, seed: int, epoch: int) -> Plan:
    """All rows once, in random batches of neighbours in length, each of about so many tokens, padding counted.

    `lengths`: of each row, (rows,). A row that is longer than a batch is one of its own.
    """
    generator = np.random.default_rng([seed, epoch])
    order = generator.permutation(len(lengths))
    order = order[np.argsort(lengths[order], kind="stable")]
    plan, begin = [], 0
    ordered = lengths[order]
    while begin < len(order):
        # Lengths ascend: a batch that ends with row i is as wide as that row.
        longest = ordered[begin : begin + batch_tokens // max(int(ordered[begin]), 1)]
        sizes = np.arange(1, len(longest) + 1) * longest
        end = begin + max(int(np.searchsorted(sizes, batch_tokens, side="right")), 1)
        plan.append(order[begin:end])
        begin = end
    return [plan[place] for place in generator.permutation(len(plan))]


def shareable(plan: Plan, shares: int) -> Plan:
    """The same plan, batches of fewer rows than `shares` joined to their neighbour: every device needs one."""
    joined: Plan = []
    for batch in plan:
        if joined and min(len(batch), len(joined[-1])) < shares:
            joined[-1] = np.concatenate([joined[-1], batch])
        else:
            joined.append(batch)
    return joined


def windows(length: int, batch_size: int, *, window: int, shift: int | None, seed: int, epoch: int) -> Plan:
    """Where the windows of an epoch begin in a text of so many ids, in random order; each is `window` + 1 ids long.

    Without a `shift` they lie one behind the other, from an offset that is drawn anew for each epoch: every place is
    read once, and no two epochs cut the text alike. With one, a window begins at every multiple of it.
    """
    generator = np.random.default_rng([seed, epoch])
    last = length - window
    if shift is None:
        begin = int(generator.integers(min(window, last)))
        starts = np.arange(begin, last, window)
    else:
        starts = np.arange(0, last, shift)
    return _cut(generator.permutation(starts), batch_size)


def streams(length: int, batch_size: int, *, window: int) -> Plan:
    """Where the windows of parallel streams begin: the text cut into `batch_size` stretches, read side by side.

    Row i of every batch goes on where row i of the batch before ended. All batches are full; less than a window of
    each stretch, and so of the text less than a batch, is left over.
    """
    stretch = (length - 1) // batch_size
    begins = np.arange(batch_size) * stretch
    return [begins + step * window for step in range(stretch // window)]


def grouped(lengths: np.ndarray, batch_size: int, *, mixed: bool) -> Plan:
    """All rows once, the shortest first, batches as in `bucketed`: for evaluation."""
    return _by_length(np.arange(len(lengths)), lengths, batch_size, mixed)


def _by_length(order: np.ndarray, lengths: np.ndarray, batch_size: int, mixed: bool) -> Plan:
    order = order[np.argsort(lengths[order], kind="stable")]
    if mixed:
        return _cut(order, batch_size)
    borders = np.flatnonzero(np.diff(lengths[order])) + 1
    return [batch for group in np.split(order, borders) for batch in _cut(group, batch_size)]


def _cut(order: np.ndarray, batch_size: int) -> Plan:
    return [order[start : start + batch_size] for start in range(0, len(order), batch_size)]
