"""Which pair of sentences goes where: pairs that have a sentence in common stay together.

A sentence often stands with several translations. Cut by rows, or by the sentences of one side alone, a split would
ask for what training has shown. So whole *components* are cut off: pairs are linked where their sources are equal,
or their targets, and a component is what hangs together by such links, over however many pairs.

As in `splits.py` a hash keyed by the seed decides. It does not tell source from target, so that both directions of a
corpus have the same splits: what one direction is tested on, the other has not been trained on either.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from seqlab.data.records import Records, SplitName
from seqlab.data.splits import content_splits


def ranks(records: Records, seed: int) -> list[bytes]:
    """One per row, equal for equal pairs in either direction."""
    return content_splits.keyed(("\x1f".join(sorted(pair)) for pair in _pairs(records)), seed)


def shuffled(records: Records, seed: int) -> Records:
    """The rows in order of their ranks; equal pairs stand together, ordered by their other columns."""
    return records.rows(content_splits.order(records, ranks(records, seed)))


def components(records: Records) -> list[int]:
    """One number per row, the same for all rows of a component. Outer white space makes no difference.

    A pair and the same pair turned round are linked too: they are equal to a hash that knows no direction.
    """
    pairs = list(_pairs(records))
    sources, targets = ([pair[side] for pair in pairs] for side in (0, 1))
    return _linked(len(pairs), (sources, targets, [tuple(sorted(pair)) for pair in pairs]))


def cut(records: Records, quotas: Mapping[SplitName, int], seed: int) -> dict[SplitName, Records]:
    """Cut components with so many rows off for each split; the rest is `train`. Rows are shuffled.

    A component has the rank of its first pair. They are taken in this order, and one that is larger than what its
    split still lacks is left to the others: a quota is met exactly as long as there are small ones. The component that
    comes last always stays in `train`.
    """
    ranked = ranks(records, seed)
    order, component = content_splits.order(records, ranked), components(records)
    groups: dict[int, int] = {}
    for row in order:
        groups[component[row]] = groups.get(component[row], 0) + 1

    side: dict[int, SplitName] = {}
    free = list(groups.items())[:-1]
    for split, quota in quotas.items():
        passed, lacking = [], quota
        for number, size in free:
            if size <= lacking:
                side[number] = split
                lacking -= size
            else:
                passed.append((number, size))
        free = passed

    rows: dict[SplitName, list[int]] = {split: [] for split in ("train", *quotas)}
    for row in order:
        rows[side.get(component[row], "train")].append(row)
    return {split: records.rows(chosen) for split, chosen in rows.items()}


def _pairs(records: Records) -> Iterable[tuple[str, str]]:
    for source, target in zip(records["source"], records["target"], strict=True):
        yield source.strip(), target.strip()


def _linked(size: int, columns: Iterable[list[Any]]) -> list[int]:
    """Rows that are equal in one of the columns get one number, and so on: union–find, with path halving."""
    above = list(range(size))

    def top(row: int) -> int:
        while above[row] != row:
            above[row] = row = above[above[row]]
        return row

    for column in columns:
        first: dict[Any, int] = {}
        for row, value in enumerate(column):
            known = first.setdefault(value, row)
            if known != row:
                one, other = sorted((top(known), top(row)))
                above[other] = one
    return [top(row) for row in range(size)]
