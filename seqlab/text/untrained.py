"""Tokens that training never had: unknown ones, and ids that no training text was encoded as."""

from __future__ import annotations

import numpy as np

from seqlab.text.vectorizer import FittedVectorizer
from seqlab.text.vocabulary import NO_ID, Vocabulary


def untrained_ids(vocabulary: Vocabulary) -> np.ndarray:
    """The ids of ordinary tokens that occur in no training text, such as single bytes of subwords."""
    return len(vocabulary.specials) + np.flatnonzero(np.asarray(vocabulary.counts) == 0)


def is_untrained(ids: np.ndarray, vocabulary: Vocabulary) -> np.ndarray:
    """For each id of a text whether it is unknown, has no id, or occurs in no training text: a bool array."""
    unknown = NO_ID if vocabulary.unknown is None else vocabulary.unknown
    return np.isin(ids, [NO_ID, unknown, *untrained_ids(vocabulary)])


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
