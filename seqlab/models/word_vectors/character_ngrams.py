"""The groups of letters of words, hashed to rows of a table as fastText does (Bojanowski et al. 2017)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from seqlab.data.ragged import Ragged, offsets_of


@dataclass(frozen=True)
class CharacterNgrams:
    """Groups of `shortest` to `longest` characters, each in one of `buckets` rows."""

    shortest: int
    longest: int
    buckets: int

    def of(self, word: str) -> list[str]:
        """The groups of `<word>`, whose first and last character mark beginning and end; the marks alone are none."""
        marked = f"<{word}>"
        return [
            marked[start : start + width]
            for start in range(len(marked))
            for width in range(self.shortest, min(self.longest, len(marked) - start) + 1)
            if width > 1 or 0 < start < len(marked) - 1
        ]

    def rows(self, words: Sequence[str]) -> Ragged:
        """The bucket of each group of each word, int32."""
        groups = [self.of(word) for word in words]
        hashes = fnv_1a([group for of_word in groups for group in of_word])
        lengths = np.array([len(of_word) for of_word in groups], np.int64)
        return Ragged((hashes % np.uint32(self.buckets)).astype(np.int32), offsets_of(lengths))


def fnv_1a(texts: Sequence[str]) -> np.ndarray:
    """FNV-1a of the UTF-8 bytes of each text, (texts,) uint32, in fastText's variant: bytes are signed.

    All texts at once, byte by byte: a million groups take half a second.
    """
    encoded = [text.encode("utf-8", "surrogatepass") for text in texts]
    lengths = np.array([len(each) for each in encoded], np.int64)
    table = np.zeros((len(encoded), int(lengths.max(initial=0))), np.int8)
    table[np.arange(table.shape[1]) < lengths[:, None]] = np.frombuffer(b"".join(encoded), np.int8)
    hashes = np.full(len(encoded), 2166136261, np.uint32)
    for position in range(table.shape[1]):
        mixed = (hashes ^ table[:, position].astype(np.uint32)) * np.uint32(16777619)
        hashes = np.where(position < lengths, mixed, hashes)
    return hashes
