"""Problems of a config and their display: location, message, and the line with a caret below it."""

from __future__ import annotations

import textwrap
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from seqlab.errors import RequestError
from seqlab.text_format import masked_credentials

WIDTH = 79
INDENT = "    "


@dataclass(frozen=True)
class Problem:
    """One problem of a config.

    `file` is a file name or "command line". `line` counts from 1 and is None outside files; `column` counts characters
    from 1 and is None if there is no text (a config given as a dict).
    """

    file: str
    line: int | None
    column: int | None
    path: str
    message: str
    source_line: str

    def __str__(self) -> str:
        where = [self.file]
        if self.line is not None:
            where += [str(self.line), str(self.column)]
        head = ": ".join(part for part in (":".join(where), self.path, self.message) if part)
        block = textwrap.wrap(
            visible(head), WIDTH, subsequent_indent=INDENT, break_long_words=False, break_on_hyphens=False
        )
        if self.column is not None:
            block += [INDENT + line for line in excerpt(masked_credentials(self.source_line), self.column - 1)]
        return "\n".join(block)


class ConfigError(RequestError):
    """An invalid config. Carries all of its problems."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = list(problems)
        super().__init__("\n".join(map(str, self.problems)))


def excerpt(line: str, column: int, width: int = WIDTH - len(INDENT)) -> tuple[str, str]:
    """A displayable version of the line, cut around `column` if it is too long, and a line with a caret.

    Control characters, direction overrides, tabs and unusual spaces are escaped. The caret position accounts for
    characters that fill two terminal columns.
    """
    cells = [visible(character) for character in line]
    widths = [sum(map(_columns, cell)) for cell in cells]
    first, last = _window(widths, column, width - 2)
    before, after = "…" * (first > 0), "…" * (last < len(cells))
    text = before + "".join(cells[first:last]) + after
    return text.rstrip(), " " * (len(before) + sum(widths[first:column])) + "^"


def visible(text: str) -> str:
    """The text with every non-printable character escaped, including unusual spaces."""
    return "".join(_escaped(character) for character in text)


def _escaped(character: str) -> str:
    return character if character.isprintable() else character.encode("unicode_escape").decode("ascii")


def _columns(character: str) -> int:
    """Number of terminal columns that the character fills."""
    if unicodedata.category(character) in ("Mn", "Me"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in ("W", "F") else 1


def _window(widths: Sequence[int], column: int, room: int) -> tuple[int, int]:
    """First and last (exclusive) character to display: the whole line if it fits, else a window around `column`."""
    if sum(widths) <= room:
        return 0, len(widths)
    first = last = column
    used = 0
    while first > 0 and used + widths[first - 1] <= room // 2:
        first -= 1
        used += widths[first]
    while last < len(widths) and used + widths[last] <= room:
        used += widths[last]
        last += 1
    return first, last
