"""Emoji of more than one character, as patterns for Python (`re`) and TensorFlow (RE2).

They are the emoji sequences of Unicode (UTS 51, section 1.4): a symbol with variation selectors, tags or an enclosing
keycap, and several of them linked by zero-width joiners. Skin tones and regional indicators are symbols themselves, and
a joiner between letters, as in Persian and Indic words, belongs to the word.
"""

from __future__ import annotations

import functools
import re
from typing import Literal

from seqlab.text.character_classes import CharacterClass, characters_of

MARKS = CharacterClass(((0x20E3, 0x20E3), (0xFE0E, 0xFE0F), (0xE0020, 0xE007F)))
"""The enclosing keycap, variation selectors and tags, which are no part of any word."""
JOINER = CharacterClass(((0x200D, 0x200D),))
VARIATION_SELECTOR = CharacterClass(((0xFE0F, 0xFE0F),))
KEYCAP = CharacterClass(((0x20E3, 0x20E3),))
DIGITS = CharacterClass(((0x23, 0x23), (0x2A, 0x2A), (0x30, 0x39)))
INFORMATION = CharacterClass(((0x2139, 0x2139),))
"""The letter `ℹ`. It and the digits are the only characters that are an emoji with marks, and no symbol without."""

MARKED = re.compile(CharacterClass((*JOINER.ranges, *MARKS.ranges)).re)
"""Matches in every text that has an emoji of more than one character."""

Syntax = Literal["re", "re2"]


@functools.cache
def removed(syntax: Syntax) -> str:
    """A pattern that matches whole emoji, for removal: runs of symbols and marks with the joiners between and beside
    them, and letters and digits that marks make an emoji."""
    symbols = CharacterClass((*characters_of("S").ranges, *MARKS.ranges))
    joined = CharacterClass((*symbols.ranges, *JOINER.ranges))
    run = f"{_written(JOINER, syntax)}*{_written(symbols, syntax)}{_written(joined, syntax)}*"
    return f"(?:{_letters(syntax)})|{run}"


@functools.cache
def units(syntax: Syntax) -> str:
    """A pattern that matches one emoji, or one punctuation mark or symbol."""
    marks = f"{_written(MARKS, syntax)}*"
    one = f"{_written(characters_of('PS'), syntax)}{marks}"
    return f"(?:{_letters(syntax)})|{one}(?:{_written(JOINER, syntax)}{one})*"


def _letters(syntax: Syntax) -> str:
    """Keycaps such as `1️⃣`, and `ℹ️`."""
    selector, keycap, digit, information = (
        _written(characters, syntax) for characters in (VARIATION_SELECTOR, KEYCAP, DIGITS, INFORMATION)
    )
    return f"{digit}{selector}?{keycap}|{information}{selector}"


def _written(characters: CharacterClass, syntax: Syntax) -> str:
    return characters.re if syntax == "re" else characters.re2
