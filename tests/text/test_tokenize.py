"""From a text to its words: each option by a known answer."""

from typing import get_args

import numpy as np
import pytest
import snowballstemmer

from seqlab.text import Words
from seqlab.text.stop_words import ENGLISH
from seqlab.text.tokenize import Language
from seqlab.text.vocabulary import Vocabulary


def words(text, **options):
    vectorizer = Words(**options)
    nothing = np.empty(0, np.int64)
    return vectorizer.restore(Vocabulary(vectorizer.specials, (), nothing, nothing, 0)).tokens(text)


@pytest.mark.parametrize(
    ("standardize", "text", "expected"),
    [
        ("none", "It's ÑANDÚ!", ["It's", "ÑANDÚ!"]),
        ("lower", "It's ÑANDÚ!", ["it's", "ñandú!"]),
        ("lower_and_strip_punctuation", "It's ÑANDÚ! ¿Qué? «50 €»", ["its", "ñandú", "qué", "50"]),
        ("lower_and_strip_punctuation", "a<br />b", ["abr", "b"]),
        ("lower_and_strip_punctuation", "ΟΔΟΣ ΣΑΣ.", ["οδος", "σας"]),
        ("html", "good.<br /><br>Bad </b>x<A HREF='y'>z", ["good", "bad", "x", "z"]),
        ("html", "a&nbsp;b AT&amp;T it&#39;s it#39;s &quot;q&quot;", ["a", "b", "att", "its", "its", "q"]),
        ("html", "&lt;b&gt;bold&lt;/b&gt; 3 < 4 > 2 <3 &eacute;", ["bold", "3", "4", "2", "3", "eacute"]),
        ("html", "un<closed", ["unclosed"]),
    ],
)
def test_standardize(standardize, text, expected):
    assert words(text, standardize=standardize) == expected


def test_the_same_letter_written_in_two_ways_is_one():
    assert words("Cafe\u0301") == words("Café") == ["café"]


@pytest.mark.parametrize("space", ["\u0085", "\u2028", "\u00a0", "\u3000", "\r\n", "\t", "\x1f"])
def test_white_space(space):
    assert words(f"one{space}two") == ["one", "two"]


@pytest.mark.parametrize("character", ["\x00", "\x1b", "\ud800", "א", "ف"])
def test_what_is_neither_space_nor_punctuation_stays(character):
    assert words(f"a{character}b c") == [f"a{character}b", "c"]


def test_emoji_are_symbols():
    assert words("fun 👍🏽 day") == ["fun", "day"]
    assert words("fun👍day", standardize="lower", split="punctuation") == ["fun", "👍", "day"]


def test_split_punctuation():
    text = "¿Qué pasa, «Tom»? I don't."
    expected = ["¿", "qué", "pasa", ",", "«", "tom", "»", "?", "i", "don", "'", "t", "."]
    assert words(text, standardize="lower", split="punctuation") == expected


def test_split_none():
    assert words("  Two words! ", split="none") == ["  two words "]
    assert words("!", split="none") == []


def test_keep_takes_the_place_of_the_punctuation_rule():
    tweet = "RT @Anna: #Fun — at 5pm!\nÉté"
    assert words(tweet, keep="[a-z@# ]") == ["rt", "@anna", "#fun", "at", "pmt"]
    assert words(tweet, keep="[a-z@# ]", standardize="none") == ["@nna", "#un", "at", "pmt"]
    assert words("a. b-c", keep=r"[a-z. \-]", split="punctuation") == ["a", ".", "b", "-", "c"]


def test_stop_words():
    assert words("The cat and THE dog", stop_words="english") == ["cat", "dog"]
    assert words("don't stop, Can't", stop_words=["Don't", "can't", "!"]) == ["stop"]
    assert words("The the", standardize="none", stop_words="english") == ["The"]


def test_the_english_list_leaves_negations_and_real_words():
    assert not ENGLISH & {"no", "not", "never", "nor", "without", "ill", "well", "shed", "hell", "good", "like"}
    assert {"the", "and", "of", "it's", "themselves"} <= ENGLISH


def test_stems_come_after_stop_words():
    assert words("The runners were RUNNING", stem="english", stop_words="english") == ["runner", "run"]
    assert words("corriendo", stem="spanish") == ["corr"]


def test_a_stem_that_is_empty_is_no_word():
    assert words("' a", stem="finnish", standardize="lower") == ["a"]


def test_all_languages_are_there():
    assert set(get_args(Language)) <= set(snowballstemmer.algorithms())


def test_a_stem_cannot_be_exported():
    assert Words().not_exportable == ()
    assert Words(stem="german").not_exportable == ("stem: german, because TensorFlow has no Snowball stemmer",)
