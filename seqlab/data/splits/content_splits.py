"""Splits that depend on a seed and the contents alone, not on the order of rows or files.

Every distinct content has a *rank*, a hash keyed by the seed. Sorting by rank is a shuffle that does not depend on the
order of the rows or on other rows: if examples are added, nearly all others stay in their splits.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from seqlab.data.records import Records, SplitName


def ranks(records: Records, seed: int) -> list[bytes]:
    """One per row, equal for equal contents."""
    return keyed(records.content_ids, seed)


def keyed(contents: Iterable[str], seed: int) -> list[bytes]:
    """A hash of each: BLAKE2b keyed by the seed (RFC 7693, section 2.9)."""
    key = hashlib.sha256(str(seed).encode()).digest()
    encoded = (content.encode("utf-8", "surrogatepass") for content in contents)
    return [hashlib.blake2b(content, key=key, digest_size=16).digest() for content in encoded]


def shuffled(records: Records, seed: int) -> Records:
    """The rows in order of their ranks; duplicates are consecutive, ordered by their other columns."""
    return records.rows(order(records, ranks(records, seed)))


def order(records: Records, ranked: Sequence[bytes]) -> list[int]:
    """The rows ordered by rank, then by their columns."""
    sort_keys = list(zip(ranked, *records.columns.values(), strict=True))
    return sorted(range(len(records)), key=sort_keys.__getitem__)


def cut(records: Records, shares: Mapping[SplitName, float], seed: int) -> dict[SplitName, Records]:
    """Cut a share of the distinct contents off for each split of `shares`; the rest is `train`. Rows are shuffled.

    Stratified by label, to within one content. Equal contents are in the same split; with contradicting labels they
    count for the first label in alphabetical order. The last content of a label is always in `train`. A split may be
    empty if there are too few contents.
    """
    records = shuffled(records, seed)
    free = _contents_by_label(records)
    sizes = [len(contents) for contents in free.values()]
    split_of: dict[str, SplitName] = {}
    for split, share in shares.items():
        for contents, quota in zip(free.values(), _quotas(sizes, share), strict=True):
            chosen = contents[: min(quota, len(contents) - 1)]
            split_of.update(dict.fromkeys(chosen, split))
            del contents[: len(chosen)]

    rows: dict[SplitName, list[int]] = {split: [] for split in ("train", *shares)}
    for row, content in enumerate(records.content_ids):
        rows[split_of.get(content, "train")].append(row)
    return {split: records.rows(chosen) for split, chosen in rows.items()}


def shared_rows(records: Records, others: Iterable[Records]) -> list[int]:
    """The rows of `records` whose content is also in one of the `others`."""
    seen = {content for other in others for content in other.content_ids}
    return [row for row, content in enumerate(records.content_ids) if content in seen]


def kept_apart(train: Records, validation: Records) -> tuple[Records, Records, int]:
    """Move the rows of `validation` that duplicate training examples to `train`, and return their number too."""
    duplicates = shared_rows(validation, [train])
    if not duplicates:
        return train, validation, 0
    others = sorted(set(range(len(validation))).difference(duplicates))
    return train.followed_by(validation.rows(duplicates)), validation.rows(others), len(duplicates)


def _contents_by_label(records: Records) -> dict[Any, list[str]]:
    """Label → its distinct contents, in the order of the rows. Without labels, all contents have the label ""."""
    label_of: dict[str, Any] = {}
    for content, label in zip(records.content_ids, records.columns.get("label", [""] * len(records)), strict=True):
        label_of.setdefault(content, label)
    contents: dict[Any, list[str]] = {label: [] for label in sorted(set(label_of.values()))}
    for content, label in label_of.items():
        contents[label].append(content)
    return contents


def _quotas(sizes: list[int], share: float) -> list[int]:
    """The share of each size: rounding cumulative sums keeps every quota, and their sum, within one of exact."""
    bounds = np.rint(np.cumsum([0, *sizes]) * share).astype(int)
    return [int(quota) for quota in np.diff(bounds)]
