"""Rows of different lengths as one array of values and one of offsets: no padding, ready to be memory-mapped."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice

import numpy as np

from seqlab.data.spool import ArrayWriter, release

_LARGE = 2**28
"""Bytes of an array that is not kept in memory as a whole."""
_BROUGHT_ALONG = 2**16
"""Bytes that Linux maps around one that is read."""
_ENCODED_AT_ONCE = 2**12
"""Texts."""


@dataclass(frozen=True)
class Ragged:
    """Row `i` is `values[offsets[i] : offsets[i + 1]]`.

    `values`: (total,) of any dtype; `offsets`: (rows + 1,) int64, starting at 0. Both may be memory-mapped.
    """

    values: np.ndarray
    offsets: np.ndarray
    _gathered: list[int] = field(default_factory=lambda: [0], init=False, repr=False, compare=False)
    """Rows since memory was last given back."""

    @classmethod
    def from_rows(cls, rows: Sequence[Iterable[int]], dtype: type = np.int32) -> Ragged:
        arrays: list[np.ndarray] = [np.asarray(row, dtype) for row in rows]
        lengths = np.fromiter((len(row) for row in arrays), np.int64, len(arrays))
        return cls(np.concatenate([np.empty(0, dtype), *arrays]), offsets_of(lengths))

    @classmethod
    def from_texts(cls, texts: Iterable[str]) -> Ragged:
        """UTF-8 bytes of each text; lone surrogates are kept. What does not fit into memory is mapped."""
        return cls.joined(_encoded(texts), np.uint8)

    @classmethod
    def joined(cls, parts: Iterable[Ragged], dtype: type = np.int32) -> Ragged:
        """The rows of all parts, one part after the other; what does not fit into memory is mapped."""
        values, lengths = ArrayWriter(dtype), ArrayWriter(np.int64)
        for part in parts:
            values.append(part.values)
            lengths.append(part.lengths)
        return cls(values.finish(), offsets_of(lengths.finish()))

    def parts(self, size: int = 2**14) -> Iterator[Ragged]:
        """Consecutive rows, so many at a time, at least one part; of mapped ones, no part stays in memory."""
        for start in range(0, max(len(self), 1), size):
            offsets = np.asarray(self.offsets[start : start + size + 1])
            yield Ragged(np.asarray(self.values[offsets[0] : offsets[-1]]), offsets - offsets[0])
            release(self.values)

    def __len__(self) -> int:
        return len(self.offsets) - 1

    def __getitem__(self, row: int) -> np.ndarray:
        return self.values[self.offsets[row] : self.offsets[row + 1]]

    def text(self, row: int) -> str:
        return bytes(self[row]).decode("utf-8", errors="surrogatepass")

    @property
    def lengths(self) -> np.ndarray:
        """(rows,) int64."""
        return np.diff(self.offsets)

    def gather(self, rows: np.ndarray) -> Ragged:
        """The given rows, in the given order, in memory. No Python loop: about 0.1 ms for 32 rows of 300."""
        self._release_some(len(rows))
        starts = np.asarray(self.offsets)[rows]
        lengths = np.asarray(self.offsets)[rows + 1] - starts
        offsets = offsets_of(lengths)
        positions = np.arange(offsets[-1]) + np.repeat(starts - offsets[:-1], lengths)
        return Ragged(np.asarray(self.values[positions]), offsets)

    def windows(self, starts: np.ndarray, length: int) -> np.ndarray:
        """`length` values from each of these positions, (starts, length), in memory."""
        self._release_some(len(starts))
        return np.array(self.values[starts[:, None] + np.arange(length)])

    def _release_some(self, rows: int) -> None:
        """Give the memory of a large mapped array back now and then: a row that is read brings its neighbors along."""
        if self.values.nbytes < _LARGE:
            return
        self._gathered[0] += rows
        if self._gathered[0] * _BROUGHT_ALONG > _LARGE:
            self._gathered[0] = 0
            release(self.values)


def _encoded(texts: Iterable[str]) -> Iterator[Ragged]:
    """The bytes of texts in portions."""
    remaining = iter(texts)
    while rows := [text.encode("utf-8", errors="surrogatepass") for text in islice(remaining, _ENCODED_AT_ONCE)]:
        lengths = np.fromiter(map(len, rows), np.int64, len(rows))
        yield Ragged(np.frombuffer(b"".join(rows), np.uint8), offsets_of(lengths))


def offsets_of(lengths: np.ndarray) -> np.ndarray:
    """Lengths (rows,) to offsets (rows + 1,), int64."""
    offsets = np.zeros(len(lengths) + 1, np.int64)
    np.cumsum(lengths, out=offsets[1:])
    return offsets
