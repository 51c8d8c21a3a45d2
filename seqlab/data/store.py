"""Prepared data of one split: named columns, flat or ragged, in memory or memory-mapped from disk.

Both are the same class, so that plan, pipeline and evaluation work on data larger than memory.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from seqlab import files
from seqlab.data.array_file import save_array
from seqlab.data.ragged import Ragged
from seqlab.errors import DataError

Column = Ragged | np.ndarray


@dataclass(frozen=True)
class Store:
    """Columns of one length; a ragged column has one row per example."""

    columns: Mapping[str, Column]

    def __len__(self) -> int:
        return len(next(iter(self.columns.values())))

    def __contains__(self, name: str) -> bool:
        return name in self.columns

    def ragged(self, name: str) -> Ragged:
        column = self.columns[name]
        if not isinstance(column, Ragged):
            raise TypeError(f"column '{name}' of the store is flat")
        return column

    def flat(self, name: str) -> np.ndarray:
        column = self.columns[name]
        if isinstance(column, Ragged):
            raise TypeError(f"column '{name}' of the store is ragged")
        return column

    @property
    def size(self) -> int:
        """The examples, or the tokens of a text that is one row."""
        return self._tokens or len(self)

    def part(self, size: int, block: int) -> Store:
        """About so much of it, in memory, on which an evaluation costs as much per example as on all of it.

        Of examples: blocks of `block` of like length, evenly spread over all lengths, because evaluations batch texts
        of like length. Of a text that is one row: its beginning.
        """
        if size >= self.size:
            return self
        if self._tokens:
            beginning = np.array([0, size])
            return Store({name: Ragged(np.asarray(c.values[:size]), beginning) for name, c in self._rows.items()})
        block = min(block, size)
        blocks = size // block
        starts = ((np.arange(blocks) + 0.5) * len(self) / blocks - block / 2).astype(int)
        rows = np.sort(np.argsort(self._lengths, kind="stable")[(starts[:, None] + np.arange(block)).ravel()])
        return Store({name: c.gather(rows) if isinstance(c, Ragged) else c[rows] for name, c in self.columns.items()})

    @property
    def _lengths(self) -> np.ndarray:
        """Ids of each row, (rows,)."""
        ids = [column.lengths for name, column in self._rows.items() if name.endswith("_ids")]
        return np.sum(ids, axis=0) if ids else np.zeros(len(self), np.int64)

    @property
    def _rows(self) -> dict[str, Ragged]:
        return {name: column for name, column in self.columns.items() if isinstance(column, Ragged)}

    @property
    def _tokens(self) -> int:
        """Of a text that is one row, all of whose columns are of its tokens; else 0."""
        lengths = {len(column.values) for column in self._rows.values()}
        is_text = len(self) == 1 and len(self._rows) == len(self.columns) and len(lengths) == 1
        return lengths.pop() if is_text else 0

    def save(self, directory: Path) -> None:
        """Write every column into `directory`, which must exist. Not atomic."""
        kinds = {name: "ragged" if isinstance(c, Ragged) else "flat" for name, c in self.columns.items()}
        for name, column in self.columns.items():
            if isinstance(column, Ragged):
                save_array(directory / f"{name}.values.npy", column.values)
                save_array(directory / f"{name}.offsets.npy", column.offsets)
            else:
                save_array(directory / f"{name}.npy", column)
        files.write_json(directory / "columns.json", kinds)

    @classmethod
    def open(cls, directory: Path) -> Store:
        """Memory-map a saved store. Raises DataError if a file is missing or damaged, OSError if it cannot be read."""
        try:
            kinds = files.read_json(directory / "columns.json")
            return cls({name: _open_column(directory, name, kind) for name, kind in kinds.items()})
        except (FileNotFoundError, ValueError) as error:
            raise DataError(f"the prepared data in {directory} are damaged ({error}); delete that directory") from error


def rows_of(*arrays: np.ndarray, at_once: int = 2**14) -> Iterator[tuple[Any, ...]]:
    """The rows of arrays of one length as plain values, without a list of them all."""
    for start in range(0, len(arrays[0]), at_once):
        yield from zip(*(array[start : start + at_once].tolist() for array in arrays), strict=True)


def _open_column(directory: Path, name: str, kind: str) -> Column:
    if kind == "flat":
        return _open_array(directory / f"{name}.npy")
    return Ragged(_open_array(directory / f"{name}.values.npy"), _open_array(directory / f"{name}.offsets.npy"))


def _open_array(path: Path) -> np.ndarray:
    array: np.ndarray = np.load(path, mmap_mode="r", allow_pickle=False)
    return array
