"""Rows that cannot be used, reported together: a person mends a file once, not row by row."""

from __future__ import annotations

import bisect
from pathlib import Path

from seqlab.errors import DataError
from seqlab.text_format import counted

SHOWN = 5
"""Rows that a message shows."""


class BadRows:
    """What is wrong with which lines of a file. `unit`: what the numbers count, `line` or `row`."""

    def __init__(self, path: Path, unit: str = "line") -> None:
        self._path, self.unit = path, unit
        self._count = 0
        self._first: list[tuple[int, str]] = []
        self._remedies: dict[str, None] = {}

    def add(self, number: int, problem: str, remedy: str) -> None:
        """Remember one problem of the line with this number, and what to do about it."""
        self._count += 1
        bisect.insort(self._first, (number, problem))
        del self._first[SHOWN:]
        self._remedies[remedy] = None

    def check(self) -> None:
        """Raises DataError if there are bad rows: how many, the first of them, and what to do."""
        if not self._count:
            return
        remedies = "; ".join(self._remedies)
        if self._count == 1:
            (number, problem), *_ = self._first
            location = f"{self._path}:{number}" if self.unit == "line" else f"{self._path}, row {number:,}"
            raise DataError(f"{location}: {problem}; {remedies}")
        shown = [f"  {self.unit} {number:,}: {problem}" for number, problem in self._first]
        more = [f"  and {self._count - SHOWN:,} more"] if self._count > SHOWN else []
        rows = f"{counted(self._count, 'row')} cannot be used, the first is {self.unit} {self._first[0][0]:,}"
        raise DataError("\n".join([f"{self._path}: {rows}", *shown, *more, remedies]))
