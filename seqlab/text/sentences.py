"""Sentences of one side of pairs: raw text to ids between start and end, and ids back to text."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import get_args

import numpy as np

from seqlab import files
from seqlab.data.ragged import Ragged, offsets_of
from seqlab.errors import DataError
from seqlab.progress import SILENT, Progress
from seqlab.text.detokenizer import Attachment, Detokenizer
from seqlab.text.vectorizer import Encoded, FittedVectorizer, Vectorizer
from seqlab.text.vocabulary import END, OF_SENTENCES, START, UNKNOWN, Vocabulary
from seqlab.text.words import Words

UNKNOWN_ID, START_ID, END_ID = (OF_SENTENCES.index(name) for name in (UNKNOWN, START, END))


@dataclass(frozen=True)
class Sentences:
    """The fitted vectorizer of one side, with a detokenizer if it splits punctuation off."""

    options: Vectorizer
    vectorizer: FittedVectorizer
    detokenizer: Detokenizer | None

    @classmethod
    def learn(
        cls, options: Vectorizer, texts: Sequence[str], progress: Progress = SILENT, *, side: str = "source"
    ) -> Sentences:
        """What a side, or both together, learn from these sentences; `side`: whose vocabulary `options` may know."""
        fitted = options.for_sentences(options.fitted(texts, progress, side=side).vocabulary)
        split = _split_function(options)
        detokenizer = Detokenizer.learn(map(_standardize_function(options), texts), split) if split else None
        return cls(options, fitted, detokenizer)

    @classmethod
    def restore(cls, options: Vectorizer, directory: Path, side: str) -> Sentences:
        vocabulary = Vocabulary.load(directory / f"vocabulary_{side}.json")
        path = directory / f"spacing_{side}.json"
        detokenizer = Detokenizer(_read_attachments(path)) if _split_function(options) else None
        return cls(options, options.for_sentences(vocabulary), detokenizer)

    def save(self, directory: Path, side: str) -> None:
        self.vectorizer.vocabulary.save(directory / f"vocabulary_{side}.json")
        if self.detokenizer is not None:
            files.write_json(directory / f"spacing_{side}.json", dict(self.detokenizer.attachments))

    @property
    def size(self) -> int:
        return self.vectorizer.size

    @property
    def lowercases(self) -> bool:
        """Whether decoded sentences have no capital letters."""
        return self.options.traits.lowercases

    @property
    def encodes_everything(self) -> bool:
        """Whether there are no unknown tokens."""
        return self.options.traits.encodes_everything

    @property
    def strips_punctuation(self) -> bool:
        """Whether decoded sentences have no punctuation."""
        return self.options.traits.strips_punctuation

    def encode(
        self, texts: Sequence[str], progress: Progress = SILENT, *, start: bool, longest: int | None = None
    ) -> Encoded:
        """The ids of each text and the end id, after the start id if `start`; int32.

        `longest`: the most ids of a row, not counting the start id; longer texts are cut.
        """
        encoded = self.vectorizer.encode(texts, progress).first(None if longest is None else longest - 1)
        rows = Ragged.joined(self._bounded(part, start) for part in encoded.ids.parts())
        return Encoded(rows, cut_off=encoded.cut_off)

    def _bounded(self, rows: Ragged, start: bool) -> Ragged:
        """Rows with the end id, after the start id if `start`."""
        values = np.insert(rows.values, rows.offsets[1:], END_ID)
        lengths = rows.lengths + 1
        if start:
            values = np.insert(values, offsets_of(lengths)[:-1], START_ID)
            lengths = lengths + 1
        return Ragged(values.astype(np.int32), offsets_of(lengths))

    def tokens(self, ids: Iterable[int]) -> list[str]:
        """The tokens of ids, in their order, without padding, start and end."""
        vocabulary = self.vectorizer.vocabulary
        return [vocabulary.token(index) for index in _without_specials(ids)]

    def text(self, ids: Iterable[int]) -> str:
        """The decoded and detokenized sentence."""
        if self.detokenizer is None:
            return self.vectorizer.decode(_without_specials(ids)).strip()
        return self.detokenize(self.tokens(ids))

    def detokenize(self, tokens: Sequence[str]) -> str:
        """Tokens, in the order of ids, as a sentence."""
        tokens = tokens[::-1] if self.options.traits.reverses else tokens
        if self.detokenizer is not None:
            return self.detokenizer.detokenize(tokens)
        return "".join(tokens) if self.vectorizer.character_counts is not None else " ".join(tokens)

    def standardize(self, text: str) -> str:
        """A raw text as this vectorizer would decode it."""
        return " ".join(self._preprocess(text).split())

    @cached_property
    def _preprocess(self) -> Callable[[str], str]:
        if not isinstance(self.options, Words):
            return str
        return self.options.preprocessor(self.vectorizer.vocabulary.rules)


def _without_specials(ids: Iterable[int]) -> list[int]:
    """The ids without padding, start and end."""
    return [index for index in map(int, ids) if index == UNKNOWN_ID or index >= len(OF_SENTENCES)]


def _split_function(options: Vectorizer) -> Callable[[str], Sequence[str]] | None:
    """Splits a text into words and punctuation marks; None if the vectorizer does not split punctuation off."""
    if isinstance(options, Words) and options.split == "punctuation":
        preprocess = options.preprocessor()
        return lambda text: preprocess(text).split()
    return None


def _standardize_function(options: Vectorizer) -> Callable[[str], str]:
    """Standardizes a text without splitting it, so that the words of `_split_function` are found in it."""
    if isinstance(options, Words):
        return options.model_copy(update={"split": "whitespace"}).preprocessor()
    return str


def _read_attachments(path: Path) -> Mapping[str, Attachment]:
    try:
        attachments = files.read_json(path)
    except (OSError, ValueError) as error:
        raise DataError(f"{path} cannot be read ({error}): restore it from a copy, or train again") from error
    if not isinstance(attachments, dict) or not all(value in get_args(Attachment) for value in attachments.values()):
        raise DataError(f"{path} is not a file of seqlab: restore it from a copy, or train again")
    return attachments
