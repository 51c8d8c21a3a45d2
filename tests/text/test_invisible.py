"""Characters that cannot be seen: a word with them is the same word, unless its script needs them."""

import unicodedata

import pytest
from emoji_sequences import MARKED
from hypothesis import given
from hypothesis import strategies as st

from seqlab.text.invisible import FORMATS
from seqlab.text.words import Words

INVISIBLE = "\u200b\u2060\ufeff\u180e\u034f\u200d\u200c\u200e\u200f\xad\u061c\u202a\u202c\u2066\u2069"
OPTIONS = [{}, {"standardize": "html"}, {"standardize": "lower"}, {"standardize": "lower", "split": "punctuation"}]


def words(text, **options):
    return Words(**options).preprocessor()(text).split()


@pytest.mark.parametrize("options", OPTIONS)
@given(data=st.data())
def test_anywhere_in_a_latin_text_they_change_nothing(options, data):
    letters = "not bad at all"
    marks = st.text(INVISIBLE, max_size=3)
    text = "".join(data.draw(marks) + letter for letter in letters) + data.draw(marks)
    assert words(text, **options) == letters.split()


@pytest.mark.parametrize("options", OPTIONS)
@given(text=st.text(INVISIBLE))
def test_nothing_is_left_of_a_text_of_them(options, text):
    assert words(text, **options) == []


@pytest.mark.parametrize("options", OPTIONS)
@pytest.mark.parametrize(
    "word",
    [
        "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645",  # Persian
        "\u0915\u094d\u200d\u0937",  # Hindi
        "\u0d28\u0d4d\u200d",  # Malayalam: a joiner at the end makes a letter of its own
        "\u1826\u200d",  # Mongolian
    ],
)
def test_joiners_of_scripts_that_need_them_are_kept(options, word):
    assert words(f"{word} {word}", **options) == [word, word]


@pytest.mark.parametrize("emoji", MARKED.values())
def test_emoji_are_as_they_were(emoji):
    for options in OPTIONS:
        new, old = (Words(**options).preprocessor(rules)(f"bad {emoji} good") for rules in (3, 2))
        assert new == old


def test_a_zero_width_space_separates_words_that_no_other_space_does():
    thai, chinese = ("\u0e44\u0e17\u0e22", "\u0e14\u0e35"), ("\u6771\u4eac", "\u90fd")
    for parts in (thai, chinese):
        assert words("\u200b".join(parts)) == list(parts)
    assert words("multi\u200bprocessing") == ["multiprocessing"]


def test_earlier_rules_and_exact_options_keep_them():
    text = "ba\xadd \u200b"
    assert Words().preprocessor(rules=2)(text).split() == text.split()
    assert words(text, standardize="none") == text.split()
    assert words(text, keep="[a-z\xad ]") == ["ba\xadd"]


def test_the_characters_are_formats_of_this_version_of_unicode():
    """Except three, which are marks that Unicode ignores (Default_Ignorable_Code_Point)."""
    assigned = [chr(code) for low, high in FORMATS.ranges for code in range(low, high + 1)]
    categories = {each: unicodedata.category(each) for each in assigned}
    assert {each for each, category in categories.items() if category == "Mn"} == set("\u034f\u17b4\u17b5")
    assert set(categories.values()) == {"Cf", "Mn", "Cn"}
    assert [each for each, category in categories.items() if category == "Cn"] == ["\u2065"]
