"""Tokens that training never had: unknown ones, and ids that no training text was encoded as."""

from __future__ import annotations

import numpy as np

from seqlab.text.vectorizer import FittedVectorizer
from seqlab.text.vocabulary import NO_ID, Vocabulary


def untrained_ids(vocabulary: Vocabulary) -> np.ndarray:
    """For each id whether it is an ordinary token that occurs in no training text, such as single bytes of subwords:
    (size,) bool."""
    return np.concatenate([np.zeros(len(vocabulary.specials), bool), np.asarray(vocabulary.counts) == 0])


def is_untrained(ids: np.ndarray, vocabulary: Vocabulary) -> np.ndarray:
    """For each id of a text whether it is unknown, has no id, or occurs in no training text: a bool array."""
    unknown = NO_ID if vocabulary.unknown is None else vocabulary.unknown
    return (ids == NO_ID) | (ids == unknown) | chosen(ids, untrained_ids(vocabulary))


def chosen(ids: np.ndarray, which: np.ndarray) -> np.ndarray:
    """For each id of a text whether it is one of those that `which` (size,) bool marks; what has no id is none."""
    found: np.ndarray = (ids >= 0) & which[np.maximum(ids, 0)]
    return found


def are_mostly_untrained(ids: np.ndarray, vocabulary: Vocabulary) -> bool:
    """Whether training never had more than half of the ids of a text: what is said of it is a guess."""
    return bool(2 * is_untrained(ids, vocabulary).sum() > ids.size)


def is_hardly_known(text: str, vectorizer: FittedVectorizer) -> bool:
    """Whether a text has tokens, and training never had more than half of them."""
    ids = np.asarray(vectorizer.encode([text]).ids[0])
    return bool(vectorizer.tokens(text)) and are_mostly_untrained(ids, vectorizer.vocabulary)


def untrained_tokens(text: str, vectorizer: FittedVectorizer) -> list[str]:
    """The different tokens of a text that training never had, in their order.

    A token that is part of a character, as subwords may be, is shown as that character.
    """
    ids = np.asarray(vectorizer.encode([text]).ids[0])
    tokens = vectorizer.tokens(text)  # a text without words has no tokens, and one id
    encoded = [token.encode("utf-8", "surrogateescape") for token in tokens]
    starts = np.cumsum([0, *map(len, encoded)])
    shown = []
    for position in np.flatnonzero(is_untrained(ids, vectorizer.vocabulary)[: len(tokens)]):
        whole = encoded[position].decode("utf-8", "ignore").encode() == encoded[position]
        shown.append(tokens[position] if whole else _character_at(b"".join(encoded), int(starts[position])))
    return list(dict.fromkeys(shown))


def _character_at(data: bytes, position: int) -> str:
    """The character of UTF-8 that a byte is part of (RFC 3629, section 3)."""
    first, last = position, position + 1
    while first > 0 and data[first] & 0xC0 == 0x80:
        first -= 1
    while last < len(data) and data[last] & 0xC0 == 0x80:
        last += 1
    return data[first:last].decode("utf-8", "replace")
