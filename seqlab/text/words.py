"""Words and n-grams of words as tokens, encoded as ids or as bags."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cached_property
from typing import Annotated, ClassVar, Literal, get_args

import numpy as np
from pydantic import AfterValidator, Field

from seqlab.data.ragged import Ragged
from seqlab.errors import DataError
from seqlab.progress import SILENT, Progress
from seqlab.registry import Positive
from seqlab.text import ngrams
from seqlab.text.character_classes import WHITESPACE, CharacterClass
from seqlab.text.chunks import chunks
from seqlab.text.rows import bags_of, concatenated, never_empty, reversed_rows
from seqlab.text.tokenize import (
    STRIPPING,
    Language,
    Split,
    Standardize,
    preprocessor,
    standardized_words,
    standardizer,
    stemmer,
)
from seqlab.text.vectorizer import VECTORIZERS, Encoded, Output, Traits, Vectorizer
from seqlab.text.vocabulary import OF_SENTENCES, PADDING, RULES, UNKNOWN, Vocabulary

LONGEST_NGRAM = 16
"""Words. Each width costs a pass over the corpus."""


def _parseable(value: str) -> str:
    CharacterClass.parse(value)
    return value


Kept = Annotated[str, AfterValidator(_parseable)]


@VECTORIZERS.add
class Words(Vectorizer):
    """Words, alone or with the n-grams they form (Chollet 2021, section 11.2)."""

    outputs: ClassVar[tuple[Output, ...]] = get_args(Output)
    beside_tokens: ClassVar[frozenset[str]] = Vectorizer.beside_tokens | {"output", "reverse"}

    name: Literal["words"] = "words"
    ngrams: Annotated[int, Field(ge=1, le=LONGEST_NGRAM)] = 1
    """The longest n-gram: 2 counts words and pairs of neighbors."""
    max_tokens: Positive | None = 20_000
    """The size of the vocabulary, padding and unknown included; the most frequent tokens are kept; null: all."""
    min_count: Positive = 1
    """Keep only tokens that occur at least this often in the training texts."""
    max_length: Positive | None = None
    """Maximum length of a text in ids; the rest is cut off. null: no limit."""
    standardize: Standardize = "lower_and_strip_punctuation"
    """How a text is standardized; html also removes tags and entities."""
    split: Split = "whitespace"
    """Where words end; punctuation: each punctuation mark is a word too; none: the whole text is one word."""
    output: Output = "ids"
    """Ids in order, or a bag: multi_hot (1), count, tf_idf."""
    reverse: bool = False
    """Reverse the order of each text's ids."""
    keep: Kept | None = None
    """The characters to keep, such as [a-z@# ]; all others are removed, instead of punctuation only."""
    stop_words: Literal["english"] | list[str] | None = None
    """Words to remove: seqlab's English list, or your own."""
    stem: Language | None = None
    """Reduce words to their Snowball stems in this language."""

    @property
    def traits(self) -> Traits:
        return Traits(
            output=self.output,
            ngrams=self.ngrams,
            max_length=self.max_length,
            max_tokens=self.max_tokens,
            splits_texts=self.split != "none",
            lowercases=self.standardize != "none",
            strips_punctuation=self.standardize in STRIPPING,
            reverses=self.reverse,
        )

    @property
    def specials(self) -> tuple[str, ...]:
        """A bag needs no padding: its first column is the unknown token."""
        return (PADDING, UNKNOWN) if self.output == "ids" else (UNKNOWN,)

    @property
    def kept_characters(self) -> CharacterClass | None:
        return CharacterClass.parse(self.keep) if self.keep else None

    @property
    def not_exportable(self) -> tuple[str, ...]:
        return (f"stem: {self.stem}, because TensorFlow has no Snowball stemmer",) if self.stem else ()

    def problems(self) -> Iterator[tuple[str, str]]:
        if self.output != "ids":
            for option in ("max_length", "reverse"):
                if getattr(self, option):
                    yield option, f"a bag (output: {self.output}) has no order: leave {option} out, or use output: ids"
        if self.split == "none":
            for option, default in (("ngrams", 1), ("stop_words", None), ("stem", None)):
                if getattr(self, option) != default:
                    yield option, f"split: none makes one word of a whole text: leave {option} out, or split it"
        if self.split == "punctuation" and self.standardize in STRIPPING and not self.keep:
            yield "split", f"standardize: {self.standardize} leaves no punctuation to split at: use none or lower"
        if self.split != "none" and self.kept_characters and not self.kept_characters.overlaps(WHITESPACE):
            yield "keep", f"{self.keep} keeps nothing to split words at: add a space, such as [a-z ]"
        if self.max_tokens is not None and self.max_tokens <= len(self.specials):
            yield "max_tokens", f"{self.max_tokens} leaves no room for a word beside {len(self.specials)} special ids"

    def learn(self, texts: Sequence[str], progress: Progress = SILENT) -> FittedWords:
        preprocess = self.preprocessor()
        limit = None if self.max_tokens is None else self.max_tokens - len(self.specials)
        counted = ngrams.fit(
            ([preprocess(text) for text in chunk] for chunk in chunks(texts, progress, "learning the vocabulary")),
            ngrams=self.ngrams,
            split=self.split != "none",
            min_count=self.min_count,
            limit=limit,
            progress=progress,
        )
        if not counted.tokens:
            raise DataError(self._why_no_tokens(texts, counted.largest_count))
        vocabulary = Vocabulary.of_most_frequent(
            self.specials, counted.tokens, counted.counts, counted.document_counts, len(texts), limit
        )
        return self.restore(vocabulary)

    def restore(self, vocabulary: Vocabulary) -> FittedWords:
        return FittedWords(self, vocabulary)

    def unpadded(self, vocabulary: Vocabulary) -> FittedWords:
        """Words of a language model: 0 is the unknown word."""
        return FittedWords(self, dataclasses.replace(vocabulary, specials=(UNKNOWN,)), checked=False)

    def for_sentences(self, vocabulary: Vocabulary) -> FittedWords:
        """`max_tokens` includes start and end: the rarest words are dropped for them."""
        limit = None if self.max_tokens is None else max(self.max_tokens - len(OF_SENTENCES), 0)
        return FittedWords(self, vocabulary.first(limit, OF_SENTENCES), checked=False)

    @property
    def removed_words(self) -> frozenset[str]:
        """The stop words as they are in a standardized text."""
        return standardized_words(self.stop_words, self._standardizer(RULES))

    def preprocessor(self, rules: int = RULES) -> Callable[[str], str]:
        """The function from a raw text to its words, separated by white space, by the rules of a vocabulary."""
        return preprocessor(self._standardizer(rules), self.removed_words, self.stem)

    def _standardizer(self, rules: int) -> Callable[[str], str]:
        return standardizer(self.standardize, self.kept_characters, self.split, rules)

    def _why_no_tokens(self, texts: Sequence[str], largest_count: int) -> str:
        if not len(texts):
            return "the training split has no text to learn a vocabulary from: check `data` and `vectorizer.fit`"
        if not largest_count:
            return (
                f"none of the {len(texts)} training texts has a word left; the first one is {texts[0][:60]!r}: check "
                f"whether `standardize: {self.standardize}`, `keep` or `stop_words` removes everything"
            )
        return (
            f"no word occurs {self.min_count} times in the {len(texts)} training texts, the most frequent one "
            f"{largest_count} times: lower `min_count`"
        )


class FittedWords:
    """Encodes texts as ids of words and n-grams, or as bags of them."""

    character_counts = None

    def __init__(self, options: Words, vocabulary: Vocabulary, *, checked: bool = True) -> None:
        if checked and vocabulary.specials != options.specials:
            raise DataError(
                f"this vocabulary has the special ids {vocabulary.specials}, but output: {options.output} needs "
                f"{options.specials}: it was learned for another output"
            )
        self.options = options
        self.vocabulary = vocabulary
        self.output = options.output
        self._unknown = vocabulary.specials.index(UNKNOWN)
        self._preprocess = options.preprocessor(vocabulary.rules)

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
        preprocessed = self._preprocess(text)
        words = [preprocessed][: len(preprocessed)] if self.options.split == "none" else preprocessed.split()
        widths = range(1, self.options.ngrams + 1)
        tokens = [" ".join(words[end - width : end]) for width in widths for end in range(width, len(words) + 1)]
        tokens = tokens[: self.options.max_length]
        return tokens[::-1] if self.options.reverse else tokens

    def encode(self, texts: Sequence[str], progress: Progress = SILENT) -> Encoded:
        portions = map(self._rows, chunks(texts, progress, "encoding"))
        if self.output == "ids":
            encoded = Encoded(concatenated(list(portions))).first(self.options.max_length)
            return dataclasses.replace(encoded, ids=reversed_rows(encoded.ids)) if self.options.reverse else encoded
        bags, weights = [], [np.empty(0, np.float32)]
        for rows in portions:
            bag, counts = bags_of(rows, self.size)
            bags.append(bag)
            weights.append(self._weights(bag.values, counts))
        return Encoded(concatenated(bags), np.concatenate(weights))

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

    def _rows(self, texts: Sequence[str]) -> Ragged:
        """All ids of each text, in its order; a text without words is one unknown word."""
        return never_empty(self._encoder.encode([self._preprocess(text) for text in texts]), self._unknown)

    @cached_property
    def _encoder(self) -> ngrams.Encoder:
        return ngrams.Encoder(
            self.vocabulary.tokens,
            ngrams=self.options.ngrams,
            first_id=len(self.vocabulary.specials),
            unknown=self._unknown,
            split=self.options.split != "none",
        )
