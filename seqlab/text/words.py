"""Words and n-grams of words, as rows of ids or as bags."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal, get_args

import numpy as np
from pydantic import AfterValidator, Field

from seqlab.data.ragged import Ragged
from seqlab.errors import DataError
from seqlab.progress import SILENT, Progress
from seqlab.registry import Positive
from seqlab.text.character_classes import WHITESPACE, CharacterClass
from seqlab.text.chunks import chunks
from seqlab.text.ngrams.counting import BORDER, count_ngrams
from seqlab.text.ngrams.ngram_index import NgramMatcher
from seqlab.text.ngrams.rows import bags_of, joined, never_empty, reversed_rows, rows_of, shortened
from seqlab.text.ngrams.word_index import Cut, Lexicon
from seqlab.text.tokenize import (
    STRIPS,
    Language,
    Split,
    Standardize,
    spacer,
    standardized_words,
    standardizer,
)
from seqlab.text.vectorizer import VECTORIZERS, Encoded, Output, Vectorizer
from seqlab.text.vocabulary import OF_SENTENCES, PADDING, UNKNOWN, Vocabulary

if TYPE_CHECKING:
    import tensorflow as tf


LONGEST_NGRAM = 16
"""Words. Each width is counted and looked up in turn: a billion of them would never end."""


def _readable(written: str) -> str:
    CharacterClass.parse(written)
    return written


Kept = Annotated[str, AfterValidator(_readable)]


@VECTORIZERS.add
class Words(Vectorizer):
    """Words, alone or with the n-grams they form (Chollet 2021, section 11.2)."""

    outputs: ClassVar[tuple[Output, ...]] = get_args(Output)

    name: Literal["words"] = "words"
    ngrams: Annotated[int, Field(ge=1, le=LONGEST_NGRAM)] = 1
    """The longest n-gram: 2 counts words and pairs of neighbours."""
    max_tokens: Positive | None = 20_000
    """The most frequent tokens that are kept, padding and unknown included; null: all."""
    min_count: Positive = 1
    """How often a token must occur in the training texts."""
    max_length: Positive | None = None
    """The first so many ids of a text are kept."""
    standardize: Standardize = "lower_and_strip_punctuation"
    """What happens to a text first; html also takes out tags and entities."""
    split: Split = "whitespace"
    """Where words end; punctuation: each sign is a word as well; none: the whole text is one word."""
    output: Output = "ids"
    """Ids in order, or a bag: multi_hot (1), count, tf_idf."""
    reverse: bool = False
    """Each row from its end to its beginning."""
    keep: Kept | None = None
    """The characters that stay, such as [a-z@# ]; all others go, instead of punctuation only."""
    stop_words: Literal["english"] | list[str] | None = None
    """Words to drop: seqlab's English list, or your own."""
    stem: Language | None = None
    """Reduce words to their Snowball stems in this language."""

    @property
    def specials(self) -> tuple[str, ...]:
        """A bag has no place to pad: its first column is the unknown token."""
        return (PADDING, UNKNOWN) if self.output == "ids" else (UNKNOWN,)

    @property
    def kept(self) -> CharacterClass | None:
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
            for option, without in (("ngrams", 1), ("stop_words", None), ("stem", None)):
                if getattr(self, option) != without:
                    yield option, f"split: none makes one word of a whole text: leave {option} out, or split it"
        if self.split == "punctuation" and self.standardize in STRIPS and not self.keep:
            yield "split", f"standardize: {self.standardize} leaves no punctuation to split at: use none or lower"
        if self.split != "none" and self.kept and not self.kept.overlaps(WHITESPACE):
            yield "keep", f"{self.keep} keeps nothing to split words at: add a space, such as [a-z ]"
        if self.max_tokens is not None and self.max_tokens <= len(self.specials):
            yield "max_tokens", f"{self.max_tokens} leaves no room for a word beside {len(self.specials)} special ids"

    def learn(self, texts: Sequence[str], progress: Progress = SILENT) -> FittedWords:
        spaced, lexicon = self.spacer(), Lexicon()
        streams = [np.empty(0, np.int32)]
        for chunk in chunks(texts, progress, "learning the vocabulary"):
            cut = self.cut([spaced(text) for text in chunk])
            streams.append(np.insert(lexicon.learn(cut), cut.borders, BORDER))
        if not len(lexicon):
            raise DataError(self._why_no_words(texts))
        return self.restore(self._vocabulary(np.concatenate(streams), lexicon.words(), len(texts), progress))

    def restore(self, vocabulary: Vocabulary) -> FittedWords:
        return FittedWords(self, vocabulary)

    def unpadded(self, vocabulary: Vocabulary) -> FittedWords:
        """Words of a language model: 0 is the unknown word, ordinary ones follow."""
        return FittedWords(self, dataclasses.replace(vocabulary, specials=(UNKNOWN,)), checked=False)

    def framed(self, vocabulary: Vocabulary) -> FittedWords:
        """`max_tokens` counts beginning and end: the rarest words make room for them."""
        room = None if self.max_tokens is None else max(self.max_tokens - len(OF_SENTENCES), 0)
        return FittedWords(self, vocabulary.first(room, OF_SENTENCES), checked=False)

    @property
    def dropped(self) -> frozenset[str]:
        """The stop words as they look in a standardized text."""
        return standardized_words(self.stop_words, self._standardizer())

    def spacer(self) -> Callable[[str], str]:
        """The function from a text to its words with white space between them."""
        return spacer(self._standardizer(), self.dropped, self.stem)

    def cut(self, spaced: Sequence[str]) -> Cut:
        """Texts from `spacer` cut into words."""
        return Cut.nowhere(spaced) if self.split == "none" else Cut.at_spaces(spaced)

    def _standardizer(self) -> Callable[[str], str]:
        return standardizer(self.standardize, self.kept, self.split)

    def _why_no_words(self, texts: Sequence[str]) -> str:
        if not len(texts):
            return "the training split holds no text to learn a vocabulary from: check `data` and `vectorizer.fit`"
        return (
            f"none of the {len(texts)} training texts has a word left; the first one is {texts[0][:60]!r}: see whether "
            f"`standardize: {self.standardize}`, `keep` or `stop_words` takes everything out"
        )

    def _vocabulary(self, stream: np.ndarray, words: list[str], texts: int, progress: Progress) -> Vocabulary:
        """`stream`: (places,) int32, numbers of the `words`. Raises DataError when none occurs `min_count` times."""
        room = None if self.max_tokens is None else self.max_tokens - len(self.specials)
        levels = count_ngrams(stream, self.ngrams, self.min_count, room, progress)
        counts = np.concatenate([level.counts for level in levels])
        document_counts = np.concatenate([level.document_counts for level in levels])
        if not len(counts):
            most = np.bincount(stream[stream != BORDER]).max()
            raise DataError(
                f"no word occurs {self.min_count} times in the {texts} training texts, the most frequent one {most} "
                "times: lower `min_count`"
            )
        spelling = np.array(words, object)
        tokens = [" ".join(gram) for level in levels for gram in spelling[level.words].tolist()]
        return Vocabulary.of_most_frequent(self.specials, tokens, counts, document_counts, texts, room)


class FittedWords:
    """Words with the vocabulary they were given. Its tables are made at their first use and kept."""

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
        self._spaced = options.spacer()

    @property
    def size(self) -> int:
        return len(self.vocabulary)

    @property
    def max_length(self) -> int | None:
        return self.options.max_length

    def tokens(self, text: str) -> list[str]:
        words = self.options.cut([self._spaced(text)]).words()
        widths = range(1, self.options.ngrams + 1)
        tokens = [" ".join(words[end - width : end]) for width in widths for end in range(width, len(words) + 1)]
        tokens = tokens[: self.options.max_length]
        return tokens[::-1] if self.options.reverse else tokens

    def encode(self, texts: Sequence[str], progress: Progress = SILENT) -> Encoded:
        portions = map(self._rows, chunks(texts, progress, "encoding"))
        if self.output == "ids":
            return Encoded(joined(list(portions)))
        bags, weights = [], [np.empty(0, np.float32)]
        for rows in portions:
            bag, counts = bags_of(rows, self.size)
            bags.append(bag)
            weights.append(self._weights(bag.values, counts))
        return Encoded(joined(bags), np.concatenate(weights))

    def decode(self, ids: Iterable[int]) -> str:
        tokens = self.vocabulary.tokens_of(ids)
        if self.options.reverse:
            tokens.reverse()
        return (" " if self.options.ngrams == 1 else ", ").join(tokens)

    def in_tensorflow(self) -> tf.Module:
        from seqlab.text.tensorflow_encoders import words_in_tensorflow

        return words_in_tensorflow(self)

    @cached_property
    def inverse_document_frequencies(self) -> np.ndarray:
        """log(1 + documents / (1 + document count)) by id, (size,) float32; an unknown token has the average."""
        ordinary = np.log1p(self.vocabulary.documents / (1 + self.vocabulary.document_counts))
        specials = np.full(len(self.vocabulary.specials), ordinary.mean())
        return np.concatenate([specials, ordinary]).astype(np.float32)

    def _weights(self, ids: np.ndarray, counts: np.ndarray) -> np.ndarray:
        """What each id of a bag weighs, (total,) float32."""
        if self.output == "multi_hot":
            return np.ones(len(ids), np.float32)
        weights = counts.astype(np.float32)
        return weights * self.inverse_document_frequencies[ids] if self.output == "tf_idf" else weights

    def _rows(self, texts: Sequence[str]) -> Ragged:
        """All ids of each text; a text without words is one unknown word."""
        stream = self._matcher.stream(self.options.cut([self._spaced(text) for text in texts]))
        rows = rows_of(self._matcher.ids(stream), np.cumsum(stream == BORDER), len(texts))
        rows = never_empty(rows, self._unknown)
        if self.options.max_length is not None:
            rows = shortened(rows, self.options.max_length)
        return reversed_rows(rows) if self.options.reverse else rows

    @cached_property
    def _matcher(self) -> NgramMatcher:
        first_id = len(self.vocabulary.specials)
        return NgramMatcher(self.vocabulary.tokens, self.options.ngrams, first_id, self._unknown)
