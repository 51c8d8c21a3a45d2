"""Exact counts of n-grams over integers, without spelling any that cannot enter the vocabulary.

A corpus is one stream of word numbers with END_OF_TEXT after each text. An n-gram is two overlapping shorter n-grams
("the cat sat" is "the cat" and "cat sat"), so each width is counted as pairs of the width before. An n-gram is never
more frequent than its two parts, so parts that are too rare for the vocabulary are dropped before the next width is
counted (Agrawal & Srikant 1994, section 2.1). Those as frequent as the last one that fits are kept: the result is
exact.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from seqlab.progress import Progress
from seqlab.text.ngrams._key_table import NOT_FOUND, KeyTable
from seqlab.text.rows import run_starts

END_OF_TEXT = -1
"""Ends a text in a stream of word numbers."""

_SORTED_AT_ONCE = 2**21
_NUMBERED_AT_ONCE = 2**20


@dataclass(frozen=True)
class Ngrams:
    """N-grams of one width. `words`: (ngrams, width) int32; `counts`, `document_counts`: (ngrams,) int64."""

    words: np.ndarray
    counts: np.ndarray
    document_counts: np.ndarray


def count_ngrams(
    stream: np.ndarray, ngrams: int, min_count: int, limit: int | None, progress: Progress
) -> list[Ngrams]:
    """The n-grams of 1 to `ngrams` words that a vocabulary of `limit` tokens can contain, one `Ngrams` per width.

    `stream`: (positions,) int32. All n-grams as frequent as the last one that fits are returned, so there may be more
    than `limit`. Each occurs at least `min_count` times.
    """
    documents = np.cumsum(stream == END_OF_TEXT)
    pairs = _Pairs(stream, np.broadcast_to(np.int32(0), stream.shape), 1)
    left_counts = np.bincount(stream[stream >= 0])
    levels: list[Ngrams] = []
    threshold = min_count
    with progress.step("counting words", ngrams, "widths") as step:
        while True:
            keys, counts, document_counts = _count(pairs, left_counts, documents, threshold)
            left, right = np.divmod(keys, pairs.size)
            words = np.column_stack([levels[-1].words[left], levels[-1].words[right, -1]]) if levels else left[:, None]
            levels.append(Ngrams(words.astype(np.int32), counts, document_counts))
            threshold = _threshold(levels, min_count, limit)
            step.advance()
            if len(levels) == ngrams:
                return [_at_least(level, threshold) for level in levels]
            levels[-1] = _at_least(levels[-1], threshold)
            starts = _number(pairs, keys[counts >= threshold])
            left_counts = levels[-1].counts
            pairs = _Pairs(starts[:-1], starts[1:], len(left_counts))


@dataclass(frozen=True)
class _Pairs:
    """The two numbers that may form a pair at each position of a stream: below `size`, or -1 where there is none.

    `left`, `right`: (positions,).
    """

    left: np.ndarray
    right: np.ndarray
    size: int

    def keys(self, where: np.ndarray | slice) -> np.ndarray:
        """One int64 per pair; ascending keys are ascending pairs."""
        return self.left[where] * np.int64(self.size) + self.right[where]


def _count(
    pairs: _Pairs, left_counts: np.ndarray, documents: np.ndarray, threshold: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Keys of the pairs that occur `threshold` times or more, ascending, their counts and document counts.

    Pairs are counted in blocks of left numbers over the whole corpus: the counts of a block are final, and its rare
    pairs are dropped before the next block is counted.
    """
    blocks = [(np.empty(0, np.int64),) * 3]
    most_in_64_bits = 2**62 // max(1, pairs.size * len(documents))
    for low, high in _blocks(left_counts, max(1, most_in_64_bits)):
        where = np.flatnonzero((pairs.left >= low) & (pairs.left < high) & (pairs.right >= 0))
        first_key = np.int64(low) * pairs.size
        keys, counts, document_counts = _count_by_document(pairs.keys(where) - first_key, documents[where])
        kept = counts >= threshold
        blocks.append((keys[kept] + first_key, counts[kept], document_counts[kept]))
    keys, counts, document_counts = map(np.concatenate, zip(*blocks, strict=True))
    return keys, counts, document_counts


def _blocks(counts: np.ndarray, most: int) -> Iterator[tuple[int, int]]:
    """Ranges of at most `most` numbers that together occur about _SORTED_AT_ONCE times."""
    ends = np.cumsum(counts)
    low = 0
    while low < len(counts):
        before = ends[low - 1] if low else 0
        high = int(np.searchsorted(ends, before + _SORTED_AT_ONCE))
        high = min(max(high, low + 1), low + most, len(counts))
        yield low, high
        low = high


def _count_by_document(keys: np.ndarray, documents: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Distinct keys, ascending, how often each occurs and in how many documents.

    Key and document share one 64-bit number, so that a single sort gives both counts.
    """
    most_documents = int(documents.max(initial=0)) + 1
    both = keys * most_documents + documents
    both.sort()
    new_document = run_starts(both)
    keys_by_document = both[new_document] // most_documents
    new_key = run_starts(keys_by_document)
    counts = np.diff(new_document[new_key], append=len(both))
    return keys_by_document[new_key], counts, np.diff(new_key, append=len(keys_by_document))


def _number(pairs: _Pairs, keys: np.ndarray) -> np.ndarray:
    """At each position the index in `keys` of the pair that starts there, or -1: (positions,) int32."""
    numbers = np.empty(len(pairs.left), np.int32)
    table = KeyTable(keys)
    for low in range(0, len(numbers), _NUMBERED_AT_ONCE):
        part = slice(low, low + _NUMBERED_AT_ONCE)
        no_pair = (pairs.left[part] < 0) | (pairs.right[part] < 0)
        numbers[part] = table.find(np.where(no_pair, NOT_FOUND, pairs.keys(part)))
    return numbers


def _threshold(levels: list[Ngrams], min_count: int, limit: int | None) -> int:
    """The count of the last n-gram that fits into the vocabulary, of those counted so far."""
    counts = np.concatenate([level.counts for level in levels])
    if limit is None or len(counts) <= limit:
        return min_count
    return int(np.partition(counts, len(counts) - limit)[len(counts) - limit])


def _at_least(ngrams: Ngrams, threshold: int) -> Ngrams:
    kept = ngrams.counts >= threshold
    return Ngrams(ngrams.words[kept], ngrams.counts[kept], ngrams.document_counts[kept])
