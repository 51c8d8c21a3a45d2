"""Where a space stands between words and signs of punctuation that were split apart: learned from the texts they were
split in, so that no language has to be known."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from seqlab.text.character_classes import is_punctuation

Habit = Literal["apart", "left", "right", "both", "paired"]
"""Of a sign: to which of its neighbours it clings; paired: to the right one and to the left one in turn, as straight
quotation marks do."""

IN_TURN = (0.25, 0.75)
"""A sign that clings to its left neighbour in such a share of its places, and to its right one in the others, opens and
closes something."""


@dataclass(frozen=True)
class Spacing:
    """The habit of each sign; what is not here stands apart."""

    habits: Mapping[str, Habit]

    @classmethod
    def learned(cls, texts: Iterable[str], split: Callable[[str], Sequence[str]]) -> Spacing:
        """`split`: the words and signs of a text, each of which stands in it as it is."""
        places: Counter[tuple[str, str]] = Counter()
        clings: Counter[tuple[str, str]] = Counter()
        for text in texts:
            for (word, touching), (following, _) in pairwise(_places(text, split(text))):
                near = ("left", following) if is_sign(following) else ("word", word)
                for side in (near, ("right", word)):
                    places[side] += 1
                    clings[side] += touching
        share = {side: clings[side] / count for side, count in places.items()}
        signs = sorted({word for _, word in places if is_sign(word)})
        sides = ("left", "right", "word")
        return cls({sign: _habit(*(share.get((side, sign), 0.0) for side in sides)) for sign in signs})

    def joined(self, words: Iterable[str]) -> str:
        """One text."""
        text, touching, opened = "", True, Counter[str]()
        for word in words:
            habit = self.habits.get(word, "apart")
            if habit == "paired":
                opened[word] += 1
                habit = "right" if opened[word] % 2 else "left"
            touching = touching or habit in ("left", "both")
            text += word if touching else f" {word}"
            touching = habit in ("right", "both")
        return text


def is_sign(word: str) -> bool:
    return len(word) == 1 and is_punctuation(word)


def _places(text: str, words: Sequence[str]) -> list[tuple[str, bool]]:
    """Each word, and whether the next one stands right behind it. What is not found ends the list."""
    found, place = [], 0
    for word, following in pairwise([*words, ""]):
        begin = text.find(word, place)
        if begin < 0:
            break
        place = begin + len(word)
        found.append((word, text.startswith(following, place)))
    return found


def _habit(left: float, right: float, word: float) -> Habit:
    """Of a sign that clings so often to its left and to its right neighbour, and to this one where it is a word: a
    question mark touches the quotation mark behind it, which says nothing of the next sentence."""
    low, high = IN_TURN
    if low < left < high and low < right < high:
        return "paired"
    if left >= 0.5:
        return "both" if word >= 0.5 else "left"
    return "right" if word >= 0.5 else "apart"
