"""Characters, as rows of ids."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Literal

import numpy as np

from seqlab.data.ragged import Ragged, offsets_of
from seqlab.errors import DataError
from seqlab.progress import SILENT, Progress
from seqlab.registry import Positive
from seqlab.text.chunks import chunks
from seqlab.text.ngrams.counting import BORDER, count_ngrams
from seqlab.text.ngrams.rows import joined, never_empty, shortened
from seqlab.text.tokenize import composed
from seqlab.text.vectorizer import VECTORIZERS, Encoded, Output, Vectorizer
from seqlab.text.vocabulary import PADDING, UNKNOWN, Vocabulary

if TYPE_CHECKING:
    import tensorflow as tf


@VECTORIZERS.add
class Characters(Vectorizer):
    """Single characters: Unicode code points in normal form C."""

    name: Literal["characters"] = "characters"
    lowercase: bool = False
    """Whether capitals are read as small letters."""
    max_length: Positive | None = None
    """The first so many characters of a text are kept."""
    unknown: bool = False
    """Language models: whether there is an id for characters that the training text does not hold. Without it they are
    an error, as no model could foretell them; with it each costs the unknown token's probability / 1,114,112."""

    def learn(self, texts: Sequence[str], progress: Progress = SILENT) -> FittedCharacters:
        streams = [np.empty(0, np.int32)]
        for chunk in chunks(texts, progress, "learning the vocabulary"):
            points = code_points(chunk, self.lowercase)
            streams.append(np.insert(points.values, points.offsets[1:], BORDER))
        (single,) = count_ngrams(np.concatenate(streams), 1, min_count=1, room=None, progress=progress)
        if not len(single.counts):
            raise DataError("the training split holds no character to learn: check `data` and `fit`")
        characters = [chr(point) for point in single.words[:, 0]]
        vocabulary = Vocabulary.of_most_frequent(
            (PADDING, UNKNOWN), characters, single.counts, single.document_counts, len(texts)
        )
        return self.restore(vocabulary)

    def unpadded(self, vocabulary: Vocabulary) -> FittedCharacters:
        specials = (UNKNOWN,) if self.unknown else ()
        return self.restore(dataclasses.replace(vocabulary, specials=specials))

    def restore(self, vocabulary: Vocabulary) -> FittedCharacters:
        """Of any specials: `vocabulary.without_specials()` numbers the characters of a language model from 0."""
        return FittedCharacters(self, vocabulary)


class FittedCharacters:
    """Characters with the vocabulary they were given.

    Without an unknown id in the vocabulary, `encode` raises DataError for a character that was not learned, and the
    row of an empty text is empty.
    """

    output: Output = "ids"

    def __init__(self, options: Characters, vocabulary: Vocabulary) -> None:
        self.options = options
        self.vocabulary = vocabulary

    @property
    def size(self) -> int:
        return len(self.vocabulary)

    @property
    def max_length(self) -> int | None:
        return self.options.max_length

    @cached_property
    def character_counts(self) -> np.ndarray:
        """One each; padding is none."""
        return np.array(
            [0 if name == PADDING else 1 for name in self.vocabulary.specials] + [1] * len(self.vocabulary.tokens)
        )

    def tokens(self, text: str) -> list[str]:
        return list(_standardized(text, self.options.lowercase)[: self.options.max_length])

    def encode(self, texts: Sequence[str], progress: Progress = SILENT) -> Encoded:
        return Encoded(joined([self._rows(chunk) for chunk in chunks(texts, progress, "encoding")]))

    def decode(self, ids: Iterable[int]) -> str:
        return "".join(self.vocabulary.tokens_of(ids))

    def in_tensorflow(self) -> tf.Module:
        from seqlab.text.tensorflow_encoders import characters_in_tensorflow

        return characters_in_tensorflow(self)

    def _rows(self, texts: Sequence[str]) -> Ragged:
        points = code_points(texts, self.options.lowercase)
        ids = self._ids_of_points[np.minimum(points.values, len(self._ids_of_points) - 1)]
        rows = Ragged(ids, points.offsets)
        if self.vocabulary.unknown is not None:
            rows = never_empty(rows, self.vocabulary.unknown)
        elif (ids < 0).any():
            character = chr(points.values[ids < 0][0])
            raise DataError(
                f"the character {character!r} is not among the {self.size} that were learned: leave it out, train on a "
                "text that holds it, or give what was not learned an id with vectorizer.unknown: true"
            )
        return rows if self.options.max_length is None else shortened(rows, self.options.max_length)

    @cached_property
    def _ids_of_points(self) -> np.ndarray:
        """The id of each code point; the last one stands for all beyond."""
        points = np.array([ord(token) for token in self.vocabulary.tokens], np.int64)
        unknown = self.vocabulary.unknown
        ids = np.full(points.max(initial=0) + 2, -1 if unknown is None else unknown, np.int32)
        ids[points] = np.arange(len(self.vocabulary.specials), len(self.vocabulary))
        return ids


def code_points(texts: Sequence[str], lowercase: bool) -> Ragged:
    """The code points of each text, int32, standardized; lone surrogates are kept."""
    standardized = [_standardized(text, lowercase) for text in texts]
    lengths = np.fromiter(map(len, standardized), np.int64, len(standardized))
    encoded = "".join(standardized).encode("utf-32-le", errors="surrogatepass")
    return Ragged(np.frombuffer(encoded, "<i4").astype(np.int32), offsets_of(lengths))


def _standardized(text: str, lowercase: bool) -> str:
    text = composed(text)
    return text.lower() if lowercase else text
