"""Which example goes where: decided by a seed and the contents alone, never by the order of rows or files.

Every different content has a *rank*, a hash keyed by the seed. Sorting by rank is a shuffle in which neither the
order of the rows nor the other rows take part: adding examples leaves nearly all others on their side.
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
    """The rows in order of their ranks; duplicates stand together, ordered by their other columns."""
    return records.rows(order(records, ranks(records, seed)))


def order(records: Records, ranked: Sequence[bytes]) -> list[int]:
    """The rows by their ranks; those of one rank by their columns."""
    places = list(zip(ranked, *records.columns.values(), strict=True))
    return sorted(range(len(records)), key=places.__getitem__)


def cut(records: Records, shares: Mapping[SplitName, float], seed: int) -> dict[SplitName, Records]:
    """Cut a share of the different contents off for each split of `shares`; the rest is `train`. Rows are shuffled.

    Each label gives its share, to within one content; equal contents stay together (under contradicting labels they
    count for the first in alphabetical order); the last content of a label always stays in `train`. A split may
    come out empty when there are too few contents.
    """
    records = shuffled(records, seed)
    free = _contents_by_label(records)
    sizes = [len(contents) for contents in free.values()]
    side: dict[str, SplitName] = {}
    for split, share in shares.items():
        for contents, quota in zip(free.values(), _quotas(sizes, share), strict=True):
            chosen = contents[: min(quota, len(contents) - 1)]
            side.update(dict.fromkeys(chosen, split))
            del contents[: len(chosen)]

    rows: dict[SplitName, list[int]] = {split: [] for split in ("train", *shares)}
    for row, content in enumerate(records.content_ids):
        rows[side.get(content, "train")].append(row)
    return {split: records.rows(chosen) for split, chosen in rows.items()}


def shared_rows(records: Records, others: Iterable[Records]) -> list[int]:
    """The rows of `records` whose content also stands in one of the `others`."""
    seen = {content for other in others for content in other.content_ids}
    return [row for row, content in enumerate(records.content_ids) if content in seen]


def kept_apart(train: Records, validation: Records) -> tuple[Records, Records, int]:
    """Move the rows of `validation` that duplicate a training example to `train`; also returns how many."""
    duplicates = shared_rows(validation, [train])
    if not duplicates:
        return train, validation, 0
    others = sorted(set(range(len(validation))).difference(duplicates))
    return train.followed_by(validation.rows(duplicates)), validation.rows(others), len(duplicates)


def _contents_by_label(records: Records) -> dict[Any, list[str]]:
    """Label → its different contents, in the order of the rows. Without labels all contents are of one kind."""
    label_of: dict[str, Any] = {}
    for content, label in zip(records.content_ids, records.columns.get("label", [""] * len(records)), strict=True):
        label_of.setdefault(content, label)
    contents: dict[Any, list[str]] = {label: [] for label in sorted(set(label_of.values()))}
    for content, label in label_of.items():
        contents[label].append(content)
    return contents


def _quotas(sizes: list[int], share: float) -> list[int]:
    """How many of each size: rounding the running total keeps every quota, and the sum of all, within one of exact."""
    edges = np.rint(np.cumsum([0, *sizes]) * share).astype(int)
    return [int(quota) for quota in np.diff(edges)]
