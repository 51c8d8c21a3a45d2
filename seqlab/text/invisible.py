"""Characters that cannot be seen and make no difference to a word, as patterns for Python (`re`) and TensorFlow (RE2).

They are most of Unicode's format characters (category Cf): soft hyphens, byte order marks, marks of direction, and
joiners where nothing joins. A joiner after a letter of a script that needs it, as in Persian and Indic words, belongs
to the word, and one after a symbol to an emoji. Not among them are the format characters with a glyph (U+0600), and
the tags of emoji.
"""

from __future__ import annotations

import functools
import re

from seqlab.text.character_classes import CharacterClass, characters_of
from seqlab.text.emoji import MARKS, Syntax

FORMATS = CharacterClass(
    (
        (0xAD, 0xAD),
        (0x34F, 0x34F),
        (0x61C, 0x61C),
        (0x17B4, 0x17B5),
        (0x180E, 0x180E),
        (0x200B, 0x200B),
        (0x200E, 0x200F),
        (0x202A, 0x202E),
        (0x2060, 0x206F),
        (0xFEFF, 0xFEFF),
        (0xFFF9, 0xFFFB),
        (0x1D173, 0x1D17A),
        (0xE0001, 0xE0001),
    )
)
"""Format characters without a glyph, and the others that are ignored in words: U+034F, U+17B4 and U+17B5."""
JOINERS = CharacterClass(((0x200C, 0x200D),))
"""The zero-width non-joiner and joiner."""
SPACE = CharacterClass(((0x200B, 0x200B),))
"""The zero-width space, which separates words where no other space does."""
JOINING = CharacterClass(
    (
        (0x600, 0xDFF),
        (0x1000, 0x109F),
        (0x1780, 0x18AF),
        (0x1A20, 0x1AAF),
        (0x1B00, 0x1C4F),
        (0x1CD0, 0x1CFF),
        (0xA840, 0xA8FF),
        (0xA980, 0xA9DF),
        (0xAAE0, 0xAAFF),
        (0xABC0, 0xABFF),
        (0xFB50, 0xFDFF),
        (0xFE70, 0xFEFE),
        (0x10A00, 0x10AFF),
        (0x10D00, 0x10FFF),
        (0x11000, 0x11FFF),
        (0x1E900, 0x1E95F),
    )
)
"""Arabic, Syriac, Mongolian and the scripts of South and South-East Asia, whose letters change with a joiner."""
UNSPACED = CharacterClass(
    (
        (0xE00, 0xFFF),
        (0x1000, 0x109F),
        (0x1780, 0x17FF),
        (0x1950, 0x19FF),
        (0x1A20, 0x1AAF),
        (0x3040, 0x30FF),
        (0x3400, 0x9FFF),
        (0xAA60, 0xAADF),
        (0x20000, 0x3FFFF),
    )
)
"""Thai, Lao, Tibetan, Burmese, Khmer, Tai, Chinese and Japanese, which are written without spaces between words."""

ANY = re.compile(CharacterClass((*FORMATS.ranges, *JOINERS.ranges)).re)
"""Matches in every text that `removals` change."""


@functools.cache
def removals(syntax: Syntax) -> tuple[tuple[str, str], ...]:
    r"""Patterns and what replaces them, in this order; `\1` is the first group in `re` and in RE2."""

    def written(characters: CharacterClass) -> str:
        return characters.re if syntax == "re" else characters.re2

    joined = CharacterClass((*JOINING.ranges, *characters_of("S").ranges, *MARKS.ranges, *JOINERS.ranges))
    return (
        (f"({written(UNSPACED)}){written(SPACE)}+", r"\1 "),
        (written(FORMATS), ""),
        (f"(^|[^{written(joined)[1:]}){written(JOINERS)}+", r"\1"),
    )
