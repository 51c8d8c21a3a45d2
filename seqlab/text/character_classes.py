"""Sets of characters with the same meaning in Python and in TensorFlow's regular expressions (RE2)."""

from __future__ import annotations

import functools
import re
import sys
import unicodedata
from dataclasses import dataclass

_CHARACTER = r"(\\[^\w\s]|[^\\\[\]])"
_ITEM = re.compile(f"{_CHARACTER}(?:-{_CHARACTER})?", re.DOTALL)
_WHOLE = re.compile(rf"\[(?!\^)((?:{_CHARACTER})+)\]", re.DOTALL)


@dataclass(frozen=True)
class CharacterClass:
    """Code points as closed ranges, written out so that they do not depend on the version of Unicode."""

    ranges: tuple[tuple[int, int], ...]

    def __contains__(self, character: str) -> bool:
        return any(low <= ord(character) <= high for low, high in self.ranges)

    def overlaps(self, other: CharacterClass) -> bool:
        """Whether any character is in both."""
        return any(low <= end and start <= high for low, high in self.ranges for start, end in other.ranges)

    @property
    def re(self) -> str:
        """The class in the syntax of Python's `re`."""
        return "[" + "".join(rf"\U{low:08x}-\U{high:08x}" for low, high in self.ranges) + "]"

    @property
    def re2(self) -> str:
        r"""The class in RE2's syntax: `[\x{61}-\x{7a}\x{20}-\x{20}]`."""
        return "[" + "".join(rf"\x{{{low:x}}}-\x{{{high:x}}}" for low, high in self.ranges) + "]"

    @classmethod
    def parse(cls, pattern: str) -> CharacterClass:
        r"""Parse `[a-z@# ]`: characters and ranges of characters; a backslash escapes a symbol.

        Raises ValueError for anything else, also for named classes (`\w`, `\d`), whose meaning depends on the engine.
        """
        whole = _WHOLE.fullmatch(pattern)
        if not whole:
            raise ValueError(
                rf"{pattern!r} is not a set of characters to keep: write the characters and ranges themselves "
                r"between brackets, such as [a-z@# ], with a backslash before [, ] and \ "
            )
        pairs = [(first[-1], (last or first)[-1]) for first, last in _ITEM.findall(whole[1])]
        for first, last in pairs:
            if first > last:
                raise ValueError(f"the range {first}-{last} in {pattern!r} is empty: write it as {last}-{first}")
        return cls(tuple((ord(first), ord(last)) for first, last in pairs))


WHITESPACE = CharacterClass(
    (
        (0x09, 0x0D),
        (0x1C, 0x20),
        (0x85, 0x85),
        (0xA0, 0xA0),
        (0x1680, 0x1680),
        (0x2000, 0x200A),
        (0x2028, 0x2029),
        (0x202F, 0x202F),
        (0x205F, 0x205F),
        (0x3000, 0x3000),
    )
)
"""The characters at which `str.split()` splits."""


def is_punctuation(character: str) -> bool:
    """Unicode's punctuation and symbols, `[\\p{P}\\p{S}]`: in ASCII the 32 signs, beyond it `¿ ¡ « » ’ … €` too."""
    return unicodedata.category(character)[0] in "PS"


@functools.cache
def characters_of(categories: str) -> CharacterClass:
    """All characters whose general category begins with one of these letters. Costs a tenth of a second, once."""
    ranges: list[tuple[int, int]] = []
    for code_point in range(sys.maxunicode + 1):
        if unicodedata.category(chr(code_point))[0] in categories:
            continues = ranges and ranges[-1][1] == code_point - 1
            low = ranges.pop()[0] if continues else code_point
            ranges.append((low, code_point))
    return CharacterClass(tuple(ranges))


def punctuation() -> CharacterClass:
    """All characters for which `is_punctuation` holds."""
    return characters_of("PS")
