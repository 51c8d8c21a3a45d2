"""Joins words and punctuation marks to a text, with spaces placed as in the texts they were split from.

Where the spaces go is learned, so that no language needs rules of its own.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from seqlab.text.character_classes import is_punctuation

Attachment = Literal["apart", "left", "right", "both", "paired"]
"""The neighbors that a punctuation mark is written next to, without a space. Paired: the right one and the left one in
turn, as for straight quotation marks."""

PAIRED_SHARE = (0.25, 0.75)
"""A mark is paired if it is attached to its left neighbor in such a share of its occurrences, and to its right one
too."""


@dataclass(frozen=True)
class Detokenizer:
    """The attachment of each punctuation mark; all other tokens are apart."""

    attachments: Mapping[str, Attachment]

    @classmethod
    def learn(cls, texts: Iterable[str], split: Callable[[str], Sequence[str]]) -> Detokenizer:
        """`split` returns the words and marks of a text, each as it is written there."""
        occurrences: Counter[tuple[str, str]] = Counter()
        attached: Counter[tuple[str, str]] = Counter()
        for text in texts:
            for (word, touching), (following, _) in pairwise(_located(text, split(text))):
                near = ("left", following) if is_mark(following) else ("word", word)
                for side in (near, ("right", word)):
                    occurrences[side] += 1
                    attached[side] += touching
        share = {side: attached[side] / count for side, count in occurrences.items()}
        marks = sorted({word for _, word in occurrences if is_mark(word)})
        sides = ("left", "right", "word")
        return cls({mark: _attachment(*(share.get((side, mark), 0.0) for side in sides)) for mark in marks})

    def detokenize(self, words: Iterable[str]) -> str:
        text, touching, opened = "", True, Counter[str]()
        for word in words:
            attachment = self.attachments.get(word, "apart")
            if attachment == "paired":
                opened[word] += 1
                attachment = "right" if opened[word] % 2 else "left"
            touching = touching or attachment in ("left", "both")
            text += word if touching else f" {word}"
            touching = attachment in ("right", "both")
        return text


def is_mark(word: str) -> bool:
    """Whether it is a single punctuation mark."""
    return len(word) == 1 and is_punctuation(word)


def _located(text: str, words: Sequence[str]) -> list[tuple[str, bool]]:
    """Each word, and whether the next one follows without a space. A word that is not in the text ends the list."""
    located, position = [], 0
    for word, following in pairwise([*words, ""]):
        start = text.find(word, position)
        if start < 0:
            break
        position = start + len(word)
        located.append((word, text.startswith(following, position)))
    return located


def _attachment(left: float, right: float, word: float) -> Attachment:
    """From the share of occurrences in which a mark is attached to its left neighbor, its right one, and a right one
    that is a word: a question mark before a closing quotation mark tells nothing about the next sentence."""
    low, high = PAIRED_SHARE
    if low < left < high and low < right < high:
        return "paired"
    if left >= 0.5:
        return "both" if word >= 0.5 else "left"
    return "right" if word >= 0.5 else "apart"
