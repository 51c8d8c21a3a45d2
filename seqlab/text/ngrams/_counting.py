"""Exact counts of n-grams over integers, without spelling any that cannot enter the vocabulary.

A corpus is one stream of word numbers with END_OF_TEXT after each text. An n-gram is two overlapping shorter n-grams
("the cat sat" is "the cat" and "cat sat"), so each width is counted as pairs of the width before. An n-gram is never
more frequent than its two parts, so parts that are too rare for the vocabulary are dropped before the next width is
counted (Agrawal & Srikant 1994, section 2.1). Those as frequent as the last one that fits are kept: the result is
exact.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from seqlab.data.spool import AT_ONCE, ArrayWriter, portions, release
from seqlab.progress import Progress
from seqlab.text.ngrams._key_table import NOT_FOUND, KeyTable
from seqlab.text.rows import run_starts

END_OF_TEXT = -1
"""Ends a text in a stream of word numbers."""

_SORTED_AT_ONCE = 2**21
_PASSES = 64


@dataclass(frozen=True)
class Ngrams:
    """N-grams of one width. `words`: (ngrams, width) int32; `counts`, `document_counts`: (ngrams,) int64."""

    words: np.ndarray
    counts: np.ndarray
    document_counts: np.ndarray


class WordCounts:
    """How often each word occurs, and in how many texts: `counts`, `document_counts` (words,) int64, by number."""

    def __init__(self) -> None:
        self._counts = np.zeros((2, 1024), np.int64)
        self._words = 0
        self._last = np.empty(0, np.int64)

    @property
    def counts(self) -> np.ndarray:
        return self._counts[0, : self._words]

    @property
    def document_counts(self) -> np.ndarray:
        return self._counts[1, : self._words]

    def add(self, numbers: np.ndarray, documents: np.ndarray) -> None:
        """Words of some texts, (words,), and the text of each; no text is in two calls."""
        self._add(*_count_by_document(numbers.astype(np.int64), documents))

    def merge(self, other: WordCounts, numbers: np.ndarray) -> None:
        """Add the counts of other texts. `numbers`: those that their words have here, (words,)."""
        self._add(numbers, other.counts, other.document_counts)

    def add_part(self, numbers: np.ndarray, document: int) -> None:
        """Words of a part of a text, (words,). The parts of a text, which has a number from 0, follow one another."""
        keys, counts = np.unique(numbers, return_counts=True)
        self._make_room(keys)
        more = np.full(self._counts.shape[1] - len(self._last), -1, np.int64)
        self._last = np.concatenate([self._last, more])  # the text in which each word was counted last
        self._add(keys, counts, self._last[keys] != document)
        self._last[keys] = document

    def _add(self, keys: np.ndarray, counts: np.ndarray, document_counts: np.ndarray) -> None:
        self._make_room(keys)
        self._counts[:, keys] += counts, document_counts

    def _make_room(self, keys: np.ndarray) -> None:
        self._words = max(self._words, int(keys.max(initial=-1)) + 1)
        if self._words > self._counts.shape[1]:
            larger = np.zeros((2, 2 * self._words), np.int64)
            larger[:, : self._counts.shape[1]] = self._counts
            self._counts = larger


def count_ngrams(
    words: WordCounts, stream: np.ndarray, ngrams: int, min_count: int, limit: int | None, progress: Progress
) -> list[Ngrams]:
    """The n-grams of 1 to `ngrams` words that a vocabulary of `limit` tokens can contain, one `Ngrams` per width.

    `stream`: (positions,) int32, of the words that were counted; it is not read for single words. All n-grams as
    frequent as the last one that fits are returned, so there may be more than `limit`. Each occurs at least `min_count`
    times.
    """
    numbers = np.flatnonzero(words.counts >= min_count)
    levels = [Ngrams(numbers[:, None].astype(np.int32), words.counts[numbers], words.document_counts[numbers])]
    threshold = _threshold(levels, min_count, limit)
    with progress.step("counting words", ngrams, "widths") as step:
        step.advance()
        if ngrams == 1:
            return [_at_least(level, threshold) for level in levels]
        positions = _Positions(stream)
        levels[0] = _at_least(levels[0], threshold)
        starts = _renumbered(stream, levels[0].words[:, 0], len(words.counts))
        while True:
            pairs = _Pairs(starts[:-1], starts[1:], len(levels[-1].counts))
            keys, counts, document_counts = _count(pairs, levels[-1].counts, positions, threshold)
            left, right = np.divmod(keys, pairs.size)
            spelled = np.column_stack([levels[-1].words[left], levels[-1].words[right, -1]]).astype(np.int32)
            levels.append(Ngrams(spelled, counts, document_counts))
            threshold = _threshold(levels, min_count, limit)
            step.advance()
            if len(levels) == ngrams:
                return [_at_least(level, threshold) for level in levels]
            levels[-1] = _at_least(levels[-1], threshold)
            starts = _number(pairs, keys[counts >= threshold])


def _renumbered(stream: np.ndarray, kept: np.ndarray, words: int) -> np.ndarray:
    """At each position the index in `kept` of the word there, or -1: (positions,) int32."""
    index_of = np.full(words + 1, NOT_FOUND, np.int32)  # the last element is that of END_OF_TEXT
    index_of[kept] = np.arange(len(kept), dtype=np.int32)
    collected = ArrayWriter(np.int32)
    for part in portions(stream):
        collected.append(index_of[part])
    return collected.finish()


class _Positions:
    """The positions of a stream in parts, with the text that each is in."""

    def __init__(self, stream: np.ndarray) -> None:
        self._stream = stream
        ends = [int((part == END_OF_TEXT).sum()) for part in portions(stream, AT_ONCE)]
        self._texts_before = np.concatenate([[0], np.cumsum(ends)])

    @property
    def texts(self) -> int:
        return int(self._texts_before[-1])

    def parts(self, *arrays: np.ndarray) -> Iterator[tuple[Callable[[], np.ndarray], tuple[np.ndarray, ...]]]:
        """For each part a function that gives the text of each position, and the part of each of the `arrays`."""
        for number, start in enumerate(range(0, len(self._stream), AT_ONCE)):
            part = slice(start, start + AT_ONCE)

            def documents(part: slice = part, number: int = number) -> np.ndarray:
                found: np.ndarray = np.cumsum(self._stream[part] == END_OF_TEXT) + self._texts_before[number]
                return found

            yield documents, tuple(array[part] for array in arrays)
            for array in (self._stream, *arrays):
                release(array)


@dataclass(frozen=True)
class _Pairs:
    """The two numbers that may form a pair at each position of a stream: below `size`, or -1 where there is none.

    `left`, `right`: (positions,).
    """

    left: np.ndarray
    right: np.ndarray
    size: int


def _count(
    pairs: _Pairs, left_counts: np.ndarray, positions: _Positions, threshold: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Keys of the pairs that occur `threshold` times or more, ascending, their counts and document counts.

    Pairs are counted in blocks of left numbers over the whole corpus: the counts of a block are final, and its rare
    pairs are dropped before the next block is counted.
    """
    blocks = [(np.empty(0, np.int64),) * 3]
    most_in_64_bits = 2**62 // max(1, pairs.size * (positions.texts + 1))
    for low, high in _blocks(left_counts, max(1, most_in_64_bits)):
        first_key = np.int64(low) * pairs.size
        of_block = [(np.empty(0, np.int64),) * 2]
        for documents, (left, right) in positions.parts(pairs.left, pairs.right):
            where = np.flatnonzero((left >= low) & (left < high) & (right >= 0))
            if len(where):
                of_block.append((left[where] * np.int64(pairs.size) + right[where] - first_key, documents()[where]))
        keys, counts, document_counts = _count_by_document(*map(np.concatenate, zip(*of_block, strict=True)))
        kept = counts >= threshold
        blocks.append((keys[kept] + first_key, counts[kept], document_counts[kept]))
    keys, counts, document_counts = map(np.concatenate, zip(*blocks, strict=True))
    return keys, counts, document_counts


def _blocks(counts: np.ndarray, most: int) -> Iterator[tuple[int, int]]:
    """Ranges of at most `most` numbers that together occur about _SORTED_AT_ONCE times; of a large corpus, 1 in _PASSES
    of all times, because each range costs a pass over it."""
    ends = np.cumsum(counts)
    at_once = max(_SORTED_AT_ONCE, int(counts.sum()) // _PASSES)
    low = 0
    while low < len(counts):
        before = ends[low - 1] if low else 0
        high = int(np.searchsorted(ends, before + at_once))
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
    collected, table = ArrayWriter(np.int32), KeyTable(keys)
    for left, right in zip(portions(pairs.left), portions(pairs.right), strict=True):
        no_pair = (left < 0) | (right < 0)
        collected.append(table.find(np.where(no_pair, NOT_FOUND, left * np.int64(pairs.size) + right)))
    return collected.finish()


def _threshold(levels: list[Ngrams], min_count: int, limit: int | None) -> int:
    """The count of the last n-gram that fits into the vocabulary, of those counted so far."""
    counts = np.concatenate([level.counts for level in levels])
    if limit is None or len(counts) <= limit:
        return min_count
    return int(np.partition(counts, len(counts) - limit)[len(counts) - limit])


def _at_least(ngrams: Ngrams, threshold: int) -> Ngrams:
    kept = ngrams.counts >= threshold
    return Ngrams(ngrams.words[kept], ngrams.counts[kept], ngrams.document_counts[kept])
