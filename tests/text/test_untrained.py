"""Tokens that training never had, of each vectorizer."""

import numpy as np
import pytest

from seqlab.text import Characters, Subwords, Words
from seqlab.text.untrained import is_hardly_known, is_untrained, untrained_ids, untrained_tokens

TEXTS = ["the cat sat", "the café"]


def fitted(options):
    return options.unpadded(options.learn(TEXTS).vocabulary)


@pytest.mark.parametrize(
    ("options", "text", "tokens"),
    [
        (Characters(), "the zoo cafï", ["z", "o", "ï"]),
        (Characters(unknown=True), "zz cat", ["z"]),
        (Characters(lowercase=True), "THE ZOO", ["z", "o"]),
        (Words(), "the dog sat dog", ["dog"]),
        (Words(max_tokens=3), "the cat", ["cat"]),
        (Subwords(size=256), "the zoo", ["z", "o"]),
        (Subwords(size=256), "the cafï", ["ï"]),
        (Subwords(size=256), "漢", ["漢"]),
        (Subwords(size=256), "the cat", []),
        (Words(), "...", []),
    ],
)
def test_are_named_once_and_as_whole_characters(options, text, tokens):
    assert untrained_tokens(text, fitted(options)) == tokens


def test_ids_by_hand():
    """é is the bytes C3 A9, ï is C3 AF: of ï only the second byte is new."""
    subwords = fitted(Subwords(size=256))
    assert untrained_ids(subwords.vocabulary).sum() == 256 - len(set("the cat satthe café".encode()))
    ids = subwords.encode(["ï"]).ids[0]
    assert is_untrained(ids, subwords.vocabulary).tolist() == [False, True]
    assert is_untrained(np.array([-1, 0]), fitted(Characters()).vocabulary).tolist() == [True, False]


@pytest.mark.parametrize(
    ("text", "known"),
    [("the cat", True), ("cat zebra", True), ("cat zebra gnu", False), ("zebra", False), ("...", True)],
)
def test_of_a_text_more_than_half_unknown_hardly_anything_is_known(text, known):
    """Of a text without tokens there is nothing to know."""
    assert is_hardly_known(text, fitted(Words())) is not known
