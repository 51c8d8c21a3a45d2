"""Where spaces stand between words and signs: learned habits and texts that are put together again."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqlab.text import Words
from seqlab.text.detokenizer import IN_TURN, Spacing, is_sign

ENGLISH = [
    "I don't know.",
    'He said, "Don\'t go!"',
    "It's twenty-five, isn't it?",
    "Who? Me? No: you (and Tom) go first.",
    '"Yes," she said.',
    'A "big" dog\'s bone costs $5 here.',
    "Is it late? Yes. It's 100% dark; really.",
]
SPANISH = [
    "¿Qué es eso?",
    "¡Hola! ¿Cómo estás?",
    "—No —dijo él.",
    "Sí. ¡Qué bien! ¿Verdad?",
    "Es «una» casa, ¿no?",
    "Dijo: «¡Basta!».",
    "Oye, ¡qué bien!",
]
split = Words(split="punctuation", standardize="none").spacer()


def words_of(text):
    return split(text).split()


def learned(texts):
    return Spacing.learned(texts, words_of)


@pytest.mark.parametrize("texts", [ENGLISH, SPANISH])
def test_a_text_is_put_together_as_it_was(texts):
    spacing = learned(texts)
    for text in texts:
        assert spacing.joined(words_of(text)) == text


def test_habits_of_english():
    habits = learned(ENGLISH).habits
    assert habits == {
        "!": "left", '"': "paired", "$": "right", "%": "left", "'": "both", "(": "right", ")": "left", ",": "left",
        "-": "both", ".": "left", ":": "left", ";": "left", "?": "left",
    }  # fmt: skip


def test_habits_of_spanish():
    habits = learned(SPANISH).habits
    assert {habits[sign] for sign in "¿¡«—"} == {"right"}
    assert {habits[sign] for sign in "?!».:,"} == {"left"}


def test_of_texts_that_were_not_among_those():
    english, spanish = learned(ENGLISH), learned(SPANISH)
    assert english.joined(words_of("Isn't she Tom's \"little\" sister-in-law?")) == (
        "Isn't she Tom's \"little\" sister-in-law?"
    )
    assert spanish.joined(["¿", "Quién", ",", "yo", "?", "¡", "No", "!"]) == "¿Quién, yo? ¡No!"


def test_a_question_in_quotation_marks_does_not_glue_the_next_sentence():
    """Most question marks that something follows are followed by a quotation mark, right behind them."""
    texts = ['"Who?" he said.', '"Why?" he said.', '"When?" he said.', "Who? Me."]
    assert learned(texts).habits["?"] == "left"
    assert learned(texts).joined(["Why", "?", "No", "."]) == "Why? No."


def test_a_sign_in_turn_opens_and_closes_and_each_sign_counts_alone():
    spacing = Spacing({'"': "paired", "*": "paired", ",": "left"})
    words = ['"', "a", "*", "b", "*", '"', ",", '"', "c", '"', '"']
    assert spacing.joined(words) == '"a *b*", "c" "'


def test_a_sign_that_was_never_seen_stands_apart():
    assert learned(["a b."]).joined(["a", "&", "b", ".", "?"]) == "a & b. ?"


@pytest.mark.parametrize("share", IN_TURN)
def test_a_sign_is_paired_only_between_the_borders(share):
    """Of four places that cling a quarter or three quarters are too few, or too many, for turns."""
    apart = round(4 * (1 - share))
    texts = ["a | b"] * apart + ["a |b"] * (4 - apart)
    assert learned(texts).habits["|"] == ("right" if share > 0.5 else "apart")


def test_nothing_to_learn_from():
    assert learned([]).habits == {}
    assert learned(["", "!", "word", "?"]).habits == {}
    assert learned(["only words here"]).habits == {}
    assert Spacing({}).joined([]) == ""


def test_only_signs():
    spacing = learned(["?!", "...", "a?! b..."])
    assert spacing.joined(["?", "!"]) == "?!"
    assert spacing.joined([".", ".", "."]) == "..."


def test_what_is_a_sign():
    assert [is_sign(word) for word in [".", "¿", "€", "’", "a", "1", "..", "", "[UNK]"]] == [True] * 4 + [False] * 5


def test_words_that_are_not_in_the_text_end_what_is_learned():
    """A stem need not stand in its text."""
    spacing = Spacing.learned(["houses, big."], lambda text: ["hous", ",", "large", "."])
    assert spacing.habits == {",": "apart"}


@given(st.lists(st.text("ab.,¿\"' ", max_size=12), max_size=6), st.text("ab.,¿\"' ", max_size=12))
def test_no_word_is_lost_and_words_stay_apart(texts, text):
    words = words_of(text)
    joined = learned(texts).joined(words)
    assert joined.replace(" ", "") == "".join(words)
    assert joined == joined.strip()
    assert words_of(joined) == words
    assert "  " not in joined
