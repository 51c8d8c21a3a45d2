"""Tokens by their hash instead of a vocabulary (Weinberger et al. 2009): no token is unknown, and several share an id.

The hash of a token is BLAKE2b (RFC 7693) of its UTF-8 bytes with a digest of 8 bytes, read as a little-endian number;
its bucket is the remainder after division by the number of buckets. It depends on no machine, process or version.
"""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Iterator, Sequence

from seqlab.data.ragged import Ragged
from seqlab.text.tokenize import ngrams_of

_CACHED_HASHES = 2**18


@functools.lru_cache(_CACHED_HASHES)
def hash_of(token: str) -> int:
    """64 bits. Costs about 1 µs; the most recent ones are cached."""
    return int.from_bytes(hashlib.blake2b(token.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "little")


class HashEncoder:
    """Encodes texts as the buckets of their n-grams, like `ngrams.Encoder` with its ids; `first_id`: of bucket 0."""

    def __init__(self, buckets: int, *, ngrams: int, first_id: int, split: bool) -> None:
        self._buckets, self._ngrams, self._first_id, self._split = buckets, ngrams, first_id, split
        self._seen: set[int] = set()

    @property
    def different_tokens(self) -> int:
        """Of all texts that were hashed by `learn`."""
        return len(self._seen)

    def encode(self, texts: Sequence[str]) -> Ragged:
        """One row of ids per text, int32, in the order of `ngrams_of`."""
        return self._rows(self._hashes(texts))

    def learn(self, texts: Sequence[str]) -> Ragged:
        """The same, and count the different tokens."""
        hashes = list(self._hashes(texts))
        for row in hashes:
            self._seen.update(row)
        return self._rows(iter(hashes))

    def _hashes(self, texts: Sequence[str]) -> Iterator[list[int]]:
        return ([hash_of(token) for token in ngrams_of(text, self._ngrams, split=self._split)] for text in texts)

    def _rows(self, hashes: Iterator[list[int]]) -> Ragged:
        return Ragged.from_rows([[self._first_id + each % self._buckets for each in row] for row in hashes])
