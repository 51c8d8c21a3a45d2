"""From a text to its words, in Python. `in_tensorflow.py` does the same in TensorFlow; docs/text.md says it in prose.

The order is always: compose (NFC), take tags out, lowercase, take characters out, split, drop stop words, stem.
"""

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Callable
from typing import Literal

from seqlab.text.character_classes import WHITESPACE, CharacterClass, is_punctuation
from seqlab.text.stop_words import ENGLISH

Standardize = Literal["none", "lower", "lower_and_strip_punctuation", "html"]
Split = Literal["whitespace", "punctuation", "none"]
Language = Literal[
    "arabic", "armenian", "basque", "catalan", "danish", "dutch", "english", "finnish", "french", "german", "greek",
    "hindi", "hungarian", "indonesian", "irish", "italian", "lithuanian", "nepali", "norwegian", "porter",
    "portuguese", "romanian", "russian", "serbian", "spanish", "swedish", "tamil", "turkish", "yiddish",
]  # fmt: skip
"""The languages that every supported version of snowballstemmer knows."""

STRIPS: tuple[Standardize, ...] = ("lower_and_strip_punctuation", "html")
"""The standardizations that leave no punctuation."""

HTML: tuple[tuple[str, str], ...] = (
    (r"&lt;", "<"),
    (r"&gt;", ">"),
    (r"</?[A-Za-z][^<>]*>|&nbsp;", " "),
    (r"&(amp|quot|apos);|&?#(34|36|38|39);", ""),
)
"""Patterns and what they become, one after the other; `re` and RE2 read them alike. `&lt;b&gt;` is a tag too (news
feeds escape twice), `#39;` an apostrophe even where its `&` was lost; what stands for a sign of punctuation vanishes
as the sign itself will."""

_REMEMBERED_STEMS = 2**18


class Translation(dict[int, str | None]):
    """A table for `str.translate` that fills itself from `rule` as characters appear; None takes one out.

    The rule is asked once a character, and no table of all Unicode is ever built.
    """

    def __init__(self, rule: Callable[[str], str | None]) -> None:
        super().__init__()
        self.rule = rule

    def __missing__(self, code_point: int) -> str | None:
        value = self[code_point] = self.rule(chr(code_point))
        return value


def composed(text: str) -> str:
    """The text in Unicode's normal form C: `e` + U+0301 is the one character `é`. Free for text that is so already."""
    return unicodedata.normalize("NFC", text)


def standardizer(standardize: Standardize, kept: CharacterClass | None, split: Split) -> Callable[[str], str]:
    """The function that makes a text ready to be split at ASCII white space.

    `kept`, where given, takes the place of the punctuation rule: these characters stay, all others go.
    """
    patterns = [(re.compile(pattern), new) for pattern, new in HTML] if standardize == "html" else []
    lower = standardize != "none"
    translation = Translation(_rule(standardize in STRIPS, kept, split))
    changes_ascii = any(translation[point] != chr(point) for point in range(128))

    def standardized(text: str) -> str:
        text = composed(text)
        for pattern, new in patterns:
            text = pattern.sub(new, text)
        if lower:
            text = text.lower()
        return text.translate(translation) if changes_ascii or not text.isascii() else text

    return standardized


def _rule(strip: bool, kept: CharacterClass | None, split: Split) -> Callable[[str], str | None]:
    """What becomes of each character; None: it goes."""

    def rule(character: str) -> str | None:
        removed = character not in kept if kept else strip and is_punctuation(character)
        if removed:
            return None
        if split == "punctuation" and is_punctuation(character):
            return f" {character} "
        return " " if split != "none" and not character.isascii() and character in WHITESPACE else character

    return rule


def standardized_words(chosen: str | list[str] | None, standardized: Callable[[str], str]) -> frozenset[str]:
    """Stop words as they look in a standardized text: `don't` is `dont` where apostrophes are stripped."""
    words = ENGLISH if chosen == "english" else chosen or ()
    return frozenset(standardized(word).strip() for word in words) - {""}


def spacer(standardized: Callable[[str], str], dropped: frozenset[str], stem: Language | None) -> Callable[[str], str]:
    """The function from a text to its words with ASCII white space between them: still one string."""
    if not dropped and not stem:
        return standardized
    stemmed = _stemmer(stem) if stem else str

    def spaced(text: str) -> str:
        words = (word for word in standardized(text).split() if word not in dropped)
        return " ".join(map(stemmed, words))

    return spaced


def _stemmer(language: Language) -> Callable[[str], str]:
    """A stem costs some 40 µs, and few words make up most of a text: the stems found last are remembered."""
    import snowballstemmer

    return functools.lru_cache(_REMEMBERED_STEMS)(snowballstemmer.stemmer(language).stemWord)
