"""What a generated text is like: how varied it is, how much it repeats, and what it copied from the training text."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np


def distinct(texts: Sequence[Sequence[Hashable]], n: int) -> float:
    """Different n-grams per token, over all texts together (Li et al. 2016, section 5.1); nan without a token.

    A text is a sequence of any tokens; a string is one of characters. No n-gram reaches from one text into the next.
    """
    tokens = sum(len(text) for text in texts)
    return len(set(_n_grams(texts, n))) / tokens if tokens else float("nan")


def repeated(texts: Sequence[Sequence[Hashable]], n: int) -> float:
    """Share of the n-grams that had stood in the texts before: 1 − different / all (Welleck et al. 2020, section 6).

    nan where every text is shorter than n.
    """
    n_grams = _n_grams(texts, n)
    return 1 - len(set(n_grams)) / len(n_grams) if n_grams else float("nan")


def _n_grams(texts: Sequence[Sequence[Hashable]], n: int) -> list[tuple[Hashable, ...]]:
    return [n_gram for text in texts for n_gram in zip(*(text[i:] for i in range(n)), strict=False)]


def described(texts: Sequence[str], training: Iterable[str]) -> dict[str, Any]:
    """Distinct and repeated n-grams of words, and the longest passage that stands in the training text, which comes in
    pieces."""
    words = [text.split() for text in texts]
    figures: dict[str, Any] = {f"distinct_{n}_words": distinct(words, n) for n in (1, 2, 3)}
    figures["repeated_4_words"] = repeated(words, 4)
    passages = list(filter(None, _longest_copied_of_pieces(texts, training)))
    longest = max(passages, key=lambda passage: len(passage.text), default=None)
    figures["longest_copied"] = longest and {
        "text": longest.text,
        "offset": longest.training_offset,
        "line": longest.training_line,
    }
    return figures


@dataclass(frozen=True)
class Passage:
    """A passage that stands in the generated and in the training text; offsets count characters, from 0."""

    text: str
    generated_offset: int
    training_offset: int
    training_line: int
    """from 1, as editors count"""


def longest_copied(generated: str, training: str) -> Passage | None:
    """The longest passage of `generated` that stands in `training`; None where they share no character.

    Of equally long ones the first of the generated text, at its first place in the training text. Exact: no passage
    is hashed, see `_Shared`. Time and memory grow with the training text and hardly with the other.
    """
    shared = _shared_characters(_code_points(generated), _code_points(training))
    if not len(shared.places):
        return None
    while len((longer := shared.longer(shared.length)).places):
        shared = longer
    # Twice as long is too long: what lies between is found by halving.
    longest, below, above = shared, 0, shared.length
    while above - below > 1:
        middle = (below + above) // 2
        longer = shared.longer(middle)
        if len(longer.places):
            longest, below = longer, middle
        else:
            above = middle
    start, place = longest.first()
    text = generated[start : start + longest.length]
    return Passage(text, start, place, training.count("\n", 0, place) + 1)


def _longest_copied_of_pieces(texts: Sequence[str], training: Iterable[str]) -> list[Passage | None]:
    """For each generated text its `longest_copied`, with one pass over the training text and a piece of it in memory:
    what lies on the edge of two pieces is looked at with both."""
    found: list[Passage | None] = [None] * len(texts)
    reach = max(map(len, texts), default=0)
    before, offset, line = "", 0, 0
    for piece in training:
        joined = before + piece
        for number, text in enumerate(texts):
            if (here := longest_copied(text, joined)) is not None:
                place, of_line = offset + here.training_offset, line + here.training_line
                here = replace(here, training_offset=place, training_line=of_line)
                found[number] = _longer(found[number], here)
        before = joined[max(len(joined) - reach, 0) :]
        line += joined.count("\n", 0, len(joined) - len(before))
        offset += len(joined) - len(before)
    return found


def _longer(passage: Passage | None, other: Passage) -> Passage:
    """The longer one; of equally long ones the first in the generated text, then the first in the training text."""
    if passage is None:
        return other
    return min(passage, other, key=lambda each: (-len(each.text), each.generated_offset, each.training_offset))


@dataclass(frozen=True)
class _Shared:
    """The passages of one length that stand in both texts, named by numbers: equal passages have equal names.

    A longer passage is named by the pair of the names of its first and of its last part, which may overlap: the
    naming of Karp, Miller and Rosenberg (1972). Few places of a training text are left at a length of 8.
    """

    length: int
    generated: np.ndarray
    """(starts,) int64, the name of the passage that begins there"""
    places: np.ndarray
    """(found,) int64, where in the training text a passage of the generated one begins, in order"""
    names: np.ndarray
    """(found,) int64, its name"""
    size: int
    """of the training text"""

    def longer(self, by: int) -> _Shared:
        """The same for passages longer by at most their length."""
        base = len(self.generated) + 1  # names are below it, and -1 is none
        pairs = self.generated[:-by] * base + self.generated[by:]
        name_at = np.full(self.size + by, -1, np.int32)
        name_at[self.places] = self.names
        follow = name_at[self.places + by]
        places, follow, names = (array[follow >= 0] for array in (self.places, follow, self.names))
        return _named(self.length + by, pairs, places, names * base + follow, self.size)

    def first(self) -> tuple[int, int]:
        """The first start in the generated text whose passage is shared, and its first place in the training text."""
        start = int(np.isin(self.generated, self.names).argmax())
        return start, int(self.places[(self.names == self.generated[start]).argmax()])


def _shared_characters(generated: np.ndarray, training: np.ndarray) -> _Shared:
    return _named(1, generated, np.arange(len(training)), training, len(training))


def _named(length: int, generated: np.ndarray, places: np.ndarray, training: np.ndarray, size: int) -> _Shared:
    """Numbers for the values of `generated`; places whose value in `training` is none of these are left out."""
    values, names = np.unique(generated, return_inverse=True)
    if not len(values):
        return _Shared(length, names, places[:0], names, size)
    found = np.minimum(np.searchsorted(values, training), len(values) - 1)
    equal = values[found] == training
    return _Shared(length, names, places[equal], found[equal], size)


def _code_points(text: str) -> np.ndarray:
    """(characters,) int64; a lone surrogate is a character like any other."""
    return np.frombuffer(text.encode("utf-32-le", errors="surrogatepass"), np.uint32).astype(np.int64)
