"""From a stream of words to the ids of all n-grams in it: a trie of integers, a level a width."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from seqlab.text.ngrams.counting import BORDER
from seqlab.text.ngrams.key_table import NOT_FOUND, KeyTable
from seqlab.text.ngrams.word_index import Cut, Lexicon

NO_NGRAM = -1
"""Where a text ends before an n-gram does."""


@dataclass(frozen=True)
class _Level:
    """The nodes of the trie for one width above 1; the node of a single word is its number.

    `nodes` finds a node by parent node * words + last word. `ids`: (nodes + 1,) int32, the n-gram's id; the unknown
    one where it is but the beginning of longer ones, and at the end, for NOT_FOUND.
    """

    nodes: KeyTable
    ids: np.ndarray


class NgramMatcher:
    """Finds the n-grams of a vocabulary in texts. To make one costs a second for a million tokens.

    `tokens`: words joined by spaces, with ids from `first_id`; with `ngrams` 1 a token is one word, whatever it
    holds. `unknown`: the id of every n-gram that is not among them.
    """

    def __init__(self, tokens: Sequence[str], ngrams: int, first_id: int, unknown: int) -> None:
        spelled = Cut.at_spaces(tokens) if ngrams > 1 else Cut.nowhere(tokens)
        self._lexicon = Lexicon()
        numbers = self._lexicon.learn(spelled).astype(np.int64)
        self._unheard = len(self._lexicon)
        self._size = len(self._lexicon) + 1
        widths = np.diff(spelled.borders, prepend=0)
        first_words = spelled.borders - widths
        ids = np.arange(first_id, first_id + len(tokens), dtype=np.int32)
        single = widths == 1
        self._single_ids = np.full(self._size + 1, unknown, np.int32)
        self._single_ids[numbers[first_words[single]]] = ids[single]
        self._single_ids[BORDER] = NO_NGRAM
        self._levels = tuple(_levels(numbers, first_words, widths, ids, ngrams, self._size, unknown))

    def stream(self, cut: Cut) -> np.ndarray:
        """Numbers of the words, int32, a BORDER after each text."""
        numbers = self._lexicon.find(cut)
        numbers[numbers == NOT_FOUND] = self._unheard
        return np.insert(numbers, cut.borders, BORDER)

    def ids(self, stream: np.ndarray) -> list[np.ndarray]:
        """For each width the id of the n-gram that starts at each place, or NO_NGRAM; int32, `width - 1` shorter."""
        ids = [self._single_ids[stream]]
        nodes, inside = stream, stream != BORDER
        for width, level in enumerate(self._levels, start=2):
            last_words = stream[width - 1 :]
            inside = inside[: len(last_words)] & (last_words != BORDER)
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
    """Levels 2 to `ngrams` for tokens given by their first place in `numbers`, their widths and ids, each (tokens,)."""
    nodes = numbers[first_words]
    for width in range(2, ngrams + 1):
        long_enough = widths >= width
        nodes, first_words, widths, ids = (each[long_enough] for each in (nodes, first_words, widths, ids))
        keys, nodes = np.unique(nodes * size + numbers[first_words + width - 1], return_inverse=True)
        level_ids = np.full(len(keys) + 1, unknown, np.int32)
        ends = widths == width
        level_ids[nodes[ends]] = ids[ends]
        yield _Level(KeyTable(keys), level_ids)
