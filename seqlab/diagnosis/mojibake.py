"""Text that was decoded in the wrong encoding: UTF-8 read as a single-byte encoding, or bytes that were replaced."""

from __future__ import annotations

import re
import unicodedata

REPLACED = "\ufffd"
"""What decoders write for bytes that they cannot read."""
ENCODINGS = ("windows-1252", "latin-1", "mac-roman", "windows-1251")
"""The encodings that UTF-8 is most often taken for."""
CYRILLIC, FEWEST_OF_CYRILLIC = "windows-1251", 4
"""Its letters are where UTF-8 has its first and second bytes: two of them can be the word that was meant (ЕЁ)."""
_SIGNS = re.compile(r"[\x80-\x84\x86-\x9f]+")
"""Control characters that no text has: signs of windows-1252, such as dashes and quotation marks, read as Latin-1."""
_FOREIGN = re.compile(r"[^\x00-\x7f]{2,}")


def damaged(text: str) -> str | None:
    """The first part of a text that was decoded wrongly; None if there is none."""
    if text.isascii():
        return None
    if REPLACED in text:
        position = text.index(REPLACED)
        return text[max(position - 10, 0) : position + 10]
    found = next((match[0] for match in _FOREIGN.finditer(text) if repaired(match[0])), None)
    return found or (match[0] if (match := _SIGNS.search(text)) else None)


def repaired(part: str) -> str | None:
    """What a run of characters that are not ASCII was before; None if it can be what was meant.

    Bytes of UTF-8 follow rules that ordinary letters seldom do by chance: the run as a whole must be UTF-8, and become
    letters or punctuation as they are common: one of Latin, or two of another alphabet.
    """
    if _SIGNS.fullmatch(part):
        return part.encode("latin-1").decode("windows-1252", "replace")
    for encoding in ENCODINGS:
        if encoding == CYRILLIC and len(part) < FEWEST_OF_CYRILLIC:
            continue
        try:
            before = _bytes(part, encoding).decode("utf-8")
        except UnicodeError:
            continue
        if _plausible(before):
            return before
    return None


def _bytes(part: str, encoding: str) -> bytes:
    """The bytes of the run. What windows-1252 leaves undefined is often read as control characters."""
    if encoding != "windows-1252":
        return part.encode(encoding)
    return b"".join(bytes([ord(each)]) if "\x80" <= each <= "\x9f" else each.encode(encoding) for each in part)


def _plausible(text: str) -> bool:
    """Whether a text may be what was meant: Latin letters, marks and signs, emoji, or several letters of one script."""
    if all(ord(each) < 0x250 or 0x2010 <= ord(each) <= 0x2044 or each in "€™\ufeff" for each in text):
        return not any("\x80" <= each <= "\x9f" for each in text)
    if all(ord(each) >= 0x1F000 for each in text):
        return True
    names = [unicodedata.name(each, "").split(" ")[0] for each in text if each.isalpha()]
    return len(names) > 1 and len(set(names)) == 1
