"""Words and n-grams of words as tokens, encoded as ids or as bags."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal, cast, get_args

import numpy as np
from pydantic import AfterValidator, Field

from seqlab.data.long_text import LongText, LongTexts
from seqlab.errors import DataError
from seqlab.progress import SILENT, Progress
from seqlab.registry import Positive
from seqlab.text import ngrams, plugin_functions
from seqlab.text.bucket_names import MOST_BUCKETS, BucketNames
from seqlab.text.by_chunk import by_chunk
from seqlab.text.character_classes import WHITESPACE, CharacterClass
from seqlab.text.counters import HashCounter, WordCounter
from seqlab.text.cutting import ASCII_SPACES, before_space, between_characters, parts
from seqlab.text.fitted_words import FittedWords
from seqlab.text.hashed_tokens import HashEncoder
from seqlab.text.ngrams import NgramCounts
from seqlab.text.tokenize import (
    LOWERCASING,
    STRIPPING,
    Language,
    Split,
    Standardize,
    composed,
    preprocessor,
    standardized_words,
    standardizer,
)
from seqlab.text.vectorizer import VECTORIZERS, Output, Traits, Vectorizer
from seqlab.text.vocabulary import OF_SENTENCES, PADDING, RULES, UNKNOWN, Vocabulary
from seqlab.text_format import visible

LONGEST_NGRAM = 16
"""Words. Each width costs a pass over the corpus."""


def _parseable(value: str) -> str:
    CharacterClass.parse(value)
    return value


Kept = Annotated[str, AfterValidator(_parseable)]
if TYPE_CHECKING:
    StandardizeOption = str
    SplitOption = str
else:
    StandardizeOption = plugin_functions.choice(get_args(Standardize))
    SplitOption = plugin_functions.choice(get_args(Split))


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
    hash_buckets: Annotated[int, Field(gt=0, le=MOST_BUCKETS)] | None = None
    """Instead of learning a vocabulary, give each token one of so many ids, by its hash; null: learn one."""
    min_count: Positive = 1
    """Keep only tokens that occur at least this often in the training texts."""
    max_length: Positive | None = None
    """Maximum length of a text in ids; the rest is cut off. null: no limit."""
    standardize: StandardizeOption = "lower_and_strip_punctuation"
    """How a text is standardized; html also removes tags and entities; module:function of a plug-in: by your own."""
    split: SplitOption = "whitespace"
    """Where words end; punctuation: each punctuation mark is a word too; none: the whole text is one word;
    module:function of a plug-in: your own makes a list of words."""
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
            max_tokens=self._most_ids,
            decodes=self.hash_buckets is None,
            splits_texts=self.split != "none",
            lowercases=self.standardize in LOWERCASING,
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
        stem = (f"stem: {self.stem}, because TensorFlow has no Snowball stemmer",) if self.stem else ()
        own = (f"{option}, because TensorFlow runs no Python function" for option in self._plugin_functions)
        hashed = (f"hash_buckets: {self.hash_buckets}, because TensorFlow has no BLAKE2",) if self.hash_buckets else ()
        return (*stem, *own, *hashed)

    @property
    def plugin_sources(self) -> tuple[Path, ...]:
        return tuple(file for each in self._plugin_functions.values() for file in plugin_functions.source_of(each))

    @property
    def _plugin_functions(self) -> dict[str, str]:
        """`option: module:function` → `module:function`."""
        chosen = {"standardize": self.standardize, "split": self.split}
        return {f"{name}: {each}": each for name, each in chosen.items() if plugin_functions.is_reference(each)}

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
        if (
            self.split in ("whitespace", "punctuation")
            and self.kept_characters
            and not self.kept_characters.overlaps(WHITESPACE)
        ):
            yield "keep", f"{self.keep} keeps nothing to split words at: add a space, such as [a-z ]"
        if self.hash_buckets is not None:
            # What means that there is no limit: a config may have another value, which an override can only replace.
            without = {"max_tokens": None, "min_count": 1, "fit": None}
            for option, value in without.items():
                if getattr(self, option) not in (value, type(self).model_fields[option].default):
                    shown = "null" if value is None else value
                    yield option, f"hash_buckets learns no vocabulary: leave {option} out, or set it to {shown}"
        elif self.max_tokens is not None and self.max_tokens <= len(self.specials):
            yield "max_tokens", f"{self.max_tokens} leaves no room for a word beside {len(self.specials)} special ids"

    def learn(self, texts: Sequence[str], progress: Progress = SILENT) -> FittedWords:
        if self.hash_buckets is not None:
            return self._hashed(texts, progress)
        limit = None if self.max_tokens is None else self.max_tokens - len(self.specials)
        counted = self._counted(texts, limit, progress)
        if not counted.tokens:
            raise DataError(self._why_no_tokens(texts, counted.largest_count))
        vocabulary = Vocabulary.of_most_frequent(
            self.specials, counted.tokens, counted.counts, counted.document_counts, len(texts), limit
        )
        return self.restore(vocabulary)

    def _counted(self, texts: Sequence[str], limit: int | None, progress: Progress) -> NgramCounts:
        what = "learning the vocabulary"
        if isinstance(texts, LongTexts) and self.is_cut:
            preprocess = self.preprocessor()
            with progress.step(what, sum(map(len, texts.texts)), "characters") as step:

                def preprocessed() -> Iterator[tuple[int, str]]:
                    for row, text in enumerate(texts.texts):
                        for part in self.parts_of(text):
                            yield row, preprocess(part)
                            step.advance(len(part))

                return ngrams.fit_parts(preprocessed(), min_count=self.min_count, limit=limit, progress=progress)
        return ngrams.fit(
            by_chunk(WordCounter(self), texts, progress, what),
            ngrams=self.ngrams,
            min_count=self.min_count,
            limit=limit,
            progress=progress,
        )

    @property
    def is_cut(self) -> bool:
        """Whether a text may be cut between two words: n-grams would be missing there, and a function of a plug-in
        sees whole texts."""
        return self.ngrams == 1 and self.split != "none" and not self._plugin_functions

    def parts_of(self, text: LongText) -> Iterator[str]:
        """The text in parts whose words, one after the other, are its words."""
        kept = self.kept_characters
        spaces = "".join(space for space in ASCII_SPACES if kept is None or space in kept)
        composed_parts = map(composed, parts(text.pieces(), between_characters))
        return parts(composed_parts, before_space(spaces, outside_tags=self.standardize == "html"))

    def hash_encoder(self, first_id: int) -> HashEncoder:
        assert self.hash_buckets is not None
        return HashEncoder(self.hash_buckets, ngrams=self.ngrams, first_id=first_id, split=self.split != "none")

    def _hashed(self, texts: Sequence[str], progress: Progress) -> FittedWords:
        """A vocabulary of buckets, in their order, with the counts of the tokens in each."""
        names, different = BucketNames(self.hash_buckets or 0), set[int]()
        counts = np.zeros((2, len(names)), np.int64)
        for counted in by_chunk(HashCounter(self), texts, progress, "hashing the tokens"):
            counts[:, counted.buckets] += counted.counts, counted.document_counts
            different.update(counted.hashes.tolist())
        if not counts.any():
            raise DataError(self._why_no_tokens(texts, 0))
        return self.restore(
            Vocabulary(self.specials, names, counts[0], counts[1], len(texts), hashed_tokens=len(different))
        )

    @property
    def _most_ids(self) -> int | None:
        """The most ids, special ones included; None: no limit."""
        return self.max_tokens if self.hash_buckets is None else self.hash_buckets + len(self.specials)

    def restore(self, vocabulary: Vocabulary) -> FittedWords:
        return FittedWords(self, vocabulary)

    def unpadded(self, vocabulary: Vocabulary) -> FittedWords:
        """Words of a language model: 0 is the unknown word."""
        return FittedWords(self, dataclasses.replace(vocabulary, specials=(UNKNOWN,)), checked=False)

    def for_sentences(self, vocabulary: Vocabulary) -> FittedWords:
        """`max_tokens` includes start and end: the rarest words are dropped for them."""
        if self.hash_buckets is not None or self.max_tokens is None:
            return FittedWords(self, vocabulary.first(None, OF_SENTENCES), checked=False)
        limit = max(self.max_tokens - len(OF_SENTENCES), 0)
        return FittedWords(self, vocabulary.first(limit, OF_SENTENCES), checked=False)

    @property
    def removed_words(self) -> frozenset[str]:
        """The stop words as they are in a standardized text."""
        return standardized_words(self.stop_words, self._standardizer(RULES))

    def preprocessor(self, rules: int = RULES) -> Callable[[str], str]:
        """The function from a raw text to its words, separated by white space, by the rules of a vocabulary."""
        return preprocessor(self._standardizer(rules), self.removed_words, self.stem)

    def _standardizer(self, rules: int) -> Callable[[str], str]:
        """The rules of the options, with the functions of plug-ins before and after them."""
        own_standardize, own_split = map(plugin_functions.is_reference, (self.standardize, self.split))
        rules_of_options = standardizer(
            "none" if own_standardize else cast("Standardize", self.standardize),
            self.kept_characters,
            "none" if own_split else cast("Split", self.split),
            rules,
        )
        steps: list[Callable[[str], str]] = [rules_of_options]
        if own_standardize:
            steps = [composed, plugin_functions.standardizing(self.standardize), *steps]
        if own_split:
            steps.append(plugin_functions.splitting(self.split))
        if len(steps) == 1:
            return rules_of_options
        return lambda text: functools.reduce(lambda result, step: step(result), steps, text)

    def _why_no_tokens(self, texts: Sequence[str], largest_count: int) -> str:
        if not len(texts):
            return "the training split has no text to learn a vocabulary from: check `data` and `vectorizer.fit`"
        if not largest_count:
            first = next((text for text in texts if text.strip()), None)
            if first is None:
                return (
                    f"all {len(texts):,} training texts are empty: name another column of texts, or leave texts out "
                    "and use a model that reads none"
                )
            return (
                f"none of the {len(texts)} training texts has a word left; the first one is "
                f"'{visible(first[:60])}': {self._way_to_words(first)}"
            )
        fewer = f"{largest_count} or less" if largest_count > 1 else "1"
        return (
            f"no word occurs {self.min_count} times in the {len(texts)} training texts, the most frequent one "
            f"{largest_count} times: set vectorizer.min_count to {fewer}"
        )

    def _way_to_words(self, text: str) -> str:
        """What to change in the options that leave no word of a text."""
        if self.keep:
            return f"`keep: {self.keep}` removes all its characters: add them, or leave keep out"
        if self.standardize in STRIPPING and not self._standardizer(RULES)(text).strip():
            return (
                f"`standardize: {self.standardize}` removes punctuation and emoji. To keep them, each as a word, set "
                "vectorizer.standardize to lower and vectorizer.split to punctuation"
            )
        return f"check whether `standardize: {self.standardize}` or `stop_words` removes everything"
