"""Splits of sentence pairs: pairs with a sentence in common are in the same split.

A sentence often has more than one translation. If rows were split, or the sentences of one side alone, test sentences
would also be in the training split. So connected *components* are split: two pairs are linked if their sources or their
targets are equal.

As in `content_splits.py`, the order is that of a hash keyed by the seed. It is the same for a pair and its reverse, so
that both directions of a corpus have the same splits.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from seqlab.data.content_hashes import ContentHashes
from seqlab.data.records import Records, SplitName, hashes_of
from seqlab.data.splits import content_splits


def ranks(records: Records, seed: int) -> ContentHashes:
    """One per row, equal for equal pairs and for reversed ones."""
    return content_splits.keyed(("\x1f".join(sorted(pair)) for pair in _pairs(records)), seed)


def shuffled(records: Records, seed: int) -> Records:
    """The rows in order of their ranks; equal pairs are consecutive, ordered by their other columns."""
    return records.rows(content_splits.order(records, ranks(records, seed)))


def components(records: Records) -> np.ndarray:
    """For each row the first one of its component, (rows,). Surrounding white space is ignored.

    A pair and its reverse are linked too, because they have the same rank.
    """
    sources, targets = (hashes_of(text.strip() for text in records[side]) for side in ("source", "target"))
    reversible = hashes_of("\x1f".join(sorted(pair)) for pair in _pairs(records))
    return _linked([hashes.first_rows() for hashes in (sources, targets, reversible)])


def cut(records: Records, quotas: Mapping[SplitName, int], seed: int) -> dict[SplitName, Records]:
    """Cut components with this many rows in total off for each split; the rest is `train`. Rows are shuffled.

    A component has the rank of its first pair. Components are assigned in this order; one that does not fit into a
    split is left to the next, so that quotas are met exactly as long as there are small components. The last one is
    always in `train`.
    """
    order, component = content_splits.order(records, ranks(records, seed)), components(records)
    firsts, places, sizes = np.unique(component[order], return_index=True, return_counts=True)
    by_rank = np.argsort(places)
    split_of = np.zeros(len(firsts), np.int8)  # of each component: 0 is train
    free = by_rank[:-1]
    for number, quota in enumerate(quotas.values(), start=1):
        chosen = _filling(sizes[free], quota)
        split_of[free[chosen]] = number
        free = free[~chosen]

    of_row = split_of[np.searchsorted(firsts, component[order])]
    return {split: records.rows(order[of_row == number]) for number, split in enumerate(("train", *quotas))}


def _filling(sizes: np.ndarray, quota: int) -> np.ndarray:
    """Which components are taken in their order, (components,) bool: each that leaves the sum within the quota."""
    chosen, missing, start = np.zeros(len(sizes), bool), quota, 0
    while missing and start < len(sizes):
        fitting = int(np.searchsorted(np.cumsum(sizes[start : start + missing]), missing, side="right"))
        chosen[start : start + fitting] = True
        missing -= int(sizes[start : start + fitting].sum())
        start += fitting
        smaller = np.flatnonzero(sizes[start:] <= missing)  # the next that fits
        start = start + int(smaller[0]) if len(smaller) else len(sizes)
    return chosen


def _pairs(records: Records) -> Iterable[tuple[str, str]]:
    for source, target in zip(records["source"], records["target"], strict=True):
        yield source.strip(), target.strip()


def _linked(links: Sequence[np.ndarray]) -> np.ndarray:
    """For each row the first one of all rows that are linked with it, (rows,). `links`: for each row the first one with
    the same value in a column.

    Labels are lowered to the lowest of their group until none changes, and jump to the labels of their labels (Shiloach
    and Vishkin 1982), so that long chains take few rounds.
    """
    label = np.arange(len(links[0]))
    while True:
        before = label
        for link in links:
            lowest = label.copy()
            np.minimum.at(lowest, link, label)
            label = np.minimum(label, lowest[link])
            np.minimum.at(label, before, label)
        label = label[label]
        if (label == before).all():
            return label
