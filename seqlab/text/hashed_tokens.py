"""Tokens by their hash instead of a vocabulary (Weinberger et al. 2009): no token is unknown, and several share an id.

The hash of a token is BLAKE2b (RFC 7693) of its UTF-8 bytes with a digest of 8 bytes, read as a little-endian number;
its bucket is the remainder after division by the number of buckets. It depends on no machine, process or version.
"""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np

from seqlab.data.ragged import Ragged
from seqlab.text.rows import counts_of
from seqlab.text.tokenize import ngrams_of

_CACHED_HASHES = 2**18


@functools.lru_cache(_CACHED_HASHES)
def hash_of(token: str) -> int:
    """64 bits. Costs about 1 µs; the most recent ones are cached."""
    return int.from_bytes(hashlib.blake2b(token.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "little")


@dataclass(frozen=True)
class HashedCounts:
    """The buckets that occur in some texts, how often, and in how many texts: (buckets,) int64 each.

    `hashes`: those of their tokens, each once, uint64.
    """

    buckets: np.ndarray
    counts: np.ndarray
    document_counts: np.ndarray
    hashes: np.ndarray


class HashEncoder:
    """Encodes texts as the buckets of their n-grams, like `ngrams.Encoder` with its ids; `first_id`: of bucket 0."""

    def __init__(self, buckets: int, *, ngrams: int, first_id: int, split: bool) -> None:
        self._buckets, self._ngrams, self._first_id, self._split = buckets, ngrams, first_id, split

    def encode(self, texts: Sequence[str]) -> Ragged:
        """One row of ids per text, int32, in the order of `ngrams_of`."""
        return self._rows(self._hashes(texts))

    def count(self, texts: Sequence[str]) -> HashedCounts:
        """How often the buckets occur, by their ids."""
        hashes = list(self._hashes(texts))
        different = np.fromiter(set(chain.from_iterable(hashes)), np.uint64)
        counts, document_counts = counts_of(self._rows(iter(hashes)), self._first_id + self._buckets)
        buckets = np.flatnonzero(counts)
        return HashedCounts(buckets, counts[buckets], document_counts[buckets], different)

    def _hashes(self, texts: Sequence[str]) -> Iterator[list[int]]:
        return ([hash_of(token) for token in ngrams_of(text, self._ngrams, split=self._split)] for text in texts)

    def _rows(self, hashes: Iterator[list[int]]) -> Ragged:
        return Ragged.from_rows([[self._first_id + each % self._buckets for each in row] for row in hashes])
