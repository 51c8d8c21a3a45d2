"""Values and where each of them stands."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from seqlab.config.problems import Problem

KeyPath = tuple[str | int, ...]
"""The keys and list indices that lead to a value: `("training", "epochs")`."""

# YAML's line breaks, which are fewer than those of str.splitlines.
LINE_BREAK = re.compile("\r\n|[\n\r\x85\u2028\u2029]")


COMMAND_LINE = "command line"
"""The name of what was not read from a file."""


def dotted(path: KeyPath) -> str:
    return ".".join(map(str, path))


def paths_of(value: Any, path: KeyPath = ()) -> Iterator[KeyPath]:
    """The paths of a value and of all that is in it."""
    yield path
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, item in items:
        yield from paths_of(item, (*path, step))


@dataclass(frozen=True)
class Source:
    """A text that values were read from: a file, an argument of the command line, or nothing (a dict from Python)."""

    name: str
    text: str | None = None
    is_file: bool = False

    @cached_property
    def _line_starts(self) -> list[int]:
        return [0, *(found.end() for found in LINE_BREAK.finditer(self.text or ""))]

    def line(self, index: int) -> int:
        """The line, from 1, in which the character at `index` stands."""
        return bisect_right(self._line_starts, index)

    def problem(self, index: int, path: KeyPath, message: str) -> Problem:
        """A problem of what stands at `index`."""
        message = " ".join(message.splitlines())
        if self.text is None:
            return Problem(self.name, None, None, dotted(path), message, "")
        line = self.line(index)
        start = self._line_starts[line - 1]
        source_line = LINE_BREAK.split(self.text[start:], maxsplit=1)[0]
        return Problem(self.name, line if self.is_file else None, index - start + 1, dotted(path), message, source_line)


@dataclass(frozen=True)
class Place:
    """Where a key and its value begin: indices of characters in the source's text. A list's item has one for both."""

    source: Source
    key: int = 0
    value: int = 0

    @property
    def typed(self) -> bool:
        """Whether it stands on the command line."""
        return self.source.name == COMMAND_LINE

    @property
    def origin(self) -> str:
        """`file:line`, or the name of what is no file."""
        return f"{self.source.name}:{self.source.line(self.value)}" if self.source.is_file else self.source.name


@dataclass
class Document:
    """A tree of plain values, the place of each, and the problems that reading it met without having to stop.

    The only thing here that changes: overrides are written into it before it is checked.
    """

    value: Any
    places: dict[KeyPath, Place]
    problems: list[Problem] = field(default_factory=list)

    def place(self, path: KeyPath) -> Place:
        """Where the value stands, or the nearest thing around it that was written."""
        while path not in self.places:
            path = path[:-1]
        return self.places[path]

    def add_problem(self, path: KeyPath, message: str, *, at_key: bool = False) -> None:
        place = self.place(path)
        self.problems.append(place.source.problem(place.key if at_key else place.value, path, message))

    def replace(self, path: KeyPath, value: Any, places: dict[KeyPath, Place]) -> None:
        """Put a value, and the places of all that is in it, where `path` leads; what it stands in must be there."""
        self.places = {old: place for old, place in self.places.items() if old[: len(path)] != path} | places
        self.at(path[:-1])[path[-1]] = value

    def at(self, path: KeyPath) -> Any:
        """The value that `path` leads to, or None."""
        value = self.value
        for step in path:
            there = step in value if isinstance(value, dict) else isinstance(value, list) and step in range(len(value))
            if not there:
                return None
            value = value[step]
        return value
