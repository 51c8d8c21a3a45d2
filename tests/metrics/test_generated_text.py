"""Variety and repetition by hand; the longest copied passage against a search through all of them."""

import math

import numpy as np
import pytest
from counted import calls_of
from hypothesis import given
from hypothesis import strategies as st

from seqlab.metrics import generated_text
from seqlab.metrics.generated_text import Passage, described, distinct, longest_copied, repeated


def test_distinct_by_hand():
    words = ["to", "be", "or", "not", "to", "be"]
    assert [distinct([words], n) for n in (1, 2, 3, 4)] == pytest.approx([4 / 6, 4 / 6, 4 / 6, 3 / 6])
    assert distinct(["abab"], 2) == 2 / 4
    assert distinct([words, words], 2) == 4 / 12
    assert distinct([["a"], ["b"]], 2) == 0  # none reaches from one text into the next


def test_repeated_by_hand():
    words = ["to", "be", "or", "not", "to", "be"]
    assert [repeated([words], n) for n in (1, 2, 3, 4)] == pytest.approx([2 / 6, 1 / 5, 0, 0])
    assert repeated(["aaaa"], 2) == pytest.approx(2 / 3)
    assert repeated(["abc", "abc"], 3) == 1 / 2


def test_texts_shorter_than_n():
    assert repeated([["a"], []], 2) != repeated([["a"], []], 2)  # no n-gram, no share
    assert distinct([["a"], []], 2) == 0
    assert math.isnan(distinct([[]], 1))
    assert math.isnan(distinct([], 1))


def in_python(generated, training):
    """All passages, the longest first."""
    for length in range(len(generated), 0, -1):
        for start in range(len(generated) - length + 1):
            text = generated[start : start + length]
            if text in training:
                place = training.index(text)
                return Passage(text, start, place, training[:place].count("\n") + 1)
    return None


@given(st.text("ab\n", max_size=40), st.text("abc\n", max_size=80))
def test_equals_the_search_through_all(generated, training):
    assert longest_copied(generated, training) == in_python(generated, training)


@given(st.data())
def test_a_piece_of_the_training_text_is_found_whole(data):
    training = data.draw(st.text("abcde \n", min_size=1, max_size=200))
    begin = data.draw(st.integers(0, len(training) - 1))
    piece = training[begin : data.draw(st.integers(begin + 1, len(training)))]
    before, after = data.draw(st.text("xyab", max_size=20)), data.draw(st.text("xyab", max_size=20))
    found = longest_copied(before + piece + after, training)
    assert found == in_python(before + piece + after, training)
    assert len(found.text) >= len(piece)


SCENE = "First Citizen:\nBefore we proceed any further, hear me speak.\n\nAll:\nSpeak, speak.\n"


def test_a_planted_passage_and_its_place():
    found = longest_copied("0123 we proceed any further, 9876", SCENE)
    assert found == Passage(" we proceed any further, ", 4, 21, 2)


@pytest.mark.parametrize(
    ("generated", "expected"),
    [
        ("First Cit00", Passage("First Cit", 0, 0, 1)),  # both begin
        ("00Speak, speak.\n", Passage("Speak, speak.\n", 2, 67, 5)),  # both end
        ("peak.\n00", Passage("peak.\n", 0, 55, 2)),
        (SCENE, Passage(SCENE, 0, 0, 1)),
        (SCENE * 2, Passage(SCENE, 0, 0, 1)),
        ("ll", Passage("ll", 0, 63, 4)),
    ],
)
def test_passages_at_the_borders(generated, expected):
    assert longest_copied(generated, SCENE) == expected == in_python(generated, SCENE)


def test_of_equally_long_ones_the_first():
    assert longest_copied("cd ab", "ab.cd.cd") == Passage("cd", 0, 3, 1)


@pytest.mark.parametrize(("generated", "training"), [("", "abc"), ("abc", ""), ("", ""), ("xyz", "abc\n")])
def test_nothing_in_common(generated, training):
    assert longest_copied(generated, training) is None


def test_characters_beyond_the_first_plane():
    assert longest_copied("x😀é\ud800y", "\n😀é\ud800z") == Passage("😀é\ud800", 1, 1, 2)


def test_a_planted_passage_in_a_million_characters():
    rng = np.random.default_rng(0)
    letters = np.array(list("etaoin shrdlu\n"))
    training = "".join(rng.choice(letters, 1_000_000))
    generated = "".join(rng.choice(letters, 1_000)) + training[777_000:777_100] + "".join(rng.choice(letters, 900))
    found, calls = calls_of(lambda: longest_copied(generated, training))
    assert calls < 2_000  # of whole arrays: nothing is called for each character
    assert training[777_000:777_100] in found.text
    assert training.startswith(found.text, found.training_offset)
    assert found.training_line == training[: found.training_offset].count("\n") + 1


def test_one_character_repeated():
    assert longest_copied("b" + "a" * 2_000, "a" * 100_000) == Passage("a" * 2_000, 1, 0, 1)


@given(
    generated=st.lists(st.text("ab\n", max_size=8), max_size=3),
    training=st.text("ab\n", max_size=40),
    size=st.integers(1, 9),
)
def test_the_pieces_of_a_training_text_say_what_the_whole_says(generated, training, size):
    pieces = [training[start : start + size] for start in range(0, len(training), size)]
    assert described(generated, pieces)["longest_copied"] == described(generated, [training])["longest_copied"]
    whole = [longest_copied(text, training) for text in generated]
    assert generated_text._longest_copied_of_pieces(generated, pieces) == whole
