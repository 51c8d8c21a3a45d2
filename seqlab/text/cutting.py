"""Cuts a text that is larger than memory where its tokens do not notice: the tokens of the parts, one after the other,
are those of the text.

A part ends before a character across which nothing composes (Unicode's normal form C), no word continues and no pattern
matches. A text that has no such place is one part.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator

from seqlab.data.long_text import LongText

ASCII_SPACES = "\t\n\v\f\r\x1c\x1d\x1e\x1f "
"""White space at which preprocessed texts are split into words."""
_ALONE = re.compile("[\t-\r\x1c- 0-9\u3041-\u3096\u30a1-\u30fa\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3]")
"""White space, digits, kana, Chinese and Hangul: they compose with nothing before them, and are no cased letter beside
which a capital sigma would change (SpecialCasing, Final_Sigma)."""
_LETTER = re.compile("[A-Za-z]")
_LETTER_OR_ALONE = re.compile(f"[A-Za-z]|{_ALONE.pattern}")
_TAG = re.compile("(?:<|&lt;)/?[A-Za-z]")
"""The beginning of what may be a tag, in which white space is no end of a word (`HTML` in `tokenize.py`)."""
_BRACKET = re.compile("[<>]")

LastCut = Callable[[str], int]
"""The last position in a text, which begins where it may be cut, at which it may be cut again; 0 if there is none."""


def parts(pieces: Iterable[str], last_cut: LastCut) -> Iterator[str]:
    """The same text in parts that begin where it may be cut; none is empty. What has no place to be cut is looked at
    again when it is twice as long, so that the time is linear."""
    held: list[str] = []
    size, enough = 0, 1
    for piece in pieces:
        held.append(piece)
        size += len(piece)
        if size < enough:
            continue
        text = "".join(held)
        if position := last_cut(text):
            yield text[:position]
            text = text[position:]
            enough = len(text) + 1
        else:
            enough = 2 * size
        held, size = [text], len(text)
    if size:
        yield "".join(held)


class Lines(Collection[str]):
    """A text in parts of whole lines, to be read more than once. A line that is longer than a block is a part."""

    def __init__(self, text: LongText) -> None:
        self._text = text

    def __iter__(self) -> Iterator[str]:
        return parts(self._text.pieces(), lambda text: text.rfind("\n", 0, -1) + 1)

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def __contains__(self, part: object) -> bool:
        return any(part == each for each in self)


def between_characters(text: str) -> int:
    """Where what is before and what follows is composed and lowercased as in the whole text."""
    for position in range(len(text) - 1, 0, -1):
        if _ALONE.match(text, position):
            return position
        if _LETTER.match(text, position) and _LETTER_OR_ALONE.match(text, position - 1):
            return position
    return 0


def before_space(spaces: str, *, outside_tags: bool) -> LastCut:
    """Before white space, of that in `spaces`; `outside_tags`: and where no tag of HTML may be open."""

    def last_cut(text: str) -> int:
        end = len(text)
        while end > 1:
            position = max(text.rfind(space, 1, end) for space in spaces)
            if position < 1:
                return 0
            if not outside_tags or (opened := _open_tag(text, position)) < 0:
                return position
            end = opened
        return 0

    return last_cut if spaces else lambda text: 0


def _open_tag(text: str, position: int) -> int:
    """Where what may be a tag begins that is open at a position; -1 if there is none."""
    opened = max(text.rfind("<", 0, position), text.rfind("&lt;", 0, position))
    if opened <= text.rfind(">", 0, position) or not _TAG.match(text, opened):
        return -1
    following = _BRACKET.search(text, position)
    return -1 if following and following[0] == "<" else opened  # no tag has a `<` in it


def before_space_after_a_word(spaces: re.Pattern[str]) -> LastCut:
    """Before white space that follows something else."""

    def last_cut(text: str) -> int:
        for position in range(len(text) - 1, 0, -1):
            if spaces.match(text, position) and not spaces.match(text, position - 1):
                return position
        return 0

    return last_cut
