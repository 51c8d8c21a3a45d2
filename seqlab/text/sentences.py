"""Sentences of one side of pairs: from raw text to ids between a start and an end, and from ids to text again."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, get_args

import numpy as np

from seqlab import files
from seqlab.data.ragged import Ragged, offsets_of
from seqlab.errors import DataError
from seqlab.progress import SILENT, Progress
from seqlab.text.detokenizer import Habit, Spacing
from seqlab.text.ngrams.rows import shortened
from seqlab.text.tokenize import STRIPS
from seqlab.text.vectorizer import FittedVectorizer, Vectorizer
from seqlab.text.vocabulary import END, OF_SENTENCES, START, UNKNOWN, Vocabulary
from seqlab.text.words import Words

UNKNOWN_ID, START_ID, END_ID = (OF_SENTENCES.index(name) for name in (UNKNOWN, START, END))


@dataclass(frozen=True)
class Sentences:
    """A fitted vectorizer of one side, and how its words are put together again."""

    options: Vectorizer
    vectorizer: FittedVectorizer
    spacing: Spacing | None

    @classmethod
    def learned(cls, options: Vectorizer, texts: Sequence[str], progress: Progress = SILENT) -> Sentences:
        fitted = options.framed(options.learn(texts, progress).vocabulary)
        split = _splitter(options)
        return cls(options, fitted, Spacing.learned(map(_whole(options), texts), split) if split else None)

    @classmethod
    def restored(cls, options: Vectorizer, directory: Path, side: str) -> Sentences:
        vocabulary = Vocabulary.load(directory / f"vocabulary_{side}.json")
        habits = _habits(directory / f"spacing_{side}.json") if _splitter(options) else None
        return cls(options, options.framed(vocabulary), Spacing(habits) if habits is not None else None)

    def save(self, directory: Path, side: str) -> None:
        self.vectorizer.vocabulary.save(directory / f"vocabulary_{side}.json")
        if self.spacing is not None:
            files.write_json(directory / f"spacing_{side}.json", dict(self.spacing.habits))

    @property
    def size(self) -> int:
        return self.vectorizer.size

    @property
    def lowercases(self) -> bool:
        """Whether capitals cannot come out of it."""
        standardize = getattr(self.options, "standardize", None)
        return standardize != "none" if standardize is not None else bool(getattr(self.options, "lowercase", False))

    @property
    def strips(self) -> bool:
        """Whether punctuation cannot come out of it."""
        return getattr(self.options, "standardize", None) in STRIPS

    def encoded(
        self, texts: Sequence[str], progress: Progress = SILENT, *, start: bool, longest: int | None = None
    ) -> Ragged:
        """Each text's ids and the end's, behind the start's where it is wanted; int32.

        `longest`: no row has more ids, the start not counted; what is behind them is cut off.
        """
        rows = self.vectorizer.encode(texts, progress).ids
        if longest is not None:
            rows = shortened(rows, longest - 1)
        framed = np.insert(rows.values, rows.offsets[1:], END_ID)
        lengths = rows.lengths + 1
        if start:
            framed = np.insert(framed, offsets_of(lengths)[:-1], START_ID)
            lengths = lengths + 1
        return Ragged(framed.astype(np.int32), offsets_of(lengths))

    def tokens(self, ids: Iterable[int]) -> list[str]:
        """The tokens of ids, in their order, without padding, start and end."""
        vocabulary = self.vectorizer.vocabulary
        return [vocabulary.token(index) for index in _words_of(ids)]

    def text(self, ids: Iterable[int]) -> str:
        """The sentence of ids as a person writes it."""
        if self.spacing is None:
            return self.vectorizer.decode(_words_of(ids)).strip()
        return self.joined(self.tokens(ids))

    def joined(self, tokens: Sequence[str]) -> str:
        """Words and signs as a sentence."""
        tokens = list(reversed(tokens)) if getattr(self.options, "reverse", False) else list(tokens)
        return " ".join(tokens) if self.spacing is None else self.spacing.joined(tokens)

    def standardized(self, text: str) -> str:
        """A raw text as it would be if it came out of this vectorizer."""
        return " ".join(self._spaced(text).split())

    @cached_property
    def _spaced(self) -> Callable[[str], str]:
        return self.options.spacer() if isinstance(self.options, Words) else str


def _words_of(ids: Iterable[int]) -> list[int]:
    """Without padding, start and end."""
    return [index for index in map(int, ids) if index == UNKNOWN_ID or index >= len(OF_SENTENCES)]


def _splitter(options: Vectorizer) -> Callable[[str], Sequence[str]] | None:
    """How whole texts are split into words and signs; None where nothing is to be put together again."""
    if isinstance(options, Words) and options.split == "punctuation":
        spaced = options.spacer()
        return lambda text: spaced(text).split()
    return None


def _whole(options: Vectorizer) -> Callable[[str], str]:
    """The texts as `_splitter` finds its words in them: standardized, and not yet split."""
    if isinstance(options, Words):
        return options.model_copy(update={"split": "whitespace"}).spacer()
    return str


def _habits(path: Path) -> dict[str, Any]:
    try:
        habits = files.read_json(path)
    except (OSError, ValueError) as error:
        raise DataError(f"{path} cannot be read ({error}): restore it from a copy, or train again") from error
    if not isinstance(habits, dict) or not all(each in get_args(Habit) for each in habits.values()):
        raise DataError(f"{path} is not what seqlab wrote: restore it from a copy, or train again")
    return habits
