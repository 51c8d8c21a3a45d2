"""Running text that may be larger than memory, with the methods of `str` that cutting it into splits needs.

A text is written once, in blocks of about a million characters, and read a block at a time.
"""

from __future__ import annotations

import hashlib
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain

import numpy as np

from seqlab.data.columns import Column
from seqlab.data.spool import Spool

BLOCK = 2**20
"""Characters that are in memory together."""


class _Blocks:
    """Blocks of characters in UTF-8, lone surrogates kept. `starts`: the position of each, and the end of the last."""

    def __init__(self, pieces: Iterable[str]) -> None:
        self._content = Spool()
        self._offsets, self.starts = [0], [0]
        for block in _blocks(pieces):
            self._content.append(block.encode("utf-8", "surrogatepass"))
            self._offsets.append(self._content.size)
            self.starts.append(self.starts[-1] + len(block))

    def __getitem__(self, number: int) -> str:
        content = self._content.read(self._offsets[number], self._offsets[number + 1])
        return content.decode("utf-8", "surrogatepass")

    def overlapping(self, start: int, stop: int) -> range:
        """The numbers of the blocks that have characters from `start` to `stop`."""
        if start >= stop:
            return range(0)
        return range(bisect_right(self.starts, start) - 1, bisect_right(self.starts, stop - 1))


class LongText:
    """A text, or a part of one, without a copy of it. Positions are in characters, as those of `str`."""

    def __init__(self, blocks: _Blocks, start: int, stop: int) -> None:
        self._blocks, self._start, self._stop = blocks, start, stop

    @classmethod
    def of(cls, pieces: Iterable[str]) -> LongText:
        """The text that consists of the pieces, which may have any length."""
        blocks = _Blocks(pieces)
        return cls(blocks, 0, blocks.starts[-1])

    @classmethod
    def joined(cls, texts: Sequence[LongText], between: str) -> LongText:
        """The texts in their order with something between each two; a single one is not copied."""
        if len(texts) == 1:
            return texts[0]
        pieces = (piece for number, text in enumerate(texts) for piece in ([between] * (number > 0), text.pieces()))
        return cls.of(chain.from_iterable(pieces))

    def __len__(self) -> int:
        return self._stop - self._start

    def __str__(self) -> str:
        """All of it, in memory."""
        return "".join(self.pieces())

    def __getitem__(self, part: slice) -> LongText:
        start, stop, _ = part.indices(len(self))
        return LongText(self._blocks, self._start + start, self._start + max(start, stop))

    def pieces(self) -> Iterator[str]:
        """The text in consecutive parts of at most `BLOCK` characters; none of an empty text."""
        for number in self._blocks.overlapping(self._start, self._stop):
            yield self._of_block(number)

    def count(self, character: str, start: int, stop: int) -> int:
        """How often a single character is between two positions."""
        return sum(piece.count(character) for piece in self[start:stop].pieces())

    def find(self, character: str, start: int, stop: int) -> int:
        """The first position of a single character between two positions; -1 if it is not there."""
        for piece in self[start:stop].pieces():
            if (found := piece.find(character)) >= 0:
                return start + found
            start += len(piece)
        return -1

    def rfind(self, character: str, start: int, stop: int) -> int:
        """The last position of a single character between two positions; -1 if it is not there."""
        part = self[start:stop]
        for number in reversed(self._blocks.overlapping(part._start, part._stop)):
            piece = part._of_block(number)
            if (found := piece.rfind(character)) >= 0:
                return max(self._blocks.starts[number], part._start) - self._start + found
        return -1

    def lines(self) -> Iterator[str]:
        """Its lines with their ends, which are LF; of a line that is longer than `BLOCK`, more than one part."""
        rest = ""
        for piece in self.pieces():
            *lines, rest = (rest + piece).split("\n")
            for line in lines:
                yield f"{line}\n"
            if len(rest) > BLOCK:
                yield rest
                rest = ""
        if rest:
            yield rest

    def sha256(self) -> bytes:
        """The digest of the text in UTF-8."""
        digest = hashlib.sha256()
        for piece in self.pieces():
            digest.update(piece.encode("utf-8", "surrogatepass"))
        return digest.digest()

    def _of_block(self, number: int) -> str:
        first = self._blocks.starts[number]
        block = self._blocks[number]
        if first >= self._start and first + len(block) <= self._stop:
            return block
        return block[max(self._start - first, 0) : self._stop - first]


class LongTexts(Column[str]):
    """Long texts as a column, whose values are the whole texts: read `texts` instead."""

    def __init__(self, texts: Sequence[LongText]) -> None:
        self.texts = texts

    @classmethod
    def of(cls, texts: Sequence[str]) -> LongTexts:
        return texts if isinstance(texts, LongTexts) else cls([LongText.of([text]) for text in texts])

    def __len__(self) -> int:
        return len(self.texts)

    def __iter__(self) -> Iterator[str]:
        return map(str, self.texts)

    def rows(self, rows: np.ndarray) -> LongTexts:
        return LongTexts([self.texts[row] for row in rows.tolist()])

    def values(self, start: int, stop: int) -> list[str]:
        return list(map(str, self.texts[start:stop]))

    def followed_by(self, other: LongTexts) -> LongTexts:
        return LongTexts([*self.texts, *other.texts])


def _blocks(pieces: Iterable[str]) -> Iterator[str]:
    """The pieces, joined and cut to blocks; only the last one may be smaller."""
    held: list[str] = []
    size = 0
    for piece in pieces:
        held.append(piece)
        size += len(piece)
        if size >= BLOCK:
            joined = "".join(held)
            whole = size - size % BLOCK
            yield from (joined[start : start + BLOCK] for start in range(0, whole, BLOCK))
            held, size = [joined[whole:]], size - whole
    if size:
        yield "".join(held)
