"""Matches the tokens of a vocabulary with words that have vectors.

A token has the vector of the word that is spelled like it; if there is none, of the same in lower case (`paris` for
`Paris`), and a token in lower case that of the word with a capital, then in capitals. A stem has the vector of the
first word with that stem: in files of vectors, the most frequent one. A token of which no spelling has a vector may
have one that is made of its groups of letters.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from seqlab.progress import SILENT, Progress
from seqlab.vectors.word_vectors import WordNotFound, WordVectors

STEMS_PER_STEP = 1000
"""Words between two reports of progress: a stem costs 40 µs."""


@dataclass(frozen=True)
class Matches:
    """Which tokens have a vector, and why."""

    rows: np.ndarray
    """(tokens,) int64, the row of each token in the vectors; -1: none"""
    in_another_case: int = 0
    """How many tokens have the vector of a word in another case."""
    by_stem: int = 0
    """How many tokens have the vector of a word of which they are the stem."""

    @property
    def found(self) -> int:
        return int(np.count_nonzero(self.rows >= 0))


def spellings(token: str) -> Iterator[str]:
    """The words whose vector a token may have, the best one first."""
    lower = token.lower()
    yield from dict.fromkeys((token, lower, *((token.capitalize(), token.upper()) if token == lower else ())))


def with_made(vectors: WordVectors, tokens: Sequence[str]) -> WordVectors:
    """The vectors, and below them those that can be made of tokens of which no spelling has one."""
    if vectors.make_vector is None:
        return vectors
    made = {}
    for token in tokens:
        if not any(spelling in vectors for spelling in spellings(token)):
            with contextlib.suppress(WordNotFound):
                made[token] = vectors.make_vector(token)
    matrix = np.concatenate([vectors.matrix, *(row[None] for row in made.values())])
    return WordVectors([*vectors.words, *made], matrix)


def match(tokens: Sequence[str], vectors: WordVectors) -> Matches:
    """The words with the spellings of the tokens."""
    rows, in_another_case = np.full(len(tokens), -1), 0
    for number, token in enumerate(tokens):
        word = next((each for each in spellings(token) if each in vectors), None)
        if word is not None:
            rows[number] = vectors.row(word)
            in_another_case += word != token
    return Matches(rows, in_another_case)


def match_stems(
    stems: Sequence[str], vectors: WordVectors, stem: Callable[[str], str], progress: Progress = SILENT
) -> Matches:
    """The first word with each of these stems. `stem`: of a word."""
    rows, places = np.full(len(stems), -1), {token: number for number, token in enumerate(stems)}
    changed = 0
    with progress.step("finding words with the stems", len(vectors), "words") as step:
        for row, word in enumerate(vectors.words):
            found = stem(word)
            number = places.pop(found, None)
            if number is not None:
                rows[number] = row
                changed += found != word
            if row % STEMS_PER_STEP == STEMS_PER_STEP - 1:
                step.advance(STEMS_PER_STEP)
    return Matches(rows, by_stem=changed)
