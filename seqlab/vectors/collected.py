"""Vectors as they are read from a file, block by block."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import numpy as np

from seqlab.progress import ProgressStep
from seqlab.vectors.word_vectors import WordVectors, composed

MOST_DIMENSIONS = 100_000


class CollectedVectors:
    """Words and their rows, restricted to the words that are wanted."""

    def __init__(self, only: Collection[str] | None, step: ProgressStep) -> None:
        self._wanted = None if only is None else {composed(word).encode("utf-8", errors="replace") for word in only}
        """UTF-8; None: all."""
        self.dimensions = 0
        self._step = step
        self._words: list[str] = []
        self._blocks: list[np.ndarray] = []

    def wants(self, word: bytes) -> bool:
        """Whether the vector of a word is kept; of the file, in any normal form."""
        if self._wanted is None or word in self._wanted:
            return True
        return not word.isascii() and composed(word.decode("utf-8", "replace")).encode() in self._wanted

    def advance(self, words: int) -> None:
        """Report that so many words of the file were read, wanted or not."""
        self._step.advance(words)

    def add(self, words: Sequence[str], matrix: np.ndarray) -> None:
        """`matrix` (words, dimensions) float32, finite."""
        self._words += map(composed, words)
        self._blocks.append(matrix)

    def add_all(self, vectors: WordVectors) -> None:
        """The wanted ones of vectors that are in memory."""
        self.dimensions = vectors.dimensions
        self.advance(len(vectors))
        if self._wanted is None:
            self.add(vectors.words, vectors.matrix)
            return
        rows = [row for row, word in enumerate(vectors.words) if self.wants(word.encode("utf-8", "replace"))]
        self.add([vectors.words[row] for row in rows], vectors.matrix[rows])

    def vectors(self) -> tuple[WordVectors, int]:
        """All that was added, and how many words were left out because they had a vector before.

        Words are in normal form C. Empties itself meanwhile, so that no row is in memory twice.
        """
        matrix = np.empty((len(self._words), self.dimensions), np.float32)
        start = 0
        self._blocks.reverse()
        while self._blocks:
            block = self._blocks.pop()
            matrix[start : start + len(block)] = block
            start += len(block)
        rows: dict[str, int] = {}
        for row, word in enumerate(self._words):
            rows.setdefault(word, row)
        repeated = len(self._words) - len(rows)
        if not repeated:
            return WordVectors(self._words, matrix), 0
        return WordVectors(list(rows), matrix[list(rows.values())]), repeated
