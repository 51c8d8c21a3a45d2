"""Formatting of text and numbers for display.

Text from outside may contain escape sequences, which a terminal executes, or direction overrides, which display a
different text than the one stored. All such text is escaped here before it is displayed.
"""

from __future__ import annotations

import codecs
import itertools
import math
import re
from collections.abc import Iterable, Sequence

CONTROL = re.compile(
    "[\x00-\x1f\x7f-\x9f"  # control characters, including the start of escape sequences
    "\u2028\u2029"  # line and paragraph separators
    "\u202a-\u202e\u2066-\u2069"  # direction overrides
    "\ufeff\ud800-\udfff]"  # byte order mark; surrogates, which no encoding can write
)

ZERO_WIDTH = re.compile("[\u00ad\u061c\u180e\u200b\u200e\u200f\u2060-\u2064]")
"""Characters that cannot be seen, without the joiners and variation selectors that scripts and emoji need."""

INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164"
    "\ufe00-\ufe0f\ufeff\uffa0\U000e0000-\U000e0fff]"
)
"""Unicode's characters without a glyph of their own (Default_Ignorable_Code_Point), without those of music."""

_OTHER_BYTES = re.compile(r"(\\\\)|\\udc([89a-f][0-9a-f])")
"""In the `repr` of a text: a backslash, or the escape of a byte that was not UTF-8."""

CREDENTIALS = re.compile(r"(?<=://)[^/?#\s]*@")
"""In the address of a server: a user name, a password, or both."""

NOT_OF_FILES = ("charmap", "idna", "punycode", "raw-unicode-escape", "undefined", "unicode-escape", "utf-7")
"""Encodings of Python that are for domain names, source code or mail headers, or are none: files have other ones."""


def visible(text: str, keep: str = "") -> str:
    """Escape control characters as Python would (`\\x1b`, `\\n`), except those in `keep`."""
    return CONTROL.sub(lambda match: match[0] if match[0] in keep else _escaped(match[0]), text)


def visible_name(name: str) -> str:
    """The same for a label or another name, with characters of no width escaped too: names that differ must look
    different. In running text they have a use: Thai and Khmer separate words by U+200B."""
    return ZERO_WIDTH.sub(lambda match: _escaped(match[0]), visible(name))


def visible_token(token: str) -> str:
    """A token for display. One that begins or ends with white space is quoted: `' '`, `'\\n'`."""
    return repr(token) if token != token.strip() or not token else visible_name(token)


def joined_tokens(tokens: Iterable[str]) -> str:
    """Tokens on one line, separated by bars, because n-grams contain spaces."""
    return " | ".join(map(visible_token, tokens))


def without_invisible(text: str) -> str:
    """The text as it looks: without joiners, marks of direction and other characters that have no glyph."""
    return INVISIBLE.sub("", text)


def quoted(value: object, longest: int = 60) -> str:
    """The `repr` of a value for use in a message: control characters escaped, cut to `longest` characters."""
    text = repr(value)
    return text if len(text) <= longest else f"{text[:longest]}…"


def quoted_bytes(content: bytes) -> str:
    """The same for UTF-8; bytes that are not UTF-8 are escaped (`'caf\\xe9'`)."""
    text = content.decode("utf-8", errors="surrogateescape")
    return _OTHER_BYTES.sub(lambda match: match[1] or f"\\x{match[2]}", quoted(text))


def without_credentials(text: str) -> str:
    """The text with `user:password@` taken out of the addresses in it."""
    return CREDENTIALS.sub("", text)


def masked_credentials(text: str) -> str:
    """The same with an asterisk for each of their characters, so that all others keep their places."""
    return CREDENTIALS.sub(lambda match: "*" * (len(match[0]) - 1) + "@", text)


def counted(number: int, noun: str, plural: str = "") -> str:
    """A number with its noun: `1 cell`, `2 cells`. `plural`: of a noun that needs another ending than s."""
    return f"{number:,} {noun if number == 1 else plural or f'{noun}s'}"


def format_number(value: float) -> str:
    """A number for display: `0.8964`, `12,400`, `3.1e-05`."""
    if not math.isfinite(value):
        return str(value)
    if abs(value) >= 1e16:
        return f"{value:.4g}"
    if abs(value) >= 100:
        return f"{value:,.0f}"
    if value and abs(value) < 1e-3:
        return f"{value:.1e}"
    return f"{value:.4f}"


def number_text(value: float) -> str:
    """A predicted number in the seven digits of its precision, without an exponent up to 16 digits."""
    text = f"{value:.7g}"
    return f"{value:.0f}" if "e" in text and 1 <= abs(value) < 1e16 else text


def number_meant(text: str) -> float | None:
    """The number of a text that people write and YAML does not read: `0,2`, `20%`; also `0.2`. None for others."""
    found = re.fullmatch(r"\s*([+-]?\d*[.,]?\d+)\s*(%?)\s*", text, re.ASCII)
    if found is None:
        return None
    number = float(found[1].replace(",", "."))
    return number / 100 if found[2] else number


def one_of(things: Sequence[str]) -> str:
    """`a`; `a, or b`; `a, b, or c`."""
    *others, last = things
    return f"{', '.join(others)}, or {last}" if others else last


def part_of(number: int, total: int, noun: str) -> str:
    """`1 of 20 cells`."""
    return f"{number:,} of {counted(total, noun)}"


def verb(number: int, one: str, several: str) -> str:
    """The verb for a number of things: `verb(1, "is", "are")` is `is`."""
    return one if number == 1 else several


def natural_key(text: str) -> list[tuple[int, str]]:
    """The key that sorts names as people number them: `a.csv:9` before `a.csv:10`."""
    parts = re.split("([0-9]+)", text)
    digits = (part.lstrip("0") for part in parts[1::2])
    numbers = [(len(each), each) for each in digits]
    keys = [(0, part) for part in parts[::2]]
    return [key for pair in itertools.zip_longest(keys, numbers, fillvalue=(0, "")) for key in pair]


def unix_newlines(text: str) -> str:
    """CRLF and lone CR as LF."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _escaped(character: str) -> str:
    return character.encode("unicode_escape").decode("ascii")


def wrong_encoding(encoding: str) -> str:
    """The message for what is not the name of an encoding of text files; empty for one that is."""
    try:
        if codecs.lookup(encoding).name.replace("_", "-") in NOT_OF_FILES:
            raise LookupError
        b"a".decode(encoding)
    except UnicodeDecodeError:  # one byte is no whole character of UTF-16
        return ""
    except (LookupError, ValueError):
        return f"{quoted(encoding)} is not the name of a text encoding; such as utf-8, windows-1252, utf-16"
    return ""
