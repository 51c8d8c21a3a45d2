"""Splits that depend on a seed and the contents alone, not on the order of rows or files.

Every distinct content has a *rank*, a hash keyed by the seed. Sorting by rank is a shuffle that does not depend on the
order of the rows or on other rows: if examples are added, nearly all others stay in their splits.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping

import numpy as np

from seqlab.data import columns
from seqlab.data.content_hashes import BYTES, ContentHashes, whole_groups
from seqlab.data.records import Records, SplitName


def ranks(records: Records, seed: int) -> ContentHashes:
    """One per row, equal for equal contents."""
    return keyed(records.content_ids, seed)


def keyed(contents: Iterable[str], seed: int) -> ContentHashes:
    """A hash of each: BLAKE2b keyed by the seed (RFC 7693, section 2.9)."""
    key = hashlib.sha256(str(seed).encode()).digest()
    encoded = (content.encode("utf-8", "surrogatepass") for content in contents)
    return ContentHashes.of(hashlib.blake2b(content, key=key, digest_size=BYTES).digest() for content in encoded)


def shuffled(records: Records, seed: int) -> Records:
    """The rows in order of their ranks; duplicates are consecutive, ordered by their other columns."""
    return records.rows(order(records, ranks(records, seed)))


def order(records: Records, ranked: ContentHashes) -> np.ndarray:
    """The rows ordered by rank, then by their columns: (rows,)."""
    found = ranked.order()
    starts = ranked.starts(found)
    lengths = np.diff(starts, append=len(found))
    repeated = np.flatnonzero(np.repeat(lengths > 1, lengths))  # places of rows with a rank that others have too
    group = np.searchsorted(starts, repeated, side="right")
    for first, end in whole_groups(np.flatnonzero(np.diff(group, prepend=-1)), len(repeated)):
        places = repeated[first:end]
        rows = found[places]
        keys = list(zip(group[first:end].tolist(), *records.rows(rows).columns.values(), strict=True))
        found[places] = rows[sorted(range(len(rows)), key=keys.__getitem__)]
    return found


def cut(records: Records, shares: Mapping[SplitName, float], seed: int) -> dict[SplitName, Records]:
    """Cut a share of the distinct contents off for each split of `shares`; the rest is `train`. Rows are shuffled.

    Stratified by label, to within one content. Equal contents are in the same split; with contradicting labels they
    count for the first label in alphabetical order. The last content of a label is always in `train`. A split may be
    empty if there are too few contents.
    """
    records = shuffled(records, seed)
    starts = records.content_ids.starts()  # equal contents are consecutive
    labels = _labels(records, starts)
    split_of = np.zeros(len(starts), np.int8)  # of each content: 0 is train
    free = [np.flatnonzero(labels == label) for label in range(int(labels.max(initial=-1)) + 1)]
    sizes = [len(contents) for contents in free]
    for number, share in enumerate(shares.values(), start=1):
        for label, quota in enumerate(_quotas(sizes, share)):
            chosen = free[label][: min(quota, len(free[label]) - 1)]
            split_of[chosen] = number
            free[label] = free[label][len(chosen) :]

    of_row = np.repeat(split_of, np.diff(starts, append=len(records)))
    return {split: records.rows(np.flatnonzero(of_row == number)) for number, split in enumerate(("train", *shares))}


def shared_rows(records: Records, others: Iterable[Records]) -> np.ndarray:
    """The rows of `records` whose content is also in one of the `others`, (shared,)."""
    return np.flatnonzero(records.content_ids.among(other.content_ids for other in others))


def kept_apart(train: Records, validation: Records) -> tuple[Records, Records, int]:
    """Move the rows of `validation` that duplicate training examples to `train`, and return their number too."""
    duplicates = shared_rows(validation, [train])
    if not len(duplicates):
        return train, validation, 0
    others = np.delete(np.arange(len(validation)), duplicates)
    return train.followed_by(validation.rows(duplicates)), validation.rows(others), len(duplicates)


def _labels(records: Records, starts: np.ndarray) -> np.ndarray:
    """The label of each content, which is that of its first row, as its position among all in alphabetical order:
    (contents,). Without labels, all contents have the same one."""
    if "label" not in records.columns:
        return np.zeros(len(starts), np.int32)
    of_contents = columns.coded(columns.rows_of(records["label"], starts))
    used, positions = np.unique(of_contents.codes, return_inverse=True)
    names = [of_contents.distinct[code] for code in used.tolist()]
    alphabetical = np.empty(len(used), np.int32)
    alphabetical[sorted(range(len(names)), key=names.__getitem__)] = np.arange(len(names))
    return alphabetical[positions]


def _quotas(sizes: list[int], share: float) -> list[int]:
    """The share of each size: rounding cumulative sums keeps every quota, and their sum, within one of exact."""
    bounds = np.rint(np.cumsum([0, *sizes]) * share).astype(int)
    return [int(quota) for quota in np.diff(bounds)]
