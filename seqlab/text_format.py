"""How data and numbers are put into what a person reads.

A text may hold an escape sequence, which a terminal obeys, or a change of direction, which shows one text and means
another. All that comes from outside passes through here before a person sees it.
"""

from __future__ import annotations

import re

CONTROL = re.compile(
    "[\x00-\x1f\x7f-\x9f"  # control characters, the beginnings of escape sequences among them
    "\u2028\u2029"  # line and paragraph separators
    "\u202a-\u202e\u2066-\u2069"  # direction overrides, which can show one text and mean another
    "\ufeff\ud800-\udfff]"  # byte order mark; surrogates, which no encoding can write
)


def visible(text: str, keep: str = "") -> str:
    """The text with control characters written as Python would (`\\x1b`, `\\n`), except those in `keep`."""
    return CONTROL.sub(lambda match: match[0] if match[0] in keep else _escaped(match[0]), text)


def quoted(value: object, longest: int = 60) -> str:
    """A value from the data as it may stand in a message: control characters escaped, cut where it is long."""
    shown = repr(value)
    return shown if len(shown) <= longest else f"{shown[:longest]}…"


def counted(number: int, noun: str) -> str:
    """`1 cell`, `2 cells`."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def _escaped(character: str) -> str:
    return character.encode("unicode_escape").decode("ascii")
