"""Subwords: byte-pair encoding of UTF-8, as rows of ids.

The frequent words are one id, the rare ones several, down to single bytes: there is no text that it cannot write and
give back (Sennrich et al. 2016, section 3.2; over bytes: Radford et al. 2019, section 2.2).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Annotated, Literal

import numpy as np
from pydantic import Field

from seqlab.data.ragged import Ragged, offsets_of
from seqlab.errors import DataError, RequestError
from seqlab.progress import SILENT, Progress
from seqlab.registry import Positive
from seqlab.text.chunks import chunks
from seqlab.text.ngrams.rows import joined, never_empty, shortened
from seqlab.text.vectorizer import VECTORIZERS, Encoded, Output, Vectorizer
from seqlab.text.vocabulary import PADDING, UNKNOWN, Vocabulary

if TYPE_CHECKING:
    import tensorflow as tf
    from tokenizers import Tokenizer
    from tokenizers.pre_tokenizers import PreTokenizer

BYTES = 256
FEWEST_OCCURRENCES = 2
"""Of a pair that becomes a subword."""

_SPACE = "\t-\r \x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
"""White space by Unicode's property, as the package reads it: without U+001C to U+001F, which Python counts too."""
_PIECE = re.compile(f"[{_SPACE}]*[^{_SPACE}]+|[{_SPACE}]+")
_BORDER = re.compile(f"(?<=[^{_SPACE}])(?=[{_SPACE}])")
_PORTION = 2**16
_HALF_A_CHARACTER = re.compile("[\ud800-\udfff]")
_PIECES_AT_ONCE = 2**16

_PRINTABLE = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
_LETTERS = {byte: chr(byte) for byte in _PRINTABLE} | {
    byte: chr(BYTES + place) for place, byte in enumerate(sorted(set(range(BYTES)).difference(_PRINTABLE)))
}
"""Byte → the character that stands for it inside the package: itself where it can be printed, else one above U+00FF."""
_BYTES = {ord(letter): chr(byte) for byte, letter in _LETTERS.items()}


@VECTORIZERS.add
class Subwords(Vectorizer):
    """Pieces of words by byte-pair encoding: what is frequent is one id, and any text can be written and read back."""

    name: Literal["subwords"] = "subwords"
    size: Annotated[int, Field(ge=BYTES, le=2**20)] = 4096
    """Subwords in all, the 256 single bytes among them; padding and unknown come on top."""
    lowercase: bool = False
    """Whether capitals are read as small letters."""
    max_length: Positive | None = None
    """The first so many subwords of a text are kept."""

    @property
    def not_exportable(self) -> tuple[str, ...]:
        return ("subwords, because TensorFlow has no byte-pair encoding",)

    def learn(self, texts: Sequence[str], progress: Progress = SILENT) -> FittedSubwords:
        """Depends on which words occur how often, and on nothing else: not on the order of texts, nor on threads."""
        tokens = _trained(self.size, (text for chunk in self._standardized(texts, progress) for text in chunk))
        nothing = np.zeros(len(tokens), np.int64)
        uncounted = FittedSubwords(self, Vocabulary((), tokens, nothing, nothing, len(texts)))
        counts, document_counts = nothing.copy(), nothing.copy()
        for chunk in chunks(texts, progress, "counting subwords"):
            rows = uncounted.rows(chunk)
            counts += np.bincount(rows.values, minlength=len(tokens))
            once = np.unique(np.repeat(np.arange(len(rows)), rows.lengths) * len(tokens) + rows.values)
            document_counts += np.bincount(once % len(tokens), minlength=len(tokens))
        if not counts.any():
            raise DataError("the training split holds no character to learn: check `data` and `fit`")
        return self.restore(Vocabulary((PADDING, UNKNOWN), tokens, counts, document_counts, len(texts)))

    def restore(self, vocabulary: Vocabulary) -> FittedSubwords:
        """Of any specials: `vocabulary.without_specials()` numbers the subwords of a language model from 0."""
        return FittedSubwords(self, vocabulary)

    def standardized(self, text: str) -> str:
        """Raises DataError for half a character (a lone surrogate): UTF-8 has no bytes for it."""
        if not text.isascii() and (half := _HALF_A_CHARACTER.search(text)):
            raise DataError(
                f"half of a character, {half[0]!r} at place {half.start():,}, cannot be written in UTF-8: it comes "
                "from a text that was cut or decoded wrongly; remove it"
            )
        return text.lower() if self.lowercase else text

    def _standardized(self, texts: Sequence[str], progress: Progress) -> Iterator[list[str]]:
        for chunk in chunks(texts, progress, "learning subwords"):
            yield [self.standardized(text) for text in chunk]


class FittedSubwords:
    """Subwords with the vocabulary they were given: its tokens, in their order, are all there is to know.

    A token is its bytes as text; bytes that are no whole character are lone surrogates, as Python's `surrogateescape`
    writes them. An empty text is one unknown token, or an empty row where the vocabulary has none.
    """

    output: Output = "ids"

    def __init__(self, options: Subwords, vocabulary: Vocabulary) -> None:
        self.options = options
        self.vocabulary = vocabulary
        self._bytes = _bytes_of(vocabulary)

    @property
    def size(self) -> int:
        return len(self.vocabulary)

    @property
    def max_length(self) -> int | None:
        return self.options.max_length

    def tokens(self, text: str) -> list[str]:
        specials = len(self.vocabulary.specials)
        return [self.vocabulary.tokens[index - specials] for index in self.rows([text])[0][: self.options.max_length]]

    def encode(self, texts: Sequence[str], progress: Progress = SILENT) -> Encoded:
        rows = joined([self.rows(chunk) for chunk in chunks(texts, progress, "encoding")])
        if self.vocabulary.unknown is not None:
            rows = never_empty(rows, self.vocabulary.unknown)
        return Encoded(rows if self.options.max_length is None else shortened(rows, self.options.max_length))

    def decode(self, ids: Iterable[int]) -> str:
        """The text. Bytes that are no character, which only a model can put there, are shown as U+FFFD."""
        return self.bytes_of(ids).decode("utf-8", errors="replace")

    def bytes_of(self, ids: Iterable[int]) -> bytes:
        """UTF-8. A character may begin in one id and end in the next: to show a text while it grows, give the bytes of
        each id to one incremental decoder."""
        return b"".join(map(_to_bytes, self.vocabulary.tokens_of(ids)))

    @cached_property
    def character_counts(self) -> np.ndarray:
        """How many characters begin in each id: all bytes but those that continue one (RFC 3629, section 3)."""
        begun = [sum(byte & 0xC0 != 0x80 for byte in token) for token in self._bytes]
        return np.array([0 if name == PADDING else 1 for name in self.vocabulary.specials] + begun, np.int64)

    def in_tensorflow(self) -> tf.Module:
        raise RequestError(f"this vectorizer cannot be part of an exported model: {self.options.not_exportable[0]}")

    def rows(self, texts: Sequence[str]) -> Ragged:
        """All ids of each text, none of an empty one.

        A text is cut before white space that follows something else, where no subword is ever joined with the next:
        of a million characters 180,000 pieces, 25,000 of them different, and each of those is encoded once.
        """
        numbers = _Numbers()
        numbered = [
            np.fromiter((numbers[piece[0]] for piece in _PIECE.finditer(self.options.standardized(text))), np.int32)
            for text in texts
        ]
        encoded = self._encoded(list(numbers)).gather(np.concatenate([np.empty(0, np.int32), *numbered]))
        return Ragged(encoded.values, encoded.offsets[offsets_of(np.array([len(row) for row in numbered], np.int64))])

    def _encoded(self, pieces: list[str]) -> Ragged:
        rows: list[list[int]] = []
        for first in range(0, len(pieces), _PIECES_AT_ONCE):
            encodings = self._tokenizer.encode_batch_fast(pieces[first : first + _PIECES_AT_ONCE])
            rows += [encoding.ids for encoding in encodings]
        encoded = Ragged.from_rows(rows)
        return Ragged(encoded.values + np.int32(len(self.vocabulary.specials)), encoded.offsets)

    @cached_property
    def _tokenizer(self) -> Tokenizer:
        """Two neighbours are joined where that gives a token, those first that give the earliest token.

        So no list of joins has to be kept beside the vocabulary: it is the way in which GPT-2's successors are read
        (the package tiktoken), and gives what training gave wherever each token was made in one way only.
        """
        from tokenizers import Tokenizer, models

        letters = [token.decode("latin-1").translate(_LETTERS) for token in self._bytes]
        ids = {token: index for index, token in enumerate(letters)}
        cuts = ((token[:place], token[place:]) for token in letters for place in range(1, len(token)))
        tokenizer = Tokenizer(models.BPE(vocab=ids, merges=[cut for cut in cuts if cut[0] in ids and cut[1] in ids]))
        tokenizer.pre_tokenizer = _split_into_words()
        return tokenizer


class _Numbers(dict[str, int]):
    """A number for each different text, in the order in which they come."""

    def __missing__(self, text: str) -> int:
        self[text] = number = len(self)
        return number


def _trained(size: int, texts: Iterable[str]) -> tuple[str, ...]:
    """The single bytes, then up to `size` in all what was joined, in the order in which it was."""
    from tokenizers import Tokenizer, models, pre_tokenizers, trainers

    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = _split_into_words()
    trainer = trainers.BpeTrainer(
        vocab_size=size,
        min_frequency=FEWEST_OCCURRENCES,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator((portion for text in texts for portion in _portions(text)), trainer)
    ids = tokenizer.get_vocab()
    joined_bytes = [token.translate(_BYTES) for token in sorted(ids, key=ids.__getitem__) if len(token) > 1]
    single = [chr(byte) for byte in range(BYTES)]
    return tuple(token.encode("latin-1").decode("utf-8", errors="surrogateescape") for token in single + joined_bytes)


def _split_into_words() -> PreTokenizer:
    """GPT-2's rule (Radford et al. 2019): a word with the space before it, runs of digits, of signs, of white space."""
    from tokenizers import pre_tokenizers

    return pre_tokenizers.ByteLevel(add_prefix_space=False)


def _portions(text: str) -> Iterator[str]:
    """The text in parts that count the same one by one: the package needs some fifty bytes a character."""
    start = 0
    while border := _BORDER.search(text, start + _PORTION):
        yield text[start : border.start()]
        start = border.start()
    yield text[start:]


def _bytes_of(vocabulary: Vocabulary) -> list[bytes]:
    """The bytes of each token. Raises DataError for a vocabulary that cannot be one of subwords."""
    try:
        tokens = list(map(_to_bytes, vocabulary.tokens))
    except UnicodeEncodeError:
        tokens = []
    if len(set(tokens)) < len(tokens) or [bytes([byte]) for byte in range(BYTES)] != tokens[:BYTES]:
        raise DataError("this vocabulary is not one of subwords: restore it from a copy, or train again")
    return tokens


def _to_bytes(token: str) -> bytes:
    return token.encode("utf-8", errors="surrogateescape")
