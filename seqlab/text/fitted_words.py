"""Words and n-grams of words by a learned vocabulary, or by their hash: texts as ids or bags, and ids as text."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Sequence
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any

import numpy as np

from seqlab.data.long_text import LongTexts
from seqlab.data.ragged import Ragged
from seqlab.errors import DataError
from seqlab.progress import SILENT, Progress
from seqlab.text import in_parts, ngrams
from seqlab.text.hashed_tokens import HashEncoder
from seqlab.text.rows import bags_of, never_empty, reversed_rows
from seqlab.text.tokenize import ngrams_of, stemmer
from seqlab.text.vectorizer import Encoded, encoded_by_chunk
from seqlab.text.vocabulary import UNKNOWN, Vocabulary

if TYPE_CHECKING:
    from seqlab.text.words import Words


class FittedWords:
    """Encodes texts as ids of words and n-grams, or as bags of them."""

    character_counts = None

    def __init__(self, options: Words, vocabulary: Vocabulary, *, checked: bool = True) -> None:
        if checked and vocabulary.specials != options.specials:
            raise DataError(
                f"this vocabulary has the special ids {vocabulary.specials}, but output: {options.output} needs "
                f"{options.specials}: it was learned for another output"
            )
        if options.hash_buckets not in {None, len(vocabulary.tokens)}:
            raise DataError(
                f"this vocabulary has {len(vocabulary.tokens):,} buckets, but hash_buckets is {options.hash_buckets}: "
                "it was learned for another number"
            )
        self.options = options
        self.vocabulary = vocabulary
        self.output = options.output
        self._unknown = vocabulary.specials.index(UNKNOWN)
        self._preprocess = options.preprocessor(vocabulary.rules)

    def __reduce__(self) -> tuple[Any, ...]:
        return partial(FittedWords, checked=False), (self.options, self.vocabulary)

    @property
    def size(self) -> int:
        return len(self.vocabulary)

    @property
    def max_length(self) -> int | None:
        return self.options.max_length

    @property
    def stem(self) -> Callable[[str], str] | None:
        return None if self.options.stem is None else stemmer(self.options.stem)

    def tokens(self, text: str) -> list[str]:
        tokens = ngrams_of(self._preprocess(text), self.options.ngrams, split=self.options.split != "none")
        tokens = tokens[: self.options.max_length]
        return tokens[::-1] if self.options.reverse else tokens

    def words(self, text: str) -> list[str]:
        """The words of a text in reading order, without n-grams and without a limit."""
        return ngrams_of(self._preprocess(text), 1, split=self.options.split != "none")

    def encode(self, texts: Sequence[str], progress: Progress = SILENT) -> Encoded:
        options = self.options
        if isinstance(texts, LongTexts) and options.is_cut and self.output == "ids" and not options.reverse:
            encoded = in_parts.encoded(texts, progress, options.parts_of, self._known_rows, self._unknown)
            return encoded.first(options.max_length)
        return encoded_by_chunk(texts, progress, self._encoded_raw)

    def encode_words(self, texts: Sequence[Sequence[str]]) -> Encoded:
        """The same of texts given as the `words` that are left of them."""
        return self._encoded([" ".join(words) for words in texts])

    def ngram_ids(self, words: Sequence[str]) -> np.ndarray:
        """The id of each n-gram of the words, of single words first, then of pairs, and so on: int32."""
        return self._encoder.encode([" ".join(words)]).values

    def _encoded_raw(self, texts: Sequence[str]) -> Encoded:
        return self._encoded([self._preprocess(text) for text in texts])

    def _encoded(self, preprocessed: Sequence[str]) -> Encoded:
        """All ids of texts, as the output asks for."""
        rows = self._rows(preprocessed)
        if self.output == "ids":
            encoded = Encoded(rows).first(self.options.max_length)
            return dataclasses.replace(encoded, ids=reversed_rows(encoded.ids)) if self.options.reverse else encoded
        bags, counts = bags_of(rows, self.size)
        return Encoded(bags, self._weights(bags.values, counts))

    def decode(self, ids: Iterable[int]) -> str:
        tokens = self.vocabulary.tokens_of(ids)
        if self.options.reverse:
            tokens.reverse()
        return (" " if self.options.ngrams == 1 else ", ").join(tokens)

    @cached_property
    def inverse_document_frequencies(self) -> np.ndarray:
        """log(1 + documents / (1 + document count)) by id, (size,) float32; the average for the unknown token."""
        ordinary = np.log1p(self.vocabulary.documents / (1 + self.vocabulary.document_counts))
        specials = np.full(len(self.vocabulary.specials), ordinary.mean())
        return np.concatenate([specials, ordinary]).astype(np.float32)

    def _weights(self, ids: np.ndarray, counts: np.ndarray) -> np.ndarray:
        """The weight of each id of a bag, (total,) float32."""
        if self.output == "multi_hot":
            return np.ones(len(ids), np.float32)
        weights = counts.astype(np.float32)
        return weights * self.inverse_document_frequencies[ids] if self.output == "tf_idf" else weights

    def _rows(self, preprocessed: Sequence[str]) -> Ragged:
        """All ids of each text, in its order; a text without words is one unknown word."""
        return never_empty(self._encoder.encode(preprocessed), self._unknown)

    def _known_rows(self, texts: Sequence[str]) -> Ragged:
        """All ids of raw texts; the row of a text without words is empty."""
        return self._encoder.encode([self._preprocess(text) for text in texts])

    @cached_property
    def _encoder(self) -> ngrams.Encoder | HashEncoder:
        if self.options.hash_buckets is not None:
            return self.options.hash_encoder(len(self.vocabulary.specials))
        return ngrams.Encoder(
            self.vocabulary.tokens,
            ngrams=self.options.ngrams,
            first_id=len(self.vocabulary.specials),
            unknown=self._unknown,
            split=self.options.split != "none",
        )
