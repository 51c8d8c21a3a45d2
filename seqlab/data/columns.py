"""Columns of raw examples that may be larger than memory: sequences whose values are made when they are asked for.

Texts are in a `Spool`, labels are numbers of the few that are different, locations are line numbers. A choice of rows
(a split, a shuffle, the first rows) is a list of row numbers, and copies no text.
"""

from __future__ import annotations

from abc import abstractmethod
from array import array
from collections.abc import Hashable, Iterable, Iterator, Sequence
from itertools import chain, pairwise
from typing import Any, Generic, Self, TypeVar, overload

import numpy as np

from seqlab.data.ragged import offsets_of
from seqlab.data.spool import Spool

T = TypeVar("T")
V = TypeVar("V", bound=Hashable)

PORTION = 2**14
"""Rows that are read together."""
_BUFFERED = 2**20
"""Characters of texts that are written together."""
_READ_AT_ONCE = 2**22
"""Bytes of texts that are read together, unless one has more."""


class Column(Sequence[T]):
    """A sequence of values, equal to any other with the same values."""

    @abstractmethod
    def rows(self, rows: np.ndarray) -> Self:
        """The values of these rows, (rows,) int, in this order."""

    @abstractmethod
    def values(self, start: int, stop: int) -> list[T]:
        """The values from row `start` to row `stop`."""

    @overload
    def __getitem__(self, row: int) -> T: ...
    @overload
    def __getitem__(self, row: slice) -> Self: ...
    def __getitem__(self, row: int | slice) -> T | Self:
        if isinstance(row, slice):
            return self if row == slice(None) else self.rows(np.arange(*row.indices(len(self))))
        row = range(len(self))[row]
        return self.values(row, row + 1)[0]

    def __iter__(self) -> Iterator[T]:
        for start in range(0, len(self), PORTION):
            yield from self.values(start, min(start + PORTION, len(self)))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Sequence) or isinstance(other, str):
            return NotImplemented
        return len(self) == len(other) and all(one == two for one, two in zip(self, other, strict=True))

    def __hash__(self) -> int:
        return id(self)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of {len(self):,} values>"


class Texts(Column[str]):
    """Texts in UTF-8, one after the other; lone surrogates are kept. `offsets`: (texts + 1,) int64; `chosen`: the rows
    that this column has, (rows,); None: all."""

    def __init__(self, content: Spool, offsets: np.ndarray, chosen: np.ndarray | None = None) -> None:
        self._content, self._offsets, self._chosen = content, offsets, chosen

    @classmethod
    def of(cls, texts: Iterable[str]) -> Texts:
        writer = TextsWriter()
        for text in texts:
            writer.append(text)
        return writer.finish()

    def __len__(self) -> int:
        return len(self._offsets) - 1 if self._chosen is None else len(self._chosen)

    def __iter__(self) -> Iterator[str]:
        start = 0
        while start < len(self):
            rows = np.arange(start, min(start + PORTION, len(self)))
            rows = rows if self._chosen is None else self._chosen[rows]
            sizes = np.cumsum(self._offsets[rows + 1] - self._offsets[rows])
            stop = start + max(int(np.searchsorted(sizes, _READ_AT_ONCE, side="right")), 1)
            yield from self.values(start, stop)
            start = stop

    def rows(self, rows: np.ndarray) -> Texts:
        chosen = rows if self._chosen is None else self._chosen[rows]
        return Texts(self._content, self._offsets, _narrow(chosen, len(self._offsets)))

    def values(self, start: int, stop: int) -> list[str]:
        if self._chosen is None:
            return self._adjacent(start, stop)
        rows = self._chosen[start:stop]
        spans = zip(self._offsets[rows].tolist(), self._offsets[rows + 1].tolist(), strict=True)
        read = self._content.read
        return [read(first, end).decode("utf-8", "surrogatepass") for first, end in spans]

    def followed_by(self, other: Texts) -> Texts:
        if other._content is not self._content:
            return Texts.of(chain(self, other))
        both = (np.arange(len(each)) if each._chosen is None else each._chosen for each in (self, other))
        return Texts(self._content, self._offsets, _narrow(np.concatenate(list(both)), len(self._offsets)))

    def _adjacent(self, start: int, stop: int) -> list[str]:
        first = int(self._offsets[start])
        content = self._content.read(first, int(self._offsets[stop]))
        bounds = (self._offsets[start : stop + 1] - first).tolist()
        if content.isascii():
            text = content.decode("ascii")
            return [text[here:end] for here, end in pairwise(bounds)]
        return [content[here:end].decode("utf-8", "surrogatepass") for here, end in pairwise(bounds)]


class TextsWriter:
    """Collects texts."""

    def __init__(self) -> None:
        self._content, self._lengths = Spool(), array("q")
        self._buffer: list[str] = []
        self._buffered = 0

    def __len__(self) -> int:
        return len(self._lengths) + len(self._buffer)

    def append(self, text: str) -> None:
        self._buffer.append(text)
        self._buffered += len(text) + 1
        if self._buffered > _BUFFERED:
            self._flush()

    def finish(self) -> Texts:
        self._flush()
        return Texts(self._content, offsets_of(np.frombuffer(self._lengths, np.int64)))

    def _flush(self) -> None:
        encoded = [text.encode("utf-8", "surrogatepass") for text in self._buffer]
        self._lengths.extend(map(len, encoded))
        self._content.append(b"".join(encoded))
        self._buffer, self._buffered = [], 0


class Coded(Column[V]):
    """Values of which few are different, such as labels. `distinct`: each once; `codes`: (rows,) positions there."""

    def __init__(self, distinct: Sequence[V], codes: np.ndarray) -> None:
        self.distinct, self.codes = distinct, codes

    @classmethod
    def of(cls, values: Iterable[V]) -> Coded[V]:
        writer: CodesWriter[V] = CodesWriter()
        for value in values:
            writer.append(value)
        return writer.finish()

    def __len__(self) -> int:
        return len(self.codes)

    def rows(self, rows: np.ndarray) -> Coded[V]:
        return Coded(self.distinct, self.codes[rows])

    def values(self, start: int, stop: int) -> list[V]:
        return list(map(self.distinct.__getitem__, self.codes[start:stop].tolist()))


class CodesWriter(Generic[V]):
    """Collects values of which few are different."""

    def __init__(self) -> None:
        self._code_of: dict[V, int] = {}
        self._codes = array("i")

    def append(self, value: V) -> None:
        self._codes.append(self._code_of.setdefault(value, len(self._code_of)))

    def finish(self) -> Coded[V]:
        return Coded(list(self._code_of), np.frombuffer(self._codes, np.int32))


class Locations(Column[str]):
    """Where examples are: `name:number`. `numbers`: of lines or rows, (rows,)."""

    def __init__(self, name: str, numbers: np.ndarray) -> None:
        self.name, self.numbers = name, _narrow(numbers, int(numbers.max(initial=0)) + 1)

    def __len__(self) -> int:
        return len(self.numbers)

    def rows(self, rows: np.ndarray) -> Locations:
        return Locations(self.name, self.numbers[rows])

    def values(self, start: int, stop: int) -> list[str]:
        return [f"{self.name}:{number}" for number in self.numbers[start:stop].tolist()]


class Numbers(Column[float]):
    """Numbers (rows,) float64."""

    def __init__(self, numbers: np.ndarray) -> None:
        self.numbers = numbers

    @classmethod
    def of(cls, numbers: Iterable[float]) -> Numbers:
        return cls(np.fromiter(numbers, np.float64))

    def __len__(self) -> int:
        return len(self.numbers)

    def rows(self, rows: np.ndarray) -> Numbers:
        return Numbers(self.numbers[rows])

    def values(self, start: int, stop: int) -> list[float]:
        found: list[float] = self.numbers[start:stop].tolist()
        return found


class Combined(Column[T]):
    """A value made of those of several columns: `combine` receives one of each."""

    def __init__(self, columns: Sequence[Sequence[Any]], combine: Any) -> None:
        self.columns, self._combine = columns, combine

    def __len__(self) -> int:
        return len(self.columns[0])

    def rows(self, rows: np.ndarray) -> Combined[T]:
        return Combined([rows_of(column, rows) for column in self.columns], self._combine)

    def followed_by(self, other: Combined[T]) -> Combined[T]:
        parts = zip(self.columns, other.columns, strict=True)
        return Combined([followed_by(*part) for part in parts], self._combine)

    def values(self, start: int, stop: int) -> list[T]:
        cells = (values_of(column, start, stop) for column in self.columns)
        return [self._combine(row) for row in zip(*cells, strict=True)]


def rows_of(column: Sequence[Any], rows: np.ndarray) -> Sequence[Any]:
    """The values of these rows of a column, or of another sequence."""
    return column.rows(rows) if isinstance(column, Column) else [column[row] for row in rows.tolist()]


def values_of(column: Sequence[Any], start: int, stop: int) -> Sequence[Any]:
    """The values from row `start` to row `stop`."""
    return column.values(start, stop) if isinstance(column, Column) else column[start:stop]


def followed_by(column: Sequence[Any], other: Sequence[Any]) -> Sequence[Any]:
    """The values of both, one after the other."""
    if type(column) is type(other) and hasattr(column, "followed_by"):
        both: Sequence[Any] = column.followed_by(other)
        return both
    match column, other:
        case Coded(), Coded():
            return Coded.of(chain(column, other))
        case Numbers(), Numbers():
            return Numbers(np.concatenate([column.numbers, other.numbers]))
        case Locations(), Locations() if column.name == other.name:
            return Locations(column.name, np.concatenate([column.numbers, other.numbers]))
    texts = isinstance(column, Locations | Texts)
    return Texts.of(chain(column, other)) if texts else [*column, *other]


def transposed(rows: Sequence[Sequence[Any]], width: int) -> Sequence[Sequence[Any]]:
    """The columns of rows of this width."""
    if isinstance(rows, Combined):
        return rows.columns
    return list(zip(*rows, strict=True)) or [()] * width


def coded(column: Sequence[Any]) -> Coded[Any]:
    """A column of few different values as their numbers."""
    return column if isinstance(column, Coded) else Coded.of(column)


def _narrow(numbers: np.ndarray, size: int) -> np.ndarray:
    """Numbers below `size` in as few bytes as they need, of 4 or 8."""
    return numbers.astype(np.int32 if size <= 2**31 else np.int64, copy=False)
