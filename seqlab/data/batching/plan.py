"""The order of the data as a plan: a list of batches of row numbers, a pure function of (seed, epoch).

Compared with a shuffle buffer, a plan shuffles the whole split without memory, and an epoch is resumed by slicing its
plan. Seeded by `seed + epoch`, the second epoch of a seed would equal the first of the next one. Of more than
`SHUFFLED_AS_A_WHOLE` rows, the order is random block by block (`blockwise.py`).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from seqlab.data.batching.blockwise import BlockwisePlan

Plan = Sequence[np.ndarray]

SHUFFLED_AS_A_WHOLE = 10_000_000
"""Rows, whose order takes 80 MB."""


def shuffled(rows: int, batch_size: int, *, seed: int, epoch: int) -> Plan:
    """All rows once, in random order; the last batch holds the remainder."""
    if rows > SHUFFLED_AS_A_WHOLE:
        return BlockwisePlan(
            rows,
            lambda order, _: _cut(order, batch_size),
            multiple=batch_size,
            seed=seed,
            epoch=epoch,
            count=lambda size: -(-size // batch_size),
        )
    order = np.random.default_rng([seed, epoch]).permutation(rows)
    return _cut(order, batch_size)


def bucketed(lengths: np.ndarray, batch_size: int, *, mixed: bool, seed: int, epoch: int) -> Plan:
    """All rows once, in random batches of equal padded length.

    `lengths`: the padded length of each row, (rows,), with few distinct values. `mixed`: the remainder of a length is
    batched with the next greater length, so that only one batch is short; else each length has a short batch. If all
    lengths are equal, the result is that of `shuffled`.
    """

    def batches_of(order: np.ndarray, generator: np.random.Generator) -> Plan:
        plan, of_rows = _by_length(order, lengths, batch_size, mixed), lengths[order]
        if len(plan) > 1 and of_rows.min() != of_rows.max():
            return [plan[index] for index in generator.permutation(len(plan))]
        return plan

    if len(lengths) > SHUFFLED_AS_A_WHOLE:
        count = (lambda size: -(-size // batch_size)) if mixed else None
        return BlockwisePlan(len(lengths), batches_of, multiple=batch_size, seed=seed, epoch=epoch, count=count)
    generator = np.random.default_rng([seed, epoch])
    return batches_of(generator.permutation(len(lengths)), generator)


def by_tokens(lengths: np.ndarray, batch_tokens: int, *, seed: int, epoch: int) -> Plan:
    """All rows once, in random batches of similar length, each with about `batch_tokens` tokens, padding included.

    `lengths`: (rows,). A row with more tokens than that is a batch of its own.
    """

    def batches_of(order: np.ndarray, generator: np.random.Generator) -> Plan:
        plan = _with_tokens(order[np.argsort(lengths[order], kind="stable")], lengths, batch_tokens)
        return [plan[index] for index in generator.permutation(len(plan))]

    if len(lengths) > SHUFFLED_AS_A_WHOLE:
        return BlockwisePlan(len(lengths), batches_of, multiple=1, seed=seed, epoch=epoch)
    generator = np.random.default_rng([seed, epoch])
    return batches_of(generator.permutation(len(lengths)), generator)


def _with_tokens(order: np.ndarray, lengths: np.ndarray, batch_tokens: int) -> Plan:
    """Rows of ascending lengths in batches of about so many tokens."""
    plan, start = [], 0
    ordered = lengths[order]
    while start < len(order):
        # Lengths ascend: the width of a batch is the length of its last row.
        longest = ordered[start : start + batch_tokens // max(int(ordered[start]), 1)]
        sizes = np.arange(1, len(longest) + 1) * longest
        end = start + max(int(np.searchsorted(sizes, batch_tokens, side="right")), 1)
        plan.append(order[start:end])
        start = end
    return plan


def shareable(plan: Plan, shares: int) -> Plan:
    """The plan with batches of less than `shares` rows merged with the batch before: every device needs a row."""
    if isinstance(plan, BlockwisePlan):
        return plan if shares == 1 else plan.regrouped(lambda batches: shareable(batches, shares))
    merged: list[np.ndarray] = []
    for batch in plan:
        if merged and min(len(batch), len(merged[-1])) < shares:
            merged[-1] = np.concatenate([merged[-1], batch])
        else:
            merged.append(batch)
    return merged


def windows(length: int, batch_size: int, *, window: int, shift: int | None, seed: int, epoch: int) -> Plan:
    """The starts of an epoch's windows in a text of `length` ids, in random order; a window has `window` + 1 ids.

    Without a `shift`, windows are consecutive, from a random offset per epoch: every position is read once, and epochs
    cut the text differently. With a `shift`, a window starts at every multiple of it.
    """
    generator = np.random.default_rng([seed, epoch])
    last = length - window
    first, step = (int(generator.integers(min(window, last))), window) if shift is None else (0, shift)
    count = len(range(first, last, step))
    if count > SHUFFLED_AS_A_WHOLE:
        return BlockwisePlan(
            count,
            lambda order, _: _cut(first + step * order, batch_size),
            multiple=batch_size,
            seed=seed,
            epoch=epoch,
            count=lambda size: -(-size // batch_size),
        )
    return _cut(generator.permutation(np.arange(first, last, step)), batch_size)


def streams(length: int, batch_size: int, *, window: int) -> Plan:
    """The starts of windows in parallel streams: the text is cut into `batch_size` segments, read in parallel.

    Row i of a batch continues where row i of the previous batch ended. All batches are full; less than a window of each
    segment is not read.
    """
    segment = (length - 1) // batch_size
    starts = np.arange(batch_size) * segment
    return [starts + step * window for step in range(segment // window)]


def grouped(lengths: np.ndarray, batch_size: int, *, mixed: bool) -> Plan:
    """All rows once, shortest first, in batches as in `bucketed`, for evaluation."""
    return _by_length(np.arange(len(lengths)), lengths, batch_size, mixed)


def _by_length(order: np.ndarray, lengths: np.ndarray, batch_size: int, mixed: bool) -> Plan:
    order = order[np.argsort(lengths[order], kind="stable")]
    if mixed:
        return _cut(order, batch_size)
    bounds = np.flatnonzero(np.diff(lengths[order])) + 1
    return [batch for group in np.split(order, bounds) for batch in _cut(group, batch_size)]


def _cut(order: np.ndarray, batch_size: int) -> Plan:
    return [order[start : start + batch_size] for start in range(0, len(order), batch_size)]
