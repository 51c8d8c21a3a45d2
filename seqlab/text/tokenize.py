"""From a text to its words, in Python. `tensorflow_encoders.py` does the same in TensorFlow; docs/text.md specifies it.

The order is always: compose (NFC), remove tags, lowercase, remove what cannot be seen, remove other characters, split,
remove stop words, stem.
"""

from __future__ import annotations

import functools
import re
import threading
import unicodedata
from collections.abc import Callable
from typing import Literal

from seqlab.text.character_classes import WHITESPACE, CharacterClass, is_punctuation
from seqlab.text.emoji import MARKED, removed, units
from seqlab.text.invisible import ANY, removals
from seqlab.text.stop_words import ENGLISH
from seqlab.text.vocabulary import NOTHING_INVISIBLE, RULES, WHOLE_EMOJI

Standardize = Literal["none", "lower", "lower_and_strip_punctuation", "html"]
Split = Literal["whitespace", "punctuation", "none"]
Language = Literal[
    "arabic", "armenian", "basque", "catalan", "danish", "dutch", "english", "finnish", "french", "german", "greek",
    "hindi", "hungarian", "indonesian", "irish", "italian", "lithuanian", "nepali", "norwegian", "porter",
    "portuguese", "romanian", "russian", "serbian", "spanish", "swedish", "tamil", "turkish", "yiddish",
]  # fmt: skip
"""The languages that every supported version of snowballstemmer knows."""

LOWERCASING: tuple[Standardize, ...] = ("lower", "lower_and_strip_punctuation", "html")
"""The standardizations that remove capital letters."""
STRIPPING: tuple[Standardize, ...] = ("lower_and_strip_punctuation", "html")
"""The standardizations that remove punctuation."""

HTML: tuple[tuple[str, str], ...] = (
    (r"&lt;", "<"),
    (r"&gt;", ">"),
    (r"</?[A-Za-z][^<>]*>|&nbsp;", " "),
    (r"&(amp|quot|apos);|&?#(34|36|38|39);", ""),
)
"""Patterns and their replacements, applied in this order; the same in `re` and RE2. `&lt;b&gt;` is a tag too (feeds
escape twice), and `#39;` is an apostrophe even where its `&` was lost. Entities of punctuation are removed, as
punctuation itself is."""

_CACHED_STEMS = 2**18


class CharacterMap(dict[int, str | None]):
    """A table for `str.translate` that applies `rule` to each character when it first occurs; None removes it."""

    def __init__(self, rule: Callable[[str], str | None]) -> None:
        super().__init__()
        self.rule = rule

    def __missing__(self, code_point: int) -> str | None:
        value = self[code_point] = self.rule(chr(code_point))
        return value


def composed(text: str) -> str:
    """The text in Unicode's normal form C: `e` + U+0301 becomes `é`. Costs nothing for text that is composed."""
    return unicodedata.normalize("NFC", text)


def standardizer(
    standardize: Standardize, kept: CharacterClass | None, split: Split, rules: int = RULES
) -> Callable[[str], str]:
    """The function that prepares a text for splitting at ASCII white space.

    `kept` replaces the rule for punctuation: these characters are kept, all others are removed. `rules`: those of a
    vocabulary that was learned earlier (`Vocabulary.rules`).
    """
    patterns = [(re.compile(pattern), new) for pattern, new in HTML] if standardize == "html" else []
    lower = standardize != "none"
    characters = CharacterMap(_rule(standardize in STRIPPING, kept, split))
    changes_ascii = any(characters[point] != chr(point) for point in range(128))
    invisible = [(re.compile(pattern), new) for pattern, new in removals("re")] if lower and not kept else []
    if rules < NOTHING_INVISIBLE:
        invisible = []
    with_emoji = _with_emoji(standardize in STRIPPING and not kept, kept, split)

    def standardized(text: str) -> str:
        text = composed(text)
        for pattern, new in patterns:
            text = pattern.sub(new, text)
        if lower:
            text = text.lower()
        if text.isascii():
            return text.translate(characters) if changes_ascii else text
        for pattern, new in invisible if ANY.search(text) else ():
            text = pattern.sub(new, text)
        return with_emoji(text) if rules >= WHOLE_EMOJI and MARKED.search(text) else text.translate(characters)

    return standardized


def _with_emoji(strip: bool, kept: CharacterClass | None, split: Split) -> Callable[[str], str]:
    """The last step of `standardizer` for texts that may have emoji of more than one character: each is removed, or a
    word, as a whole."""
    apart = split == "punctuation"
    characters = CharacterMap(_rule(strip, kept, "whitespace" if apart else split))

    def changed(text: str) -> str:
        if strip:
            text = re.sub(removed("re"), "", text)
        text = text.translate(characters)
        return re.sub(units("re"), r" \g<0> ", text) if apart else text

    return changed


def _rule(strip: bool, kept: CharacterClass | None, split: Split) -> Callable[[str], str | None]:
    """The replacement of each character; None removes it."""

    def rule(character: str) -> str | None:
        removed = character not in kept if kept else strip and is_punctuation(character)
        if removed:
            return None
        if split == "punctuation" and is_punctuation(character):
            return f" {character} "
        return " " if split != "none" and not character.isascii() and character in WHITESPACE else character

    return rule


def standardized_words(words: str | list[str] | None, standardized: Callable[[str], str]) -> frozenset[str]:
    """Stop words as they are in a standardized text: `don't` is `dont` where punctuation is stripped."""
    chosen = ENGLISH if words == "english" else words or ()
    return frozenset(standardized(word).strip() for word in chosen) - {""}


def preprocessor(
    standardized: Callable[[str], str], removed: frozenset[str], stem: Language | None
) -> Callable[[str], str]:
    """The function from a raw text to its words, as one string in which they are separated by ASCII white space."""
    if not removed and not stem:
        return standardized
    stemmed = stemmer(stem) if stem else str

    def preprocessed(text: str) -> str:
        words = (word for word in standardized(text).split() if word not in removed)
        return " ".join(map(stemmed, words))

    return preprocessed


def ngrams_of(preprocessed: str, ngrams: int, *, split: bool) -> list[str]:
    """The words of a preprocessed text in order, then its pairs of neighbors, and so on up to `ngrams` words.

    `split`: false makes one word of a text that is not empty.
    """
    words = preprocessed.split() if split else [preprocessed][: len(preprocessed)]
    widths = range(1, ngrams + 1)
    return [" ".join(words[end - width : end]) for width in widths for end in range(width, len(words) + 1)]


@functools.cache
def stemmer(language: Language) -> Callable[[str], str]:
    """A stem costs about 40 µs, and few words make up most of a text: the most recent stems are cached, for all that
    stem words of this language. A stemmer has a state, so that each thread has its own."""
    import snowballstemmer

    own = threading.local()

    @functools.lru_cache(_CACHED_STEMS)
    def stem(word: str) -> str:
        if not hasattr(own, "stem"):
            own.stem = snowballstemmer.stemmer(language).stemWord
        stemmed: str = own.stem(word)
        return stemmed

    return stem
