"""Single characters as tokens."""

from __future__ import annotations

import dataclasses
import sys
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from typing import Any, ClassVar, Literal

import numpy as np

from seqlab.data.long_text import LongText, LongTexts
from seqlab.data.ragged import Ragged, offsets_of
from seqlab.errors import DataError
from seqlab.progress import SILENT, Progress
from seqlab.registry import Positive
from seqlab.text import in_parts
from seqlab.text.cutting import between_characters, parts
from seqlab.text.rows import never_empty
from seqlab.text.tokenize import composed
from seqlab.text.vectorizer import VECTORIZERS, Encoded, Output, Traits, Vectorizer, encoded_by_chunk
from seqlab.text.vocabulary import NO_ID, PADDING, UNKNOWN, Vocabulary

CODE_POINTS = sys.maxunicode + 1


@VECTORIZERS.add
class Characters(Vectorizer):
    """Single characters: Unicode code points in normal form C."""

    beside_tokens: ClassVar[frozenset[str]] = Vectorizer.beside_tokens | {"unknown"}

    name: Literal["characters"] = "characters"
    lowercase: bool = False
    """Convert the text to lowercase."""
    max_length: Positive | None = None
    """Maximum length of a text in characters; the rest is cut off. null: no limit."""
    unknown: bool = False
    """Language models: reserve an id for characters that are not in the training text; each costs the unknown token's
    probability / 1,114,112. Without it the model skips them; each costs 1 / (training tokens + 1) / 1,114,112."""

    @property
    def traits(self) -> Traits:
        return Traits(max_length=self.max_length, lowercases=self.lowercase, optional_unknown=self.unknown)

    def learn(self, texts: Sequence[str], progress: Progress = SILENT) -> FittedCharacters:
        counts, document_counts = in_parts.counted(
            texts, progress, "learning the vocabulary", parts_of, self.points_of, CODE_POINTS
        )
        points = np.flatnonzero(counts)
        if not len(points):
            raise DataError("the training split has no characters to learn from: check `data` and `vectorizer.fit`")
        characters = list(map(chr, points.tolist()))
        vocabulary = Vocabulary.of_most_frequent(
            (PADDING, UNKNOWN), characters, counts[points], document_counts[points], len(texts)
        )
        return self.restore(vocabulary)

    def points_of(self, texts: Sequence[str]) -> Ragged:
        """The code points of each standardized text, int32."""
        return code_points(texts, self.lowercase)

    def unpadded(self, vocabulary: Vocabulary) -> FittedCharacters:
        specials = (UNKNOWN,) if self.unknown else ()
        return self.restore(dataclasses.replace(vocabulary, specials=specials))

    def restore(self, vocabulary: Vocabulary) -> FittedCharacters:
        """With any special ids: `vocabulary.without_specials()` numbers the characters from 0."""
        return FittedCharacters(self, vocabulary)


class FittedCharacters:
    """Encodes texts as ids of characters.

    Without an unknown id in the vocabulary, a character that is not in it is encoded as `NO_ID`, and the row of an
    empty text is empty.
    """

    output: Output = "ids"
    stem = None

    def __init__(self, options: Characters, vocabulary: Vocabulary) -> None:
        self.options = options
        self.vocabulary = vocabulary

    def __reduce__(self) -> tuple[Any, ...]:
        return FittedCharacters, (self.options, self.vocabulary)

    @property
    def size(self) -> int:
        return len(self.vocabulary)

    @property
    def max_length(self) -> int | None:
        return self.options.max_length

    @cached_property
    def character_counts(self) -> np.ndarray:
        """One for each id except padding."""
        return np.array(
            [0 if name == PADDING else 1 for name in self.vocabulary.specials] + [1] * len(self.vocabulary.tokens)
        )

    def tokens(self, text: str) -> list[str]:
        return list(_standardized(text, self.options.lowercase)[: self.options.max_length])

    def encode(self, texts: Sequence[str], progress: Progress = SILENT) -> Encoded:
        if isinstance(texts, LongTexts):
            encoded = in_parts.encoded(texts, progress, parts_of, self._known_rows, self.vocabulary.unknown)
            return encoded.first(self.options.max_length)
        return encoded_by_chunk(texts, progress, self._cut_rows)

    def decode(self, ids: Iterable[int]) -> str:
        return "".join(self.vocabulary.tokens_of(ids))

    def _cut_rows(self, texts: Sequence[str]) -> Encoded:
        return Encoded(self._rows(texts)).first(self.options.max_length)

    def _rows(self, texts: Sequence[str]) -> Ragged:
        rows = self._known_rows(texts)
        return rows if self.vocabulary.unknown is None else never_empty(rows, self.vocabulary.unknown)

    def _known_rows(self, texts: Sequence[str]) -> Ragged:
        """The same; the row of an empty text is empty."""
        points = self.options.points_of(texts)
        ids = self._ids_of_points[np.minimum(points.values, len(self._ids_of_points) - 1)]
        return Ragged(ids, points.offsets)

    @cached_property
    def _ids_of_points(self) -> np.ndarray:
        """The id of each code point up to the largest known one, then one element for all others."""
        points = np.array([ord(token) for token in self.vocabulary.tokens], np.int64)
        unknown = self.vocabulary.unknown
        ids = np.full(points.max(initial=0) + 2, NO_ID if unknown is None else unknown, np.int32)
        ids[points] = np.arange(len(self.vocabulary.specials), len(self.vocabulary))
        return ids


def parts_of(text: LongText) -> Iterator[str]:
    """The text in parts which are standardized as in the whole."""
    return parts(text.pieces(), between_characters)


def code_points(texts: Sequence[str], lowercase: bool) -> Ragged:
    """The code points of each text, int32, standardized; lone surrogates are kept."""
    standardized = [_standardized(text, lowercase) for text in texts]
    lengths = np.fromiter(map(len, standardized), np.int64, len(standardized))
    encoded = "".join(standardized).encode("utf-32-le", errors="surrogatepass")
    return Ragged(np.frombuffer(encoded, "<i4").astype(np.int32), offsets_of(lengths))


def _standardized(text: str, lowercase: bool) -> str:
    text = composed(text)
    return text.lower() if lowercase else text
