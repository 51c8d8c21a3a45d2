"""What a vocabulary of words needs to know of a portion of texts: functions that other processes can have."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from seqlab.text import ngrams
from seqlab.text.hashed_tokens import HashedCounts

if TYPE_CHECKING:
    from seqlab.text.words import Words


class WordCounter:
    """Counts the words of raw texts, and keeps their order where n-grams are tokens."""

    def __init__(self, options: Words) -> None:
        self._options, self._preprocess = options, options.preprocessor()

    def __call__(self, texts: Sequence[str]) -> ngrams.Counted:
        preprocessed = [self._preprocess(text) for text in texts]
        return ngrams.count(preprocessed, ngrams=self._options.ngrams, split=self._options.split != "none")

    def __reduce__(self) -> tuple[Any, ...]:
        return WordCounter, (self._options,)


class HashCounter:
    """Counts the tokens of raw texts by the bucket of their hash."""

    def __init__(self, options: Words) -> None:
        self._options, self._preprocess = options, options.preprocessor()
        self._encoder = options.hash_encoder(0)

    def __call__(self, texts: Sequence[str]) -> HashedCounts:
        return self._encoder.count([self._preprocess(text) for text in texts])

    def __reduce__(self) -> tuple[Any, ...]:
        return HashCounter, (self._options,)
