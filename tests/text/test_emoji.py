"""Emoji of several characters: removed or kept as a whole, and what only looks like a part of one stays."""

import re

import pytest
from emoji_sequences import MARKED as EMOJI
from emoji_sequences import SYMBOLS
from hypothesis import given
from hypothesis import strategies as st

from seqlab.text import Words
from seqlab.text.emoji import MARKED, removed, units

STRIP = Words().preprocessor()
APART = Words(standardize="lower", split="punctuation").preprocessor()

sequences = st.sampled_from([*EMOJI.values(), *SYMBOLS.values()])
HINDI, HALF_FORM = "\u0915\u094d\u200d\u0937", "\u0915\u094d\u200d"
PERSIAN, SINHALA = "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645", "\u0dc1\u0dca\u200d\u0dbb\u0dd3"


@pytest.mark.parametrize("emoji", [*EMOJI.values(), *SYMBOLS.values()], ids=[*EMOJI, *SYMBOLS])
def test_an_emoji_leaves_nothing(emoji):
    assert STRIP(emoji).split() == []
    assert STRIP(f"bad{emoji}").split() == STRIP(f"{emoji}bad").split() == ["bad"]
    assert STRIP(f"so {emoji}{emoji} b{emoji}ad").split() == ["so", "bad"]


@pytest.mark.parametrize("emoji", EMOJI.values(), ids=EMOJI)
def test_where_punctuation_is_split_off_an_emoji_is_one_word(emoji):
    """A skin tone is a word of its own, as it always was."""
    first, *words, last = APART(f"bad{emoji}good").split()
    assert (first, "".join(words), last) == ("bad", emoji, "good")
    assert len(words) == (2 if "\U0001f3fd" in emoji else 1)


@pytest.mark.parametrize("word", [PERSIAN, HINDI, SINHALA, HALF_FORM, "5", "\u2139"])
@pytest.mark.parametrize("mark", ["", ".", "\u0964", " \u2639\ufe0f"])
def test_joiners_in_words_and_plain_digits_stay(word, mark):
    assert STRIP(word + mark).split() == [word]
    assert APART(word + mark).split()[0] == word


def test_broken_emoji_leave_nothing_either():
    assert STRIP("ok\ufe0f \ufe0f \u20e3 \U0001f469\u200d \u200d\U0001f4bb x").split() == ["ok", "x"]


@given(
    words=st.lists(st.sampled_from(["bad", "good", "5th", "caf\u00e9", PERSIAN, HINDI]), min_size=1),
    emoji=st.lists(sequences).map("".join),
)
def test_words_are_those_of_the_text_without_emoji(words, emoji):
    assert STRIP(" ".join(word + emoji for word in words)).split() == words


@given(st.lists(sequences, min_size=1).map("".join))
def test_the_patterns_cover_every_sequence(emoji):
    assert set(re.sub(removed("re"), "", emoji)) <= {"\u203c"}, "punctuation is removed afterwards"
    assert "".join(match[0] for match in re.finditer(units("re"), emoji)) == emoji


@given(st.text(alphabet=st.characters(exclude_categories=["Cf", "Cs"], exclude_characters="\ufe0e\ufe0f\u20e3")))
def test_texts_without_marks_are_split_as_by_the_first_rules(text):
    assert not MARKED.search(text)
    for options in ({}, {"standardize": "lower", "split": "punctuation"}, {"split": "none"}):
        words = Words(**options)
        assert words.preprocessor()(text) == words.preprocessor(rules=1)(text)


def test_earlier_vocabularies_split_as_they_did():
    assert Words().preprocessor(rules=1)("bad\u2639\ufe0f").split() == ["bad\ufe0f"]
    apart = Words(standardize="lower", split="punctuation").preprocessor(rules=1)
    assert apart("bad\u2639\ufe0f").split() == ["bad", "\u2639", "\ufe0f"]


def test_keep_decides_alone():
    kept = Words(keep="[a-z1\ufe0f ]").preprocessor()
    assert kept("bad\u2639\ufe0f 1\ufe0f\u20e3").split() == ["bad\ufe0f", "1\ufe0f"]
