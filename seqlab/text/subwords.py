"""Subwords as tokens: byte-pair encoding of UTF-8.

A frequent word is one id, a rare one several, down to single bytes: every text can be encoded and decoded without loss
(Sennrich et al. 2016, section 3.2; over bytes: Radford et al. 2019, section 2.2).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from itertools import chain
from typing import TYPE_CHECKING, Annotated, Literal

import numpy as np
from pydantic import Field

from seqlab.data.long_text import LongText, LongTexts
from seqlab.data.ragged import Ragged, offsets_of
from seqlab.errors import DataError
from seqlab.progress import SILENT, Progress
from seqlab.registry import Positive
from seqlab.text import in_parts
from seqlab.text.chunks import chunks
from seqlab.text.cutting import before_space_after_a_word, parts
from seqlab.text.rows import never_empty
from seqlab.text.vectorizer import VECTORIZERS, Encoded, Output, Traits, Vectorizer, encoded_by_chunk
from seqlab.text.vocabulary import PADDING, UNKNOWN, Vocabulary

if TYPE_CHECKING:
    from tokenizers import Tokenizer
    from tokenizers.pre_tokenizers import PreTokenizer

BYTES = 256
MIN_COUNT = 2
"""Occurrences of a pair that becomes a subword."""

_SPACE = "\t-\r \x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
"""White space by Unicode's property, as in the package `tokenizers`: without U+001C to U+001F, unlike Python."""
_IS_SPACE = re.compile(f"[{_SPACE}]")
_PIECE = re.compile(f"[{_SPACE}]*[^{_SPACE}]+|[{_SPACE}]+")
_WORD_START = re.compile(f"(?<=[^{_SPACE}])(?=[{_SPACE}])")
_PORTION = 2**16
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")
_PIECES_AT_ONCE = 2**16

_PRINTABLE = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
_LETTERS = {byte: chr(byte) for byte in _PRINTABLE} | {
    byte: chr(BYTES + number) for number, byte in enumerate(sorted(set(range(BYTES)).difference(_PRINTABLE)))
}
"""Byte → the character that represents it in `tokenizers`: itself if it is printable, else one above U+00FF."""
_BYTES = {ord(letter): chr(byte) for byte, letter in _LETTERS.items()}


@VECTORIZERS.add
class Subwords(Vectorizer):
    """Pieces of words by byte-pair encoding, which encodes any text without loss."""

    name: Literal["subwords"] = "subwords"
    size: Annotated[int, Field(ge=BYTES, le=2**20)] = 4096
    """The number of subwords, including the 256 single bytes, not including padding and unknown."""
    lowercase: bool = False
    """Convert the text to lowercase."""
    max_length: Positive | None = None
    """Maximum length of a text in subwords; the rest is cut off. null: no limit."""

    @property
    def traits(self) -> Traits:
        return Traits(max_length=self.max_length, lowercases=self.lowercase, encodes_everything=True)

    @property
    def not_exportable(self) -> tuple[str, ...]:
        return ("subwords, because TensorFlow has no byte-pair encoding",)

    def learn(self, texts: Sequence[str], progress: Progress = SILENT) -> FittedSubwords:
        """The result depends on the counts of words alone, not on the order of texts or the number of threads."""
        tokens = _trained(self.size, self._standardized(texts, progress))
        none = np.zeros(len(tokens), np.int64)
        uncounted = FittedSubwords(self, Vocabulary((), tokens, none, none, len(texts)))
        counts, document_counts = in_parts.counted(
            texts, progress, "counting subwords", self.parts_of, uncounted.rows, len(tokens), shared=False
        )
        if not counts.any():
            raise DataError("the training split has no characters to learn from: check `data` and `vectorizer.fit`")
        return self.restore(Vocabulary((PADDING, UNKNOWN), tokens, counts, document_counts, len(texts)))

    def restore(self, vocabulary: Vocabulary) -> FittedSubwords:
        """With any special ids: `vocabulary.without_specials()` numbers the subwords from 0."""
        return FittedSubwords(self, vocabulary)

    def standardized(self, text: str, before: int = 0) -> str:
        """Raises DataError for a lone surrogate, half a character, which UTF-8 cannot represent. `before`: characters
        of the text before this part of it."""
        if not text.isascii() and (found := _LONE_SURROGATE.search(text)):
            raise DataError(
                f"the lone surrogate {found[0]!r} at position {before + found.start():,} cannot be encoded in UTF-8: "
                "remove it, or decode the text correctly"
            )
        return text.lower() if self.lowercase else text

    def parts_of(self, text: LongText) -> Iterator[str]:
        """The text in parts, before white space that follows a word: no subword reaches across. Raises DataError for a
        lone surrogate."""
        before = 0
        for part in parts(text.pieces(), before_space_after_a_word(_IS_SPACE)):
            self.standardized(part, before)
            before += len(part)
            yield part

    def _standardized(self, texts: Sequence[str], progress: Progress) -> Iterator[str]:
        if not isinstance(texts, LongTexts):
            for chunk in chunks(texts, progress, "learning subwords"):
                yield from map(self.standardized, chunk)
            return
        with progress.step("learning subwords", sum(map(len, texts.texts)), "characters") as step:
            for part in chain.from_iterable(map(self.parts_of, texts.texts)):
                yield self.standardized(part)
                step.advance(len(part))


class FittedSubwords:
    """Encodes texts as ids of subwords. The tokens of the vocabulary, in their order, define the encoding.

    A token is its bytes as text; bytes that are not a whole character are lone surrogates, as in Python's
    `surrogateescape`. An empty text is one unknown token, or an empty row if the vocabulary has none.
    """

    output: Output = "ids"
    stem = None

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
        if isinstance(texts, LongTexts):
            encoded = in_parts.encoded(texts, progress, self.options.parts_of, self.rows, self.vocabulary.unknown)
            return encoded.first(self.options.max_length)
        return encoded_by_chunk(texts, progress, self._cut_rows, shared=False)  # `tokenizers` has its own threads

    def decode(self, ids: Iterable[int]) -> str:
        """The text. Invalid bytes, which only a model can generate, become U+FFFD."""
        return self.bytes_of(ids).decode("utf-8", errors="replace")

    def bytes_of(self, ids: Iterable[int]) -> bytes:
        """The text as UTF-8. A character may begin in one id and end in the next: to show a text while it is generated,
        pass the bytes of each id to one incremental decoder."""
        return b"".join(map(_to_bytes, self.vocabulary.tokens_of(ids)))

    @cached_property
    def character_counts(self) -> np.ndarray:
        """How many characters begin in each id: all bytes but continuation bytes (RFC 3629, section 3)."""
        first_bytes = [sum(byte & 0xC0 != 0x80 for byte in token) for token in self._bytes]
        return np.array([0 if name == PADDING else 1 for name in self.vocabulary.specials] + first_bytes, np.int64)

    def _cut_rows(self, texts: Sequence[str]) -> Encoded:
        rows = self.rows(texts)
        if self.vocabulary.unknown is not None:
            rows = never_empty(rows, self.vocabulary.unknown)
        return Encoded(rows).first(self.options.max_length)

    def rows(self, texts: Sequence[str]) -> Ragged:
        """All ids of each text; the row of an empty text is empty.

        A text is cut before white space that follows a word, across which no subword reaches: a million characters have
        180,000 pieces, 25,000 of them different, and each of those is encoded once.
        """
        numbers = _Numbering()
        numbered = [
            np.fromiter((numbers[piece[0]] for piece in _PIECE.finditer(self.options.standardized(text))), np.int32)
            for text in texts
        ]
        encoded = self._encoded(list(numbers)).gather(np.concatenate([np.empty(0, np.int32), *numbered]))
        return Ragged(encoded.values, encoded.offsets[offsets_of(np.array([len(row) for row in numbered], np.int64))])

    def tokenizer_json(self) -> str:
        """The tokenizer as the package `tokenizers` writes and reads it, with ids from 0 and a decoder."""
        from tokenizers import Tokenizer, decoders

        copy = Tokenizer.from_str(self._tokenizer.to_str())
        copy.decoder = decoders.ByteLevel()
        written: str = copy.to_str()
        return written

    def _encoded(self, pieces: list[str]) -> Ragged:
        rows: list[list[int]] = []
        for first in range(0, len(pieces), _PIECES_AT_ONCE):
            encodings = self._tokenizer.encode_batch_fast(pieces[first : first + _PIECES_AT_ONCE])
            rows += [encoding.ids for encoding in encodings]
        encoded = Ragged.from_rows(rows)
        return Ragged(encoded.values + np.int32(len(self.vocabulary.specials)), encoded.offsets)

    @cached_property
    def _tokenizer(self) -> Tokenizer:
        """Merges two neighbors if that makes a token, the earliest token first.

        So no list of merges is saved with the vocabulary. GPT-2's successors are decoded in the same way (by the
        package tiktoken), with the same result as in training unless a token was made in more than one way.
        """
        from tokenizers import Tokenizer, models

        letters = [token.decode("latin-1").translate(_LETTERS) for token in self._bytes]
        ids = {token: index for index, token in enumerate(letters)}
        pairs = ((token[:end], token[end:]) for token in letters for end in range(1, len(token)))
        merges = [pair for pair in pairs if pair[0] in ids and pair[1] in ids]
        tokenizer = Tokenizer(models.BPE(vocab=ids, merges=merges))
        tokenizer.pre_tokenizer = _split_into_words()
        return tokenizer


class _Numbering(dict[str, int]):
    """Numbers distinct texts in the order in which they are first looked up."""

    def __missing__(self, text: str) -> int:
        self[text] = number = len(self)
        return number


def _trained(size: int, texts: Iterable[str]) -> tuple[str, ...]:
    """Up to `size` tokens: the single bytes, then the merged ones in the order in which they were made."""
    from tokenizers import Tokenizer, models, pre_tokenizers, trainers

    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = _split_into_words()
    trainer = trainers.BpeTrainer(
        vocab_size=size,
        min_frequency=MIN_COUNT,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator((portion for text in texts for portion in _portions(text)), trainer)
    ids = tokenizer.get_vocab()
    merged = [token.translate(_BYTES) for token in sorted(ids, key=ids.__getitem__) if len(token) > 1]
    single = [chr(byte) for byte in range(BYTES)]
    return tuple(token.encode("latin-1").decode("utf-8", errors="surrogateescape") for token in single + merged)


def _split_into_words() -> PreTokenizer:
    """GPT-2's rule (Radford et al. 2019): a word with the space before it; runs of digits, symbols, white space."""
    from tokenizers import pre_tokenizers

    return pre_tokenizers.ByteLevel(add_prefix_space=False)


def _portions(text: str) -> Iterator[str]:
    """The text in parts with the same counts as the whole: the package needs about fifty bytes per character."""
    start = 0
    while boundary := _WORD_START.search(text, start + _PORTION):
        yield text[start : boundary.start()]
        start = boundary.start()
    yield text[start:]


def _bytes_of(vocabulary: Vocabulary) -> list[bytes]:
    """The bytes of each token. Raises DataError for a vocabulary of another vectorizer."""
    try:
        tokens = list(map(_to_bytes, vocabulary.tokens))
    except UnicodeEncodeError:
        tokens = []
    if len(set(tokens)) < len(tokens) or [bytes([byte]) for byte in range(BYTES)] != tokens[:BYTES]:
        raise DataError("this is not a vocabulary of subwords: restore it from a copy, or train again")
    return tokens


def _to_bytes(token: str) -> bytes:
    return token.encode("utf-8", errors="surrogateescape")
