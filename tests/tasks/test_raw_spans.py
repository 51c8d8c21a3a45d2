"""Where tokens are in the raw text: only where there is no doubt."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqlab.tasks.raw_spans import spans_of_pieces, spans_of_words
from seqlab.text.words import Words

TRAIN = ["a b c , ."]


def shown(text, **options):
    """The tokens and what of the raw text each of them is."""
    vectorizer = Words(**options).learn(TRAIN)
    words = vectorizer.words(text)[: options.get("max_length")]
    spans = spans_of_words(text, words, vectorizer.words)
    return None if spans is None else list(zip(words, (text[start:end] for start, end in spans), strict=True))


def test_a_word_is_where_its_letters_were():
    assert shown("  Don't — go!") == [("dont", "Don't"), ("go", "go!")]
    assert shown("Running RUNS", stem="english") == [("run", "Running"), ("run", "RUNS")]
    assert shown("The cat", stop_words="english") == [("cat", "cat")]


def test_punctuation_is_apart():
    apart = {"standardize": "lower", "split": "punctuation"}
    assert shown("Well, well.", **apart) == [("well", "Well"), (",", ","), ("well", "well"), (".", ".")]


def test_what_is_cut_off_has_no_place():
    assert shown("a b c", max_length=2) == [("a", "a"), ("b", "b")]


@pytest.mark.parametrize("text", ["a <br />b", '<a href="x y">b</a>'])
def test_tags_that_reach_across_white_space_leave_no_place(text):
    assert shown(text, standardize="html") is None
    assert shown("a<br/>b c", standardize="html") == [("a", "a"), ("b", "b"), ("c", "c")]


def test_pieces_that_are_the_text():
    assert spans_of_pieces("To be", list("to be")) == [(0, 1), (1, 2), (2, 3), (3, 4), (4, 5)]
    assert spans_of_pieces("To be", ["To", " be"]) == [(0, 2), (2, 5)]
    assert spans_of_pieces("To be", ["To"]) == [(0, 2)]
    assert spans_of_pieces("é", ["\udcc3", "\udca9"]) is None
    assert spans_of_pieces("İx", list("i̇x")) is None


@given(st.text(alphabet="aB ,.\n'<>é\u0301İ", max_size=30))
def test_spans_are_in_order_and_hold_something_of_the_token(text):
    for options in ({}, {"standardize": "lower", "split": "punctuation"}, {"standardize": "html"}):
        vectorizer = Words(**options).learn(TRAIN)
        words = vectorizer.words(text)
        spans = spans_of_words(text, words, vectorizer.words)
        if spans is not None:
            assert len(spans) == len(words)
            places = [place for span in spans for place in span]
            assert places == sorted(places)
            assert all(vectorizer.words(text[start:end]) for start, end in spans)
