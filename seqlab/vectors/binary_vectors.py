"""Reads word vectors in word2vec's binary format.

A header `words dimensions` and a line end; then for each word its bytes, a space, `dimensions` little-endian float32,
and, as word2vec itself writes it, a line end. Words in Google's published files are cut after some number of bytes, so
that not all of them are UTF-8: what is not is replaced by U+FFFD.
"""

from __future__ import annotations

import re

import numpy as np

from seqlab.text_format import counted, quoted_bytes
from seqlab.vectors.collected import MOST_DIMENSIONS, CollectedVectors
from seqlab.vectors.text_vectors import NUMBER, Header, header_of
from seqlab.vectors.vector_source import VectorSource

FLOAT = np.dtype("<f4")
LONGEST_WORD = 1 << 16
"""Bytes."""
CONTROL = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f]")


def binary_header(start: bytes) -> Header | None:
    """The header, if a file that starts like this is binary word vectors: its second line does not end in a number."""
    line, end, rest = start.partition(b"\n")
    header = header_of(line) if end else None
    if header is None or header.dimensions == 0 or not rest.strip():
        return None
    second = rest.lstrip(b"\r\n").partition(b"\n")[0]
    numbers = second.lstrip().partition(b" ")[2]
    is_text = not CONTROL.search(numbers) and NUMBER.fullmatch((second.split() or [b""])[-1])
    return None if is_text else header


def read_binary(source: VectorSource, header: Header, collected: CollectedVectors) -> int:
    """Add the vectors to `collected`; returns how many words are not UTF-8. Raises DataError.

    Memory grows with what is read, not with what the header promises.
    """
    if header.dimensions > MOST_DIMENSIONS:
        raise source.error(f"the header says {header.dimensions:,} dimensions; there may be {MOST_DIMENSIONS:,}")
    collected.dimensions = header.dimensions
    records = _Records(source, header, collected)
    while records.read < header.words:
        records.take_block()
    if records.content[records.position :].strip(b"\n") or source.read().strip(b"\n"):
        raise source.error(
            f"there is more after the {counted(header.words, 'word')} of {header.dimensions:,} dimensions that its "
            "header says: it is wrong, or the file is damaged; download it again"
        )
    return records.not_utf8


class _Records:
    """The words and vectors of a binary file, a block of bytes after the other."""

    def __init__(self, source: VectorSource, header: Header, collected: CollectedVectors) -> None:
        self.source, self.header, self.collected = source, header, collected
        self.content, self.position = source.read().partition(b"\n")[2], 0
        self.read = self.not_utf8 = 0

    def take_block(self) -> None:
        """Take all whole records of the bytes at hand, then read more. Raises DataError at the end of the file."""
        size, before = self.header.dimensions * FLOAT.itemsize, self.read
        words, vectors = [], []
        while self.read < self.header.words:
            space = self.content.find(b" ", self.position, self.position + LONGEST_WORD)
            end = space + 1 + size
            if space < 0 or end > len(self.content):
                break
            word = self.content[self.position : space].lstrip(b"\n")
            if self.collected.wants(word):
                words.append(word)
                vectors.append(self.content[space + 1 : end])
            self.position, self.read = end, self.read + 1
        self._add(words, b"".join(vectors))
        self.collected.advance(self.read - before)
        if self.read < self.header.words:
            self._read_more(size)

    def _read_more(self, size: int) -> None:
        more = self.source.read()
        left = self.content[self.position :]
        if not more or len(left) > LONGEST_WORD + size:
            ends = "it ends" if not more else "there is no word"
            raise self.source.error(
                f"{ends} after {self.read:,} of the {self.header.words:,} words of {self.header.dimensions:,} "
                "dimensions that its header says: the file is not complete, or the header is wrong; download it again"
            )
        self.content, self.position = left + more, 0

    def _add(self, words: list[bytes], vectors: bytes) -> None:
        matrix = np.frombuffer(vectors, FLOAT).reshape(len(words), self.header.dimensions)
        finite = np.isfinite(matrix).all(axis=1)
        if not finite.all():
            shown = quoted_bytes(words[int(np.argmin(finite))])
            raise self.source.error(f"the vector of {shown} contains a NaN or an infinity: correct or remove it")
        decoded = [word.decode("utf-8", errors="replace") for word in words]
        self.not_utf8 += sum("\ufffd" in word for word in decoded)
        if words:
            self.collected.add(decoded, matrix.astype(np.float32, copy=False))
