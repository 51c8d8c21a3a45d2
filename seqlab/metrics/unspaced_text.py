"""Texts in scripts that put no spaces between words, where a metric cannot count words."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from typing import Literal

Writing = Literal["spaced", "chinese", "japanese", "other"]
"""How words are written: with spaces between them, in Chinese or Japanese, or in another script without spaces."""

_HAN = r"\u2e80-\u2fdf\u3005-\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_KANA = r"\u3041-\u3096\u309d-\u309f\u30a1-\u30fa\u30fc-\u30ff\u31f0-\u31ff\uff66-\uff9f"
# Thai, Lao, Tibetan; Burmese, Khmer, Tai Le, New Tai Lue and Khmer symbols, Tai Tham, Balinese, Javanese and Burmese
# extended, Burmese extended and Tai Viet.
_OTHER = (
    r"\u0e00-\u0e7f\u0e80-\u0eff\u0f00-\u0fff\u1000-\u109f\u1780-\u17ff\u1950-\u19ff\u1a20-\u1aaf\u1b00-\u1b7f"
    r"\ua980-\ua9ff\uaa60-\uaadf"
)
_CHARACTERS = {name: re.compile(f"[{ranges}]") for name, ranges in (("han", _HAN), ("kana", _KANA), ("other", _OTHER))}
_SPACED_WORD = re.compile(rf"[^\W\d_{_HAN}{_KANA}{_OTHER}]+")

FEWEST_KANA = 0.1
"""Share of kana among the characters of Japanese text. Chinese has none, or a quoted few."""

_WORD = re.compile(r"[^\W_](?![\ufe0f\u20e3])")
"""A letter or a digit that is no part of an emoji, as those of keycaps are."""


def share_without_words(texts: Sequence[str]) -> float:
    """The share of texts of only emoji, punctuation and other symbols, among those that are not empty."""
    written = [text for text in texts if text.strip()]
    return sum(not _WORD.search(text) for text in written) / max(len(written), 1)


def writing_of(texts: Collection[str]) -> Writing:
    """How most of the texts are written: by comparing words of spaced scripts with characters of the others."""
    han = kana = other = words = 0
    for text in texts:
        if not text.isascii():
            found = (len(characters.findall(text)) for characters in _CHARACTERS.values())
            han, kana, other = (sum(both) for both in zip((han, kana, other), found, strict=True))
    for text in texts:
        if han + kana + other <= words:
            break
        words += len(_SPACED_WORD.findall(text))
    if han + kana + other <= words:
        return "spaced"
    if other > han + kana:
        return "other"
    return "japanese" if kana >= FEWEST_KANA * (han + kana) else "chinese"


def lengths_of(texts: Sequence[str], writing: Writing) -> list[int]:
    """Length of each text: in words, or in characters without white space where words are not apart."""
    if writing == "spaced":
        return [len(text.split()) for text in texts]
    return [len("".join(text.split())) for text in texts]
