"""Counts the n-grams of words in a corpus, and encodes texts as ids of n-grams, both over integers.

`count` counts the words of some texts, `fit` the n-grams of all that were counted, and `Encoder.encode` encodes. Texts
are strings whose words are separated by ASCII white space. Nothing else is public: import from this package, never from
its modules.

How it works: the UTF-8 bytes of many texts are split into words at once, and a word of up to eight bytes is used as an
integer (`_word_index.py`, with the hash table of `_key_table.py`). An n-gram is counted as a pair of two shorter ones,
and is spelled only if it enters the vocabulary (`_counting.py`). To encode, a trie of integers is walked for all
positions of a portion of texts in one call per width (`_ngram_index.py`).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from seqlab.data.ragged import Ragged, offsets_of
from seqlab.data.spool import ArrayWriter
from seqlab.progress import SILENT, Progress
from seqlab.text.ngrams._counting import END_OF_TEXT, WordCounts, count_ngrams
from seqlab.text.ngrams._ngram_index import NgramIndex
from seqlab.text.ngrams._word_index import WordIndex, WordSpans

__all__ = ["Counted", "Encoder", "NgramCounts", "count", "fit", "fit_parts"]


@dataclass(frozen=True)
class Counted:
    """The words of some texts, and what `fit` needs of them.

    `stream`: (positions,) int32, the number of each word in order, with END_OF_TEXT after each text; None if only
    single words are tokens.
    """

    words: WordIndex
    counts: WordCounts
    stream: np.ndarray | None


@dataclass(frozen=True)
class NgramCounts:
    """The n-grams of a corpus, words joined by a space, in no particular order.

    `counts` and `document_counts`: (tokens,) int64. `largest_count`: of the most frequent single word, whether it is
    among the tokens or not; 0 if the corpus has no words.
    """

    tokens: list[str]
    counts: np.ndarray
    document_counts: np.ndarray
    largest_count: int


def count(texts: Sequence[str], *, ngrams: int, split: bool = True) -> Counted:
    """The words of some texts. `split`: false makes one word of each text that is not empty."""
    index, counts = WordIndex(), WordCounts()
    spans = _spans(texts, split)
    numbers = index.add(spans)
    counts.add(numbers, np.searchsorted(spans.text_ends, np.arange(len(numbers)), side="right"))
    return Counted(index, counts, np.insert(numbers, spans.text_ends, END_OF_TEXT) if ngrams > 1 else None)


def fit(
    portions: Iterable[Counted],
    *,
    ngrams: int,
    min_count: int = 1,
    limit: int | None = None,
    progress: Progress = SILENT,
) -> NgramCounts:
    """Count n-grams of 1 to `ngrams` words that occur at least `min_count` times. Counts are exact.

    `portions`: those of the corpus, counted for this width. `limit`: the size of the vocabulary that is made of the
    result; n-grams that are too rare for it are left out, but those as frequent as the last one that fits are all
    returned.
    """
    index, counts, stream = WordIndex(), WordCounts(), ArrayWriter(np.int32)
    for portion in portions:
        numbers = index.merge(portion.words)
        counts.merge(portion.counts, numbers)
        if portion.stream is not None:
            stream.append(np.append(numbers, np.int32(END_OF_TEXT))[portion.stream])
    return _found(index, counts, stream.finish(), ngrams, min_count, limit, progress)


def fit_parts(
    parts: Iterable[tuple[int, str]], *, min_count: int = 1, limit: int | None = None, progress: Progress = SILENT
) -> NgramCounts:
    """The same of single words, of texts that come in parts: the number of a text, from 0, ascending, and a part."""
    index, counts = WordIndex(), WordCounts()
    for number, part in parts:
        counts.add_part(index.add(WordSpans.split([part])), number)
    return _found(index, counts, np.empty(0, np.int32), 1, min_count, limit, progress)


def _found(
    index: WordIndex,
    counts: WordCounts,
    stream: np.ndarray,
    ngrams: int,
    min_count: int,
    limit: int | None,
    progress: Progress,
) -> NgramCounts:
    if not len(index):
        return NgramCounts([], np.empty(0, np.int64), np.empty(0, np.int64), 0)
    levels = count_ngrams(counts, stream, ngrams, min_count, limit, progress)
    words = np.array(index.words(), object)
    return NgramCounts(
        [" ".join(ngram) for level in levels for ngram in words[level.words].tolist()],
        np.concatenate([level.counts for level in levels]),
        np.concatenate([level.document_counts for level in levels]),
        int(counts.counts.max()),
    )


class Encoder:
    """Encodes texts as ids of the n-grams in a vocabulary. Construction takes a second for a million tokens.

    `tokens`: n-grams, words joined by a space, with ids from `first_id`. `unknown`: the id of all other n-grams.
    `split`: as in `fit`.
    """

    def __init__(self, tokens: Sequence[str], *, ngrams: int, first_id: int, unknown: int, split: bool = True) -> None:
        self._split = split
        self._index = NgramIndex(tokens, ngrams, first_id, unknown)

    def encode(self, texts: Sequence[str]) -> Ragged:
        """One row of ids per text, int32: all single words in order, then all pairs of neighbors, and so on."""
        stream = self._index.stream(_spans(texts, self._split))
        row_of_position = np.cumsum(stream == END_OF_TEXT)
        return _rows(self._index.ids(stream), row_of_position, len(texts))


def _spans(texts: Sequence[str], split: bool) -> WordSpans:
    return WordSpans.split(texts) if split else WordSpans.whole_texts(texts)


def _rows(ids: Sequence[np.ndarray], row_of_position: np.ndarray, rows: int) -> Ragged:
    """One row per text: its ids of the first array in order, then those of the second, and so on.

    `ids`: arrays with the id at each position, negative where there is none; `row_of_position`: ascending.
    """
    valid = [of_width >= 0 for of_width in ids]
    values = np.concatenate([of_width[mask] for of_width, mask in zip(ids, valid, strict=True)])
    value_rows = np.concatenate([row_of_position[: len(mask)][mask] for mask in valid])
    lengths = np.bincount(value_rows, minlength=rows)
    if len(ids) > 1:
        values = values[np.argsort(value_rows, kind="stable")]
    return Ragged(values, offsets_of(lengths))
