"""Word vectors, and the questions that can be asked of them: nearest words and analogies."""

from __future__ import annotations

import difflib
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np

from seqlab.errors import RequestError

Metric = Literal["cosine", "euclidean"]
"""`cosine`: similarity from -1 to 1, most similar first; `euclidean`: distance, smallest first."""


MOST_COMPARED = 20_000
"""Words that are compared with a misspelt one: the first, which in files of vectors are the most frequent."""


SHOWN = 3
"""Words that are named as examples of those with a vector."""


COMPARED_AT_ONCE = 4096
"""Rows that are computed with in 64 bits at once."""


def composed(word: str) -> str:
    """A word in Unicode's normal form C, in which vocabularies and files of vectors have it here."""
    return word if word.isascii() else unicodedata.normalize("NFC", word)


class WordNotFound(RequestError):
    """A word without a vector. The message has the nearest spellings that have one, or some words."""


def nearest_spellings(word: str, words: Sequence[str]) -> list[str]:
    """Up to three words that are spelled like another one, the most similar first.

    Compared are those of about its length with its first or last character: all 400,000 of a vector file would take
    half a minute.
    """
    if not word:
        return []
    alike = [
        other
        for other in words
        if other and abs(len(other) - len(word)) <= 2 and (other[0] == word[0] or other[-1] == word[-1])
    ]
    return difflib.get_close_matches(word, alike[:MOST_COMPARED], n=3, cutoff=0.7)


@dataclass(frozen=True)
class Neighbor:
    """A word near another one. `score`: the cosine similarity, or the Euclidean distance."""

    word: str
    score: float


@dataclass(frozen=True, eq=False)
class WordVectors:
    """Words, each once, and a row of `matrix` (words, dimensions) float32 for each of them."""

    words: Sequence[str]
    matrix: np.ndarray
    make_vector: Callable[[str], np.ndarray] | None = None
    """Makes the vector (dimensions,) of a word without a row, as models with subwords can. Raises WordNotFound for a
    word of which it cannot. Such words can be asked, and are no one's neighbors."""

    def __len__(self) -> int:
        return len(self.words)

    def __contains__(self, word: str) -> bool:
        return self._find(word) is not None

    @property
    def dimensions(self) -> int:
        return int(self.matrix.shape[1])

    def row(self, word: str) -> int:
        """The row of a word. Raises WordNotFound."""
        row = self._find(word)
        if row is None:
            lower = word.lower()
            near = [lower] if lower in self._rows else nearest_spellings(lower, self.words)
            near = near or nearest_spellings(word, self.words)
            hint = f"the nearest spellings are {', '.join(near)}" if near else self._first_words(word)
            raise WordNotFound(f"'{word}' has no vector; {hint}")
        return row

    def vector(self, word: str) -> np.ndarray:
        """(dimensions,) float32, made by `make_vector` for a word without a row. Raises WordNotFound."""
        if word in self or self.make_vector is None:
            vector: np.ndarray = self.matrix[self.row(word)]
            return vector
        return self.make_vector(composed(word))

    def neighbors(self, word: str, *, top: int = 10, metric: Metric = "cosine") -> list[Neighbor]:
        """The nearest other words, nearest first; words of equal score in the order of `words`.

        Words with a vector of zeros have no direction and are no one's neighbors by cosine. Raises WordNotFound.
        """
        vector = self.vector(word)
        scores = self._cosine(_direction(vector)) if metric == "cosine" else self._distance(vector)
        return self._best(scores, [word], top, metric)

    def analogy(self, a: str, b: str, c: str, *, top: int = 10, metric: Metric = "cosine") -> list[Neighbor]:
        """The words nearest to b - a + c: `a` is to `b` as `c` is to them. The three words are left out.

        The vectors are scaled to length 1 first (3CosAdd: Mikolov et al. 2013, "Linguistic Regularities", section 4;
        Levy & Goldberg 2014, section 3). Raises WordNotFound.
        """
        first, second, third = (_direction(self.vector(word)) for word in (a, b, c))
        target = second - first + third
        scores = self._cosine(_direction(target)) if metric == "cosine" else self._distance(target, self.unit)
        return self._best(scores, [a, b, c], top, metric)

    def similarity(self, first: str, second: str) -> float:
        """The cosine of two words; 0 if one of them has a vector of zeros. Raises WordNotFound."""
        return float(_direction(self.vector(first)) @ _direction(self.vector(second)))

    def _first_words(self, word: str) -> str:
        shown = ", ".join(self.words[:SHOWN])
        nothing = "no word is spelled like it" if word.strip() else "it is no word"
        return f"{nothing}; there are {len(self):,} words: {shown}{' …' if len(self) > SHOWN else ''}"

    def _find(self, word: str) -> int | None:
        """The row of a word, as it is or composed."""
        row = self._rows.get(word)
        return self._rows.get(composed(word)) if row is None else row

    @cached_property
    def _rows(self) -> dict[str, int]:
        return {word: row for row, word in enumerate(self.words)}

    @cached_property
    def unit(self) -> np.ndarray:
        """Rows of length 1, (words, dimensions) float32; rows of zeros stay zeros."""
        return unit(self.matrix)

    @property
    def without_direction(self) -> list[str]:
        """The words with a vector of zeros."""
        return [self.words[int(row)] for row in np.flatnonzero(~self._directed)]

    @cached_property
    def _directed(self) -> np.ndarray:
        """Which rows are not zeros, (words,)."""
        return np.asarray(self.unit.any(axis=1))

    def _cosine(self, direction: np.ndarray) -> np.ndarray:
        """Of all words to a vector of length 1, (words,); -inf for vectors of zeros."""
        return np.where(self._directed, self.unit @ direction, -np.inf)

    def _distance(self, point: np.ndarray, matrix: np.ndarray | None = None) -> np.ndarray:
        """Euclidean, of all words to a point, (words,)."""
        return lengths(self.matrix if matrix is None else matrix, point)

    def _best(self, scores: np.ndarray, excluded: Sequence[str], top: int, metric: Metric) -> list[Neighbor]:
        keys = -scores if metric == "cosine" else scores.copy()
        keys[[self.row(word) for word in excluded if word in self]] = np.inf
        candidates = np.flatnonzero(np.isfinite(keys))
        nearest = candidates[np.argsort(keys[candidates], kind="stable")][:top]
        return [Neighbor(self.words[row], float(scores[row])) for row in nearest]


def lengths(vectors: np.ndarray, origin: np.ndarray | float = 0.0) -> np.ndarray:
    """Euclidean, of the rows of (rows, dimensions) from a point, (rows,) float64.

    In 64 bits, where the squares of 32 bits neither overflow nor vanish.
    """
    blocks = (vectors[start : start + COMPARED_AT_ONCE] for start in range(0, len(vectors), COMPARED_AT_ONCE))
    origin = np.asarray(origin, np.float64)
    return np.concatenate([np.empty(0), *(np.linalg.norm(block - origin, axis=1) for block in blocks)])


def unit(vectors: np.ndarray) -> np.ndarray:
    """(rows, dimensions) scaled to length 1, float32; rows of zeros stay zeros."""
    found = lengths(vectors)
    scaled = np.empty(vectors.shape, np.float32)
    np.divide(vectors, np.where(found > 0, found, 1)[:, None], out=scaled, casting="same_kind")
    return scaled


def _direction(vector: np.ndarray) -> np.ndarray:
    """One vector scaled to length 1."""
    direction: np.ndarray = unit(vector[None])[0]
    return direction
