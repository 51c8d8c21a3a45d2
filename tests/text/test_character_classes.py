"""Sets of characters: what can be written, and that Python and RE2 mean the same ones."""

import sys

import pytest

from seqlab.text.character_classes import WHITESPACE, CharacterClass, is_punctuation, punctuation

UNICODE = [chr(code_point) for code_point in range(sys.maxunicode + 1)]


def members(character_class):
    return {UNICODE[point] for low, high in character_class.ranges for point in range(low, high + 1)}


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("[a-e@# ]", "abcde@# "),
        ("[-a]", "-a"),
        ("[a-]", "a-"),
        (r"[\[\]\\\^]", r"[]\^"),
        (r"[\--\/]", "-./"),
        ("[é-ë\n]", "éêë\n"),
        ("[a^]", "a^"),
    ],
)
def test_what_can_be_written(written, expected):
    parsed = CharacterClass.parse(written)
    assert members(parsed) == {character for character in UNICODE[:0x250] if character in parsed} == set(expected)


@pytest.mark.parametrize("written", ["", "a-z", "[]", "[^a]", r"[\w]", r"[\d ]", "[a", "[[a]]", r"[a\]", "[a]b", "."])
def test_what_cannot(written):
    with pytest.raises(ValueError, match=r"write the characters and ranges themselves between brackets"):
        CharacterClass.parse(written)


def test_a_range_that_runs_backwards():
    with pytest.raises(ValueError, match="the range z-a in '\\[z-a\\]' is empty: write it as a-z"):
        CharacterClass.parse("[z-a]")


def test_white_space_is_where_python_splits():
    assert members(WHITESPACE) == {character for character in UNICODE if character.isspace()}


def test_punctuation_in_ascii_is_what_keras_strips():
    stripped = {character for character in UNICODE[:128] if character in punctuation()}
    assert stripped == set("!\"#$%&()*+,-./:;<=>?@[\\]^_`{|}~'")


def test_punctuation_beyond_ascii():
    assert all(map(is_punctuation, "¿¡«»“”’…€—・。👍"))
    assert not any(map(is_punctuation, "é́中ñß½\u200d\u00a0\x00"))
    assert members(punctuation()) == set(filter(is_punctuation, UNICODE))
