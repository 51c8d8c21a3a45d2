"""Texts as sets of 5-grams: of words, or of characters where texts are short.

One changed word is in five 5-grams of words, which are most of those of a title; it is in few of its 5-grams of
characters. All texts of a dataset are compared by the same kind.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from statistics import median
from typing import Literal

import numpy as np

WIDTH = 5
WORDS_FROM = 50
"""The median number of words from which on texts are compared by their words."""
LONGEST = 20_000
"""Characters of a text that are compared."""

Kind = Literal["words", "characters"]
_WORD = re.compile(r"\w+")
_FACTOR = np.uint64(0x9E3779B97F4A7C15)


class Shingles:
    """The 5-grams of texts as hashes. Case, punctuation and white space make no difference."""

    def __init__(self, texts: Sequence[str]) -> None:
        sizes = [len(text.split()) for text in texts]
        self.kind: Kind = "words" if median(sizes or [0]) >= WORDS_FROM else "characters"
        self._numbers: dict[str, int] = {}

    def of(self, text: str) -> np.ndarray:
        """The different 5-grams of a text: (n,) uint64, sorted. A text shorter than five has one; an empty text, none.

        The hash is a polynomial modulo 2^64 of the numbers of the words, or of the characters' code points.
        """
        words = _WORD.findall(text[:LONGEST].casefold())
        if not words:
            return np.empty(0, np.uint64)
        if self.kind == "words":
            units = np.array([self._numbers.setdefault(word, len(self._numbers) + 1) for word in words], np.uint64)
        else:
            encoded = " ".join(words).encode("utf-32-le", "surrogatepass")
            units = np.frombuffer(encoded, "<u4").astype(np.uint64)
        width = min(WIDTH, len(units))
        hashes = np.zeros(len(units) - width + 1, np.uint64)
        for position in range(width):
            hashes = hashes * _FACTOR + units[position : position + len(hashes)]
        return np.unique(hashes ^ (hashes >> np.uint64(29)))


def jaccard(one: np.ndarray, other: np.ndarray) -> float:
    """The share of the 5-grams of both texts that both have."""
    if not len(one) or not len(other):
        return 0.0
    shared = len(np.intersect1d(one, other, assume_unique=True))
    return shared / (len(one) + len(other) - shared)
