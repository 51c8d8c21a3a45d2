"""Texts that are nearly those of other rows: MinHash finds candidates, and their 5-grams are compared exactly.

Broder 1997, "On the resemblance and containment of documents"; the index is that of datasketch. Every pair that is
reported has a Jaccard similarity of at least the threshold; one in a hundred just above it may be missed.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from typing import TYPE_CHECKING

import numpy as np

from seqlab.data.records import SPLITS, SplitName
from seqlab.diagnosis.duplicates import EARLIER, training
from seqlab.diagnosis.examined import Examined, Rows, repeatable
from seqlab.diagnosis.findings import Finding, Instance, Outcome
from seqlab.diagnosis.shingles import LONGEST, Shingles, jaccard
from seqlab.progress import ProgressStep
from seqlab.text_format import counted, part_of, verb

if TYPE_CHECKING:
    from datasketch import MinHashLSH

THRESHOLD = 0.7
BANDS, ROWS_PER_BAND = 25, 5
"""A pair of similarity s is a candidate with probability 1 - (1 - s^5)^25: 99 % at 0.7, 0.0008 % at 0.05."""
MOST_TEXTS = 150_000
"""Texts that are compared; of more training texts a part is, evenly spread."""
MOST_CANDIDATES = 50
"""Texts like one text from which on no more are indexed: in a cluster of thousands each has enough partners."""
CACHED = 2**13
"""Texts whose 5-grams are kept: up to 160 kB each."""
LOW_BITS = np.uint64(0xFFFFFFFF)
"""MinHash permutes 32 bits; 5-grams are hashes already."""
NOTED_SHARE = 0.01
"""The share of a split from which on near duplicates in earlier splits are a warning."""
HINT = "near duplicates are not looked for without datasketch: pip install 'seqlab[doctor]'"


@dataclass(frozen=True)
class NearDuplicate:
    """A row, and an earlier one that is nearly equal."""

    rows: Rows
    row: int
    other: Rows
    other_row: int
    similarity: float


def near_duplicates(data: Examined) -> Outcome:
    """Rows whose text is not equal to another and shares 70 % of the 5-grams of both."""
    if find_spec("datasketch") is None:
        return Outcome(skipped=HINT)
    chosen = _chosen(data)
    texts = [rows.text(row) for split, rows in data.splits.items() for row in chosen[split]]
    index = _Index(data, Shingles(texts))
    with data.progress.step("comparing texts", len(texts), "texts") as step:
        found = list(index.compare(chosen, step))
    findings = [*_across(data, found), *_within(data, found), *_note_on_size(data, chosen)]
    figures = {
        "ngrams": index.shingles.kind,
        "threshold": THRESHOLD,
        "compared": len(texts),
        "within": {split: len(_of(found, split, [split])) for split in data.splits},
        "across": {
            f"{split} in {other}": len(_of(found, split, [other]))
            for split in data.splits
            for other in EARLIER.get(split, ())
            if other in data.splits
        },
    }
    return Outcome(findings, figures)


class _Index:
    """The texts by split, and which are alike."""

    def __init__(self, data: Examined, shingles: Shingles) -> None:
        from datasketch import MinHash, MinHashLSH

        self.splits, self.shingles = data.splits, shingles
        self._indices: dict[SplitName, MinHashLSH] = {
            split: MinHashLSH(params=(BANDS, ROWS_PER_BAND), num_perm=BANDS * ROWS_PER_BAND) for split in data.splits
        }
        self._empty = MinHash(BANDS * ROWS_PER_BAND, hashfunc=int)
        self._ngrams = functools.lru_cache(CACHED)(self._ngrams_of)

    def compare(self, chosen: Mapping[SplitName, Sequence[int]], step: ProgressStep) -> Iterator[NearDuplicate]:
        """For each row at most one near duplicate in each split up to its own. Texts are compared once."""
        seen: set[str] = set()
        for split in SPLITS:
            if split not in self.splits:
                continue
            rows = self.splits[split]
            for row in chosen[split]:
                step.advance()
                if rows.contents[row] not in seen:
                    seen.add(rows.contents[row])
                    yield from self._partners(rows, row)

    def _partners(self, rows: Rows, row: int) -> Iterator[NearDuplicate]:
        ngrams = self._ngrams(rows.split, row)
        if not len(ngrams):
            return
        signature = self._empty.copy()  # the random permutations are drawn once
        signature.update_batch(ngrams & LOW_BITS)
        for split in (*EARLIER.get(rows.split, ()), rows.split):
            if split not in self.splits:
                continue
            candidates = sorted(self._indices[split].query(signature))
            for other in candidates[:MOST_CANDIDATES]:
                similarity = jaccard(ngrams, self._ngrams(split, other))
                if similarity >= THRESHOLD:
                    yield NearDuplicate(rows, row, self.splits[split], other, similarity)
                    break
        if len(candidates) < MOST_CANDIDATES:  # those of its own split, which came last
            self._indices[rows.split].insert(row, signature, check_duplication=False)

    def _ngrams_of(self, split: SplitName, row: int) -> np.ndarray:
        return self.shingles.of(self.splits[split].text(row))


def _chosen(data: Examined) -> dict[SplitName, Sequence[int]]:
    """The rows that are compared: all, or a part of those of training."""
    chosen: dict[SplitName, Sequence[int]] = {split: repeatable(data, rows) for split, rows in data.splits.items()}
    others = sum(len(rows) for split, rows in chosen.items() if split != "train")
    kept = max(MOST_TEXTS - others, MOST_TEXTS // 2)
    if len(chosen["train"]) > kept:
        chosen["train"] = [chosen["train"][position * len(chosen["train"]) // kept] for position in range(kept)]
    return chosen


def _across(data: Examined, found: Sequence[NearDuplicate]) -> Iterator[Finding]:
    for split, earlier in EARLIER.items():
        if split not in data.splits or not (pairs := _of(found, split, earlier)):
            continue
        total = len(data.splits[split])
        message = (
            f"{part_of(len(pairs), total, f'{split} {data.unit}')} ({len(pairs) / total:.1%}) "
            f"{verb(len(pairs), 'is', 'are')} nearly one of {' or '.join(training(each) for each in earlier)}"
            f"{_with_other_answers(pairs)}"
        )
        yield Finding(
            "warning" if len(pairs) >= NOTED_SHARE * total else "note", message, len(pairs), _shown(data, pairs)
        )


def _within(data: Examined, found: Sequence[NearDuplicate]) -> Iterator[Finding]:
    for split, rows in data.splits.items():
        if pairs := _of(found, split, [split]):
            message = (
                f"{part_of(len(pairs), len(rows), f'{training(split)} {data.unit}')} {verb(len(pairs), 'is', 'are')} "
                f"nearly an earlier one of the split{_with_other_answers(pairs)}"
            )
            yield Finding("note", message, len(pairs), _shown(data, pairs))


def _note_on_size(data: Examined, chosen: Mapping[SplitName, Sequence[int]]) -> Iterator[Finding]:
    rows = data.splits["train"]
    if len(chosen["train"]) < len(repeatable(data, rows)):
        message = f"{part_of(len(chosen['train']), len(rows), f'training {data.unit}')} were compared, evenly spread"
        yield Finding("note", message)
    if count := sum(len(rows.text(row)) > LONGEST for rows, row in data.rows()):
        message = (
            f"{counted(count, data.unit)} {verb(count, 'was', 'were')} compared by the first {LONGEST:,} characters"
        )
        yield Finding("note", message)


def _of(found: Sequence[NearDuplicate], split: SplitName, others: Sequence[SplitName]) -> list[NearDuplicate]:
    """One per row of the split with a near duplicate in one of the others, the most similar first."""
    rows: dict[int, NearDuplicate] = {}
    for each in found:
        if each.rows.split == split and each.other.split in others:
            rows.setdefault(each.row, each)
    return sorted(rows.values(), key=lambda each: -each.similarity)


def _with_other_answers(pairs: Sequence[NearDuplicate]) -> str:
    """How many have another label than the row that they resemble."""
    different = sum(_has_another_label(each) for each in pairs)
    return f"; {different:,} with another label" if different else ""


def _has_another_label(pair: NearDuplicate) -> bool:
    return bool(pair.rows.labels) and pair.rows.labels[pair.row] != pair.other.labels[pair.other_row]


def _shown(data: Examined, pairs: Sequence[NearDuplicate]) -> list[Instance]:
    return data.instances((each.rows, each.row, _detail(each)) for each in pairs)


def _detail(pair: NearDuplicate) -> str:
    """The similarity and the other row; the labels, if they are different."""
    detail = f"{pair.similarity:.2f} like {pair.other.locations[pair.other_row]}"
    if _has_another_label(pair):
        detail += f", {pair.rows.answer(pair.row)} here and {pair.other.answer(pair.other_row)} there"
    return detail
