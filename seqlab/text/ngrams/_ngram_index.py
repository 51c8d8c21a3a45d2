"""From a stream of words to the ids of all n-grams in it: a trie of integers, one level per width."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from seqlab.text.ngrams._counting import END_OF_TEXT
from seqlab.text.ngrams._key_table import NOT_FOUND, KeyTable
from seqlab.text.ngrams._word_index import WordIndex, WordSpans

NO_NGRAM = -1
"""The id where a text ends before an n-gram does."""


@dataclass(frozen=True)
class _Level:
    """The nodes of the trie for one width above 1; the node of a single word is its number.

    `nodes` finds a node by parent node * words + last word. `ids`: (nodes + 1,) int32, the n-gram's id; the unknown id
    for a node that is only a prefix of longer n-grams, and at the end, for NOT_FOUND.
    """

    nodes: KeyTable
    ids: np.ndarray


class NgramIndex:
    """Finds the n-grams of a vocabulary in texts.

    `tokens`: words joined by spaces, with ids from `first_id`; with `ngrams` 1, a token is one word, even if it
    contains spaces. `unknown`: the id of every other n-gram.
    """

    def __init__(self, tokens: Sequence[str], ngrams: int, first_id: int, unknown: int) -> None:
        spans = WordSpans.split(tokens) if ngrams > 1 else WordSpans.whole_texts(tokens)
        self._words = WordIndex()
        numbers = self._words.add(spans).astype(np.int64)
        self._unknown_word = len(self._words)
        self._size = len(self._words) + 1
        widths = np.diff(spans.text_ends, prepend=0)
        first_words = spans.text_ends - widths
        ids = np.arange(first_id, first_id + len(tokens), dtype=np.int32)
        single = widths == 1
        self._single_ids = np.full(self._size + 1, unknown, np.int32)
        self._single_ids[numbers[first_words[single]]] = ids[single]
        self._single_ids[END_OF_TEXT] = NO_NGRAM
        self._levels = tuple(_levels(numbers, first_words, widths, ids, ngrams, self._size, unknown))

    def stream(self, spans: WordSpans) -> np.ndarray:
        """The words' numbers, (positions,) int32, with END_OF_TEXT after each text."""
        numbers = self._words.find(spans)
        numbers[numbers == NOT_FOUND] = self._unknown_word
        return np.insert(numbers, spans.text_ends, END_OF_TEXT)

    def ids(self, stream: np.ndarray) -> list[np.ndarray]:
        """For each width, the id of the n-gram that starts at each position, or NO_NGRAM: (positions - width + 1,)."""
        ids = [self._single_ids[stream]]
        nodes, inside = stream, stream != END_OF_TEXT
        for width, level in enumerate(self._levels, start=2):
            last_words = stream[width - 1 :]
            inside = inside[: len(last_words)] & (last_words != END_OF_TEXT)
            nodes = level.nodes.find(nodes[: len(last_words)] * np.int64(self._size) + last_words)
            ids.append(np.where(inside, level.ids[nodes], np.int32(NO_NGRAM)))
        return ids


def _levels(
    numbers: np.ndarray,
    first_words: np.ndarray,
    widths: np.ndarray,
    ids: np.ndarray,
    ngrams: int,
    size: int,
    unknown: int,
) -> Iterator[_Level]:
    """Levels 2 to `ngrams` for tokens given by their first position in `numbers`, width and id, each (tokens,)."""
    nodes = numbers[first_words]
    for width in range(2, ngrams + 1):
        long_enough = widths >= width
        nodes, first_words, widths, ids = (array[long_enough] for array in (nodes, first_words, widths, ids))
        keys, nodes = np.unique(nodes * size + numbers[first_words + width - 1], return_inverse=True)
        level_ids = np.full(len(keys) + 1, unknown, np.int32)
        complete = widths == width
        level_ids[nodes[complete]] = ids[complete]
        yield _Level(KeyTable(keys), level_ids)
