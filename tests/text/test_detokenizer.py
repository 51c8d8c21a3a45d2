"""Where spaces stand between words and signs: learned attachments and texts that are put together again."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqlab.text import Words
from seqlab.text.detokenizer import PAIRED_SHARE, Detokenizer, is_mark

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
split = Words(split="punctuation", standardize="none").preprocessor()


def words_of(text):
    return split(text).split()


def learned(texts):
    return Detokenizer.learn(texts, words_of)


@pytest.mark.parametrize("texts", [ENGLISH, SPANISH])
def test_a_text_is_restored(texts):
    detokenizer = learned(texts)
    for text in texts:
        assert detokenizer.detokenize(words_of(text)) == text


def test_attachments_of_english():
    attachments = learned(ENGLISH).attachments
    assert attachments == {
        "!": "left", '"': "paired", "$": "right", "%": "left", "'": "both", "(": "right", ")": "left", ",": "left",
        "-": "both", ".": "left", ":": "left", ";": "left", "?": "left",
    }  # fmt: skip


def test_attachments_of_spanish():
    attachments = learned(SPANISH).attachments
    assert {attachments[mark] for mark in "¿¡«—"} == {"right"}
    assert {attachments[mark] for mark in "?!».:,"} == {"left"}


def test_other_texts():
    english, spanish = learned(ENGLISH), learned(SPANISH)
    assert english.detokenize(words_of("Isn't she Tom's \"little\" sister-in-law?")) == (
        "Isn't she Tom's \"little\" sister-in-law?"
    )
    assert spanish.detokenize(["¿", "Quién", ",", "yo", "?", "¡", "No", "!"]) == "¿Quién, yo? ¡No!"


def test_a_question_in_quotation_marks_does_not_glue_the_next_sentence():
    """Most question marks that something follows are followed by a quotation mark, right behind them."""
    texts = ['"Who?" he said.', '"Why?" he said.', '"When?" he said.', "Who? Me."]
    assert learned(texts).attachments["?"] == "left"
    assert learned(texts).detokenize(["Why", "?", "No", "."]) == "Why? No."


def test_paired_marks_open_and_close_independently():
    detokenizer = Detokenizer({'"': "paired", "*": "paired", ",": "left"})
    words = ['"', "a", "*", "b", "*", '"', ",", '"', "c", '"', '"']
    assert detokenizer.detokenize(words) == '"a *b*", "c" "'


def test_an_unknown_mark_is_apart():
    assert learned(["a b."]).detokenize(["a", "&", "b", ".", "?"]) == "a & b. ?"


@pytest.mark.parametrize("share", PAIRED_SHARE)
def test_a_mark_is_paired_only_between_the_bounds(share):
    """A mark attached in one or three of four occurrences is not paired."""
    apart = round(4 * (1 - share))
    texts = ["a | b"] * apart + ["a |b"] * (4 - apart)
    assert learned(texts).attachments["|"] == ("right" if share > 0.5 else "apart")


def test_nothing_to_learn_from():
    assert learned([]).attachments == {}
    assert learned(["", "!", "word", "?"]).attachments == {}
    assert learned(["only words here"]).attachments == {}
    assert Detokenizer({}).detokenize([]) == ""


def test_only_marks():
    detokenizer = learned(["?!", "...", "a?! b..."])
    assert detokenizer.detokenize(["?", "!"]) == "?!"
    assert detokenizer.detokenize([".", ".", "."]) == "..."


def test_is_mark():
    assert [is_mark(word) for word in [".", "¿", "€", "’", "a", "1", "..", "", "[UNK]"]] == [True] * 4 + [False] * 5


def test_words_that_are_not_in_the_text():
    """A stem need not be in its text."""
    detokenizer = Detokenizer.learn(["houses, big."], lambda text: ["hous", ",", "large", "."])
    assert detokenizer.attachments == {",": "apart"}


@given(st.lists(st.text("ab.,¿\"' ", max_size=12), max_size=6), st.text("ab.,¿\"' ", max_size=12))
def test_no_word_is_lost_and_words_stay_apart(texts, text):
    words = words_of(text)
    joined = learned(texts).detokenize(words)
    assert joined.replace(" ", "") == "".join(words)
    assert joined == joined.strip()
    assert words_of(joined) == words
    assert "  " not in joined
