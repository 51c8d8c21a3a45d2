"""Values of a config and the location of each in its source."""

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
"""The name of the source of values from the command line."""


def dotted(path: KeyPath) -> str:
    return ".".join(map(str, path))


def paths_of(value: Any, path: KeyPath = ()) -> Iterator[KeyPath]:
    """The paths of a value and of all values in it."""
    yield path
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, item in items:
        yield from paths_of(item, (*path, step))


@dataclass(frozen=True)
class Source:
    """The text that values were read from: a file, a command-line argument, or nothing for a dict from Python."""

    name: str
    text: str | None = None
    is_file: bool = False

    @cached_property
    def _line_starts(self) -> list[int]:
        return [0, *(found.end() for found in LINE_BREAK.finditer(self.text or ""))]

    def line(self, index: int) -> int:
        """The line, from 1, of the character at `index`."""
        return bisect_right(self._line_starts, index)

    def problem(self, index: int, path: KeyPath, message: str) -> Problem:
        """A problem at the character `index`."""
        message = " ".join(message.splitlines())
        if self.text is None:
            return Problem(self.name, None, None, dotted(path), message, "")
        line = self.line(index)
        start = self._line_starts[line - 1]
        source_line = LINE_BREAK.split(self.text[start:], maxsplit=1)[0]
        return Problem(self.name, line if self.is_file else None, index - start + 1, dotted(path), message, source_line)


@dataclass(frozen=True)
class SourceLocation:
    """The indices of the first characters of a key and its value in the source's text; equal for items of a list."""

    source: Source
    key: int = 0
    value: int = 0

    @property
    def on_command_line(self) -> bool:
        return self.source.name == COMMAND_LINE

    @property
    def origin(self) -> str:
        """`file:line`, or the name of a source that is not a file."""
        return f"{self.source.name}:{self.source.line(self.value)}" if self.source.is_file else self.source.name


@dataclass
class Document:
    """A tree of plain values, the location of each, and the problems found so far.

    Mutable: overrides are written into it before it is checked.
    """

    value: Any
    locations: dict[KeyPath, SourceLocation]
    problems: list[Problem] = field(default_factory=list)

    def location(self, path: KeyPath) -> SourceLocation:
        """The location of the value, or of the innermost value around it that has one."""
        while path not in self.locations:
            path = path[:-1]
        return self.locations[path]

    def add_problem(self, path: KeyPath, message: str, *, at_key: bool = False) -> None:
        location = self.location(path)
        self.problems.append(location.source.problem(location.key if at_key else location.value, path, message))

    def replace(self, path: KeyPath, value: Any, locations: dict[KeyPath, SourceLocation]) -> None:
        """Set the value at `path`, with the locations of all values in it; the value around it must exist."""
        kept = {old: location for old, location in self.locations.items() if old[: len(path)] != path}
        self.locations = kept | locations
        self.at(path[:-1])[path[-1]] = value

    def at(self, path: KeyPath) -> Any:
        """The value at `path`, or None."""
        value = self.value
        for step in path:
            exists = step in value if isinstance(value, dict) else isinstance(value, list) and step in range(len(value))
            if not exists:
                return None
            value = value[step]
        return value
