"""Splits of sentence pairs: pairs with a sentence in common are in the same split.

A sentence often has more than one translation. If rows were split, or the sentences of one side alone, test sentences
would also be in the training split. So connected *components* are split: two pairs are linked if their sources or their
targets are equal.

As in `content_splits.py`, the order is that of a hash keyed by the seed. It is the same for a pair and its reverse, so
that both directions of a corpus have the same splits.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from seqlab.data.records import Records, SplitName
from seqlab.data.splits import content_splits


def ranks(records: Records, seed: int) -> list[bytes]:
    """One per row, equal for equal pairs and for reversed ones."""
    return content_splits.keyed(("\x1f".join(sorted(pair)) for pair in _pairs(records)), seed)


def shuffled(records: Records, seed: int) -> Records:
    """The rows in order of their ranks; equal pairs are consecutive, ordered by their other columns."""
    return records.rows(content_splits.order(records, ranks(records, seed)))


def components(records: Records) -> list[int]:
    """One number per row, the same for all rows of a component. Surrounding white space is ignored.

    A pair and its reverse are linked too, because they have the same rank.
    """
    pairs = list(_pairs(records))
    sources, targets = ([pair[side] for pair in pairs] for side in (0, 1))
    return _linked(len(pairs), (sources, targets, [tuple(sorted(pair)) for pair in pairs]))


def cut(records: Records, quotas: Mapping[SplitName, int], seed: int) -> dict[SplitName, Records]:
    """Cut components with this many rows in total off for each split; the rest is `train`. Rows are shuffled.

    A component has the rank of its first pair. Components are assigned in this order; one that does not fit into a
    split is left to the next, so that quotas are met exactly as long as there are small components. The last one is
    always in `train`.
    """
    ranked = ranks(records, seed)
    order, component = content_splits.order(records, ranked), components(records)
    groups: dict[int, int] = {}
    for row in order:
        groups[component[row]] = groups.get(component[row], 0) + 1

    split_of: dict[int, SplitName] = {}
    free = list(groups.items())[:-1]
    for split, quota in quotas.items():
        skipped, missing = [], quota
        for number, size in free:
            if size <= missing:
                split_of[number] = split
                missing -= size
            else:
                skipped.append((number, size))
        free = skipped

    rows: dict[SplitName, list[int]] = {split: [] for split in ("train", *quotas)}
    for row in order:
        rows[split_of.get(component[row], "train")].append(row)
    return {split: records.rows(chosen) for split, chosen in rows.items()}


def _pairs(records: Records) -> Iterable[tuple[str, str]]:
    for source, target in zip(records["source"], records["target"], strict=True):
        yield source.strip(), target.strip()


def _linked(size: int, columns: Iterable[list[Any]]) -> list[int]:
    """One number for all rows that are linked by equal values in any column: union–find with path halving."""
    parent = list(range(size))

    def root(row: int) -> int:
        while parent[row] != row:
            parent[row] = row = parent[parent[row]]
        return row

    for column in columns:
        first: dict[Any, int] = {}
        for row, value in enumerate(column):
            known = first.setdefault(value, row)
            if known != row:
                smaller, larger = sorted((root(known), root(row)))
                parent[larger] = smaller
    return [root(row) for row in range(size)]
