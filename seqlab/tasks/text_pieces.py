"""A text as tokens of which some can be left out: what an explanation removes, and shows."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import compress
from typing import Protocol

import numpy as np

from seqlab.data.ragged import Ragged, offsets_of
from seqlab.data.store import Column
from seqlab.progress import SILENT
from seqlab.tasks.examples import Examples
from seqlab.tasks.raw_spans import Spans, spans_of_pieces, spans_of_words
from seqlab.text.fitted_words import FittedWords
from seqlab.text.rows import never_empty
from seqlab.text.untrained import is_untrained
from seqlab.text.vectorizer import Encoded, FittedVectorizer, separator_of
from seqlab.text.vocabulary import UNKNOWN


class Pieces(Protocol):
    """The tokens of a text in reading order. A text may have none: it is read as one unknown token."""

    @property
    def tokens(self) -> Sequence[str]: ...

    @property
    def unknown(self) -> np.ndarray:
        """Whether training never had a token, (tokens,) bool."""

    @property
    def separator(self) -> str:
        """What is between two tokens."""

    @property
    def spans(self) -> Spans | None:
        """Where the tokens are in the raw text; None if that cannot be said."""

    def columns(self, kept: np.ndarray) -> dict[str, Column]:
        """What the model reads of the text when only some of its tokens are left, (variants, tokens) bool."""


@dataclass(frozen=True)
class TokenRow:
    """Ids in order. `ids`: (tokens,), those that the model reads, in reading order; `reverses`: it reads them from the
    last to the first."""

    examples: Examples
    vectorizer: FittedVectorizer
    tokens: Sequence[str]
    ids: np.ndarray
    reverses: bool
    spans: Spans | None

    @property
    def unknown(self) -> np.ndarray:
        return is_untrained(self.ids, self.vectorizer.vocabulary)

    @property
    def separator(self) -> str:
        return separator_of(self.vectorizer)

    @property
    def order(self) -> np.ndarray:
        """For each token, in reading order, its place in the row of the model, (tokens,)."""
        places = np.arange(len(self.tokens))
        return places[::-1] if self.reverses else places

    def columns(self, kept: np.ndarray) -> dict[str, Column]:
        kept = kept[:, self.order]
        values = np.broadcast_to(self.ids[self.order], kept.shape)[kept]
        unknown = self.vectorizer.vocabulary.unknown
        rows = never_empty(Ragged(values, offsets_of(kept.sum(axis=1))), 0 if unknown is None else unknown)
        return self.examples.columns_of(Encoded(rows))


@dataclass(frozen=True)
class Occurrence:
    """One n-gram of a text: its id, and its words by their positions."""

    id: int
    first: int
    width: int


@dataclass(frozen=True)
class Bag:
    """Words of which a bag of n-grams is made. Left-out words are removed before: new neighbors are new n-grams."""

    examples: Examples
    vectorizer: FittedWords
    tokens: Sequence[str]
    spans: Spans | None
    separator = " "

    @cached_property
    def occurrences(self) -> list[Occurrence]:
        """All n-grams of the text, single words first."""
        ids, total = self.vectorizer.ngram_ids(self.tokens).tolist(), len(self.tokens)
        widths = range(1, self.vectorizer.options.ngrams + 1)
        places = [(first, width) for width in widths for first in range(total - width + 1)]
        return [Occurrence(each, *place) for each, place in zip(ids, places, strict=True)]

    @property
    def unknown(self) -> np.ndarray:
        ids = np.array([each.id for each in self.occurrences[: len(self.tokens)]], int)
        return is_untrained(ids, self.vectorizer.vocabulary)

    def columns(self, kept: np.ndarray) -> dict[str, Column]:
        return self.examples.columns_of(
            self.vectorizer.encode_words([list(compress(self.tokens, row)) for row in kept])
        )

    def spelled(self, index: int) -> str:
        """The n-grams of the text that have this id: several if they share a bucket; `[UNK]` for unknown ones."""
        if index == self.vectorizer.vocabulary.unknown:
            return UNKNOWN
        found = (each for each in self.occurrences if each.id == index)
        texts = (" ".join(self.tokens[each.first : each.first + each.width]) for each in found)
        return " | ".join(dict.fromkeys(texts))

    def counts(self) -> Counter[int]:
        """How often the text has each id."""
        return Counter(each.id for each in self.occurrences)

    def shared_out(self, contributions: dict[int, float]) -> np.ndarray:
        """What each word gets of the contributions of ids, (tokens,) float64: every occurrence of an n-gram has the
        same part, and so has each of its words."""
        counts, shares = self.counts(), np.zeros(len(self.tokens))
        for each in self.occurrences:
            inside = slice(each.first, each.first + each.width)
            shares[inside] += contributions.get(each.id, 0.0) / (counts[each.id] * each.width)
        return shares


@dataclass(frozen=True)
class RawText:
    """A text as a sentence encoder reads it: what white space separates is a token."""

    examples: Examples
    text: str
    separator = " "

    @cached_property
    def tokens(self) -> Sequence[str]:
        return re.findall(r"\S+", self.text)

    @property
    def spans(self) -> Spans:
        return [found.span() for found in re.finditer(r"\S+", self.text)]

    @property
    def unknown(self) -> np.ndarray:
        return np.zeros(len(self.tokens), bool)

    def columns(self, kept: np.ndarray) -> dict[str, Column]:
        texts = [self.text if row.all() else " ".join(compress(self.tokens, row)) for row in kept]
        return self.examples.encode_texts(texts, SILENT)


def pieces_of(examples: Examples, text: str) -> Pieces | None:
    """The tokens of a text; None if the model reads none."""
    vectorizer = examples.vectorizer
    if vectorizer is None:
        return RawText(examples, text) if examples.reads_texts else None
    if examples.model.reads == "bag":
        if not isinstance(vectorizer, FittedWords):  # of a plug-in: nothing is known of how its bags are made
            return RawText(examples, text)
        words = vectorizer.words(text)
        return Bag(examples, vectorizer, words, spans_of_words(text, words, vectorizer.words))
    tokens = vectorizer.tokens(text)
    ids = np.asarray(vectorizer.encode([text]).ids[0])[: len(tokens)]
    reverses = isinstance(vectorizer, FittedWords) and vectorizer.options.reverse
    if reverses:
        tokens, ids = tokens[::-1], ids[::-1]
    if isinstance(vectorizer, FittedWords):
        spans = spans_of_words(text, tokens, vectorizer.words)
    else:
        spans = spans_of_pieces(text, tokens)
    return TokenRow(examples, vectorizer, tokens, ids, reverses, spans)
