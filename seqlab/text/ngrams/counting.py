"""Counting n-grams over integers, exactly, without ever spelling one that cannot enter the vocabulary.

A corpus is one stream of word numbers with a BORDER after each text. An n-gram is two overlapping shorter n-grams
("the cat sat" is "the cat" and "cat sat"), so each width is counted as pairs of the width before. As an n-gram is
never more frequent than the two it consists of, those that the vocabulary has no room for are struck out before the
next width is counted (Agrawal & Srikant 1994, section 2.1); those as frequent as the last that has room stay, so the
result is exact.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from seqlab.progress import Progress
from seqlab.text.ngrams.key_table import NOT_FOUND, KeyTable

BORDER = -1
"""Ends a text in a stream of numbers."""

_SORTED_AT_ONCE = 2**21
_NUMBERED_AT_ONCE = 2**20


@dataclass(frozen=True)
class Grams:
    """N-grams of one width. `words`: (grams, width) int32; `counts`, `document_counts`: (grams,) int64."""

    words: np.ndarray
    counts: np.ndarray
    document_counts: np.ndarray


def count_ngrams(stream: np.ndarray, ngrams: int, min_count: int, room: int | None, progress: Progress) -> list[Grams]:
    """The n-grams of 1 to `ngrams` words that a vocabulary with `room` tokens can hold, one `Grams` a width.

    `stream`: (places,) int32. There may be more than `room`: all that are as frequent as the last one are there.
    None occurs less than `min_count` times.
    """
    documents = np.cumsum(stream == BORDER)
    places = _Places(stream, np.broadcast_to(np.int32(0), stream.shape), 1)
    left_counts = np.bincount(stream[stream >= 0])
    levels: list[Grams] = []
    least = min_count
    with progress.step("counting words", ngrams, "widths") as step:
        while True:
            keys, counts, document_counts = _count(places, left_counts, documents, least)
            left, right = np.divmod(keys, places.size)
            words = np.column_stack([levels[-1].words[left], levels[-1].words[right, -1]]) if levels else left[:, None]
            levels.append(Grams(words.astype(np.int32), counts, document_counts))
            least = _least_count(levels, min_count, room)
            step.advance()
            if len(levels) == ngrams:
                return [_at_least(level, least) for level in levels]
            levels[-1] = _at_least(levels[-1], least)
            starts = _number(places, keys[counts >= least])
            left_counts = levels[-1].counts
            places = _Places(starts[:-1], starts[1:], len(left_counts))


@dataclass(frozen=True)
class _Places:
    """What may pair up at each place of a stream: numbers below `size`, -1 where nothing starts."""

    left: np.ndarray
    right: np.ndarray
    size: int

    def keys(self, where: np.ndarray | slice) -> np.ndarray:
        """One int64 for each pair; ascending keys are ascending pairs."""
        return self.left[where] * np.int64(self.size) + self.right[where]


def firsts(ascending: np.ndarray) -> np.ndarray:
    """The first place of each distinct value."""
    return np.flatnonzero(np.concatenate([[True], ascending[1:] != ascending[:-1]])[: len(ascending)])


def _count(
    places: _Places, left_counts: np.ndarray, documents: np.ndarray, least: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Keys of the pairs that occur `least` times or more, ascending, their counts and document counts.

    Pairs are taken by blocks of left numbers, each block from the whole corpus: its counts are final at once, and
    what is rare is forgotten before the next block is counted.
    """
    found = [(np.empty(0, np.int64),) * 3]
    most_in_64_bits = 2**62 // max(1, places.size * len(documents))
    for low, high in _blocks(left_counts, max(1, most_in_64_bits)):
        where = np.flatnonzero((places.left >= low) & (places.left < high) & (places.right >= 0))
        first_key = np.int64(low) * places.size
        keys, counts, document_counts = _count_by_document(places.keys(where) - first_key, documents[where])
        kept = counts >= least
        found.append((keys[kept] + first_key, counts[kept], document_counts[kept]))
    keys, counts, document_counts = map(np.concatenate, zip(*found, strict=True))
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

    Key and document share one 64-bit number, so that a single sort answers both.
    """
    most_documents = int(documents.max(initial=0)) + 1
    both = keys * most_documents + documents
    both.sort()
    new_document = firsts(both)
    keys_by_document = both[new_document] // most_documents
    new_key = firsts(keys_by_document)
    counts = np.diff(new_document[new_key], append=len(both))
    return keys_by_document[new_key], counts, np.diff(new_key, append=len(keys_by_document))


def _number(places: _Places, keys: np.ndarray) -> np.ndarray:
    """At each place the position in `keys` of the pair that starts there, or -1: (places,) int32."""
    numbers = np.empty(len(places.left), np.int32)
    table = KeyTable(keys)
    for low in range(0, len(numbers), _NUMBERED_AT_ONCE):
        here = slice(low, low + _NUMBERED_AT_ONCE)
        nothing = (places.left[here] < 0) | (places.right[here] < 0)
        numbers[here] = table.find(np.where(nothing, NOT_FOUND, places.keys(here)))
    return numbers


def _least_count(levels: list[Grams], min_count: int, room: int | None) -> int:
    """The count of the last n-gram that has room, of those that were counted so far."""
    counts = np.concatenate([level.counts for level in levels])
    if room is None or len(counts) <= room:
        return min_count
    return int(np.partition(counts, len(counts) - room)[len(counts) - room])


def _at_least(grams: Grams, least: int) -> Grams:
    kept = grams.counts >= least
    return Grams(grams.words[kept], grams.counts[kept], grams.document_counts[kept])
