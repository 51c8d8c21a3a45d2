"""Where the tokens of a text are in the raw text, as far as that can be said for sure."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

Spans = Sequence[tuple[int, int]]
"""First character, and the one after the last, of each token."""


def spans_of_words(text: str, words: Sequence[str], words_of: Callable[[str], list[str]]) -> Spans | None:
    """The places of words that were standardized and split: `words_of`. None if they are not those of the parts of the
    text between white space, each on its own: of tags, for example, which reach across it."""
    found: list[str] = []
    spans: list[tuple[int, int]] = []
    for part in re.finditer(r"\S+", text):
        if len(found) >= len(words):
            break
        inside = words_of(part[0])
        places = [part.span()] if len(inside) == 1 else _places(part[0], inside, part.start())
        if places is None:
            return None
        found += inside
        spans += places
    return spans[: len(words)] if found[: len(words)] == list(words) else None


def _places(part: str, words: Sequence[str], first: int) -> Spans | None:
    """Of several words in a part of a text that begins at `first`."""
    lowered, place, spans = part.lower(), 0, []
    if len(lowered) != len(part):
        return None
    for word in words:
        found = lowered.find(word.lower(), place)
        if found < 0:
            return None
        place = found + len(word)
        spans.append((first + found, first + place))
    return spans


def spans_of_pieces(text: str, pieces: Sequence[str]) -> Spans | None:
    """The places of pieces that are the text, or its lower case, one after the other; what is cut off follows."""
    joined = "".join(pieces)
    lowered = text.lower()
    same = text.startswith(joined) or (len(lowered) == len(text) and lowered.startswith(joined))
    if not same:
        return None
    spans, place = [], 0
    for piece in pieces:
        spans.append((place, place + len(piece)))
        place += len(piece)
    return spans
