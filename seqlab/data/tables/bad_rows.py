"""Rows that cannot be used, reported together: a person mends a file once, not row by row."""

from __future__ import annotations

import bisect

from seqlab.errors import DataError
from seqlab.text_format import counted

SHOWN = 5
"""Rows that a message shows."""


class BadRows:
    """What is wrong with which rows of a file. `unit`: what their numbers count, `line` or `row`."""

    def __init__(self, file: object, unit: str = "line") -> None:
        self._file, self._unit = file, unit
        self._count = 0
        self._first: list[tuple[int, str]] = []
        self._remedies: dict[str, None] = {}

    def add(self, number: int, problem: str, remedy: str) -> None:
        """Remember a problem of the row with this number, and what to do about it."""
        self._count += 1
        bisect.insort(self._first, (number, problem), key=lambda row: row[0])
        del self._first[SHOWN:]
        self._remedies[remedy] = None

    def check(self) -> None:
        """Raises DataError if there are bad rows."""
        if self._count:
            raise self.error()

    def error(self) -> DataError:
        """How many bad rows there are, the first of them, and what to do. There must be one."""
        remedies = "; ".join(self._remedies)
        if self._count == 1:
            ((number, problem),) = self._first
            location = f"{self._file}:{number}" if self._unit == "line" else f"{self._file}, row {number:,}"
            return DataError(f"{location}: {problem}; {remedies}")
        heading = f"{counted(self._count, self._unit)} cannot be used, the first is {self._first[0][0]:,}"
        shown = [f"  {self._unit} {number:,}: {problem}" for number, problem in self._first]
        more = [f"  and {self._count - SHOWN:,} more"] if self._count > SHOWN else []
        return DataError("\n".join([f"{self._file}: {heading}", *shown, *more, remedies]))
