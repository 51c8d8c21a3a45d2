"""Texts in parts, against the same texts as a whole: the same words, subwords, characters, ids and counts."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from odd_texts import long_texts, markup, texts_of

from seqlab.errors import DataError
from seqlab.text import Characters, Subwords, Words


def facts(vocabulary):
    return (
        list(vocabulary.tokens),
        vocabulary.counts.tolist(),
        vocabulary.document_counts.tolist(),
        vocabulary.documents,
        vocabulary.specials,
    )


def both_ways(options, texts, size):
    """What is learned of texts and how they are encoded, as a whole and in parts."""
    found = []
    for made in (list, lambda all_texts: long_texts(all_texts, size)):
        learned = options.learn(made([*texts, "Aσ a 0"]))
        for fitted in (learned, options.unpadded(learned.vocabulary)):
            ids = fitted.encode(made(texts)).ids
            found.append((facts(fitted.vocabulary), ids.values.tolist(), ids.offsets.tolist()))
    return found[:2], found[2:]


@given(texts=st.lists(texts_of, min_size=1, max_size=3), size=st.integers(1, 9), lowercase=st.booleans())
@settings(max_examples=30)
def test_characters(texts, size, lowercase):
    whole, parts = both_ways(Characters(lowercase=lowercase), texts, size)
    assert parts == whole


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"standardize": "none"},
        {"standardize": "lower", "split": "punctuation"},
        {"standardize": "html"},
        {"keep": "[a-zσ ]"},
        {"keep": "[a-z\n<>]", "standardize": "lower"},
        {"standardize": "lower", "stop_words": ["a", "b"], "stem": "english"},
        {"split": "none"},
    ],
    ids=str,
)
@given(texts=st.lists(texts_of | markup, min_size=1, max_size=3), size=st.integers(1, 9))
@settings(max_examples=30)
def test_words(options, texts, size):
    whole, parts = both_ways(Words(max_tokens=None, **options), texts, size)
    assert parts == whole


@given(texts=st.lists(texts_of, min_size=1, max_size=3), size=st.integers(1, 9))
@settings(max_examples=30)
def test_subwords(texts, size):
    whole, parts = both_ways(Subwords(size=280, lowercase=True), [*texts, "ab ab ab abab"], size)
    assert parts == whole


def test_a_lone_surrogate_is_named_with_its_position_in_the_text():
    for texts in (["one two\ud800"], long_texts(["one two\ud800"], 3)):
        with pytest.raises(DataError, match="at position 7 "):
            Subwords(size=260).learn(texts)


def test_ngrams_and_bags_are_made_of_whole_texts():
    texts = ["a b a c", "c b"]
    for options in (Words(ngrams=2), Words(ngrams=2, output="multi_hot"), Words(max_length=2, reverse=True)):
        learned = options.learn(long_texts(texts, 2))
        assert facts(learned.vocabulary) == facts(options.learn(texts).vocabulary)
        assert learned.encode(long_texts(texts, 2)).ids.values.tolist() == learned.encode(texts).ids.values.tolist()


@pytest.mark.parametrize("separator", ["", " ", "\n"])
@pytest.mark.parametrize("options", [Characters(), Words(), Subwords(size=260)], ids=lambda options: options.name)
def test_text_without_space_and_words_longer_than_a_block(options, separator):
    texts = [separator.join(["abcdefghij" * 5, "x"] * 3)]
    whole, parts = both_ways(options, texts, 4)
    assert parts == whole


@pytest.mark.parametrize("options", [Characters(), Words(), Subwords(size=260)], ids=lambda options: options.name)
def test_nothing_is_learned_of_nothing_and_an_empty_text_is_unknown(options):
    for texts in (["", ""], []):
        with pytest.raises(DataError):
            options.learn(long_texts(texts, 3))
    learned = options.learn(long_texts(["ab ab"], 3))
    assert learned.encode(long_texts(["", "ab"], 3)).ids.lengths.tolist()[0] == 1, "one unknown token"
    without = options.unpadded(learned.vocabulary)
    expected = 1 if without.vocabulary.unknown is not None else 0
    assert without.encode(long_texts([""], 3)).ids.lengths.tolist() == [expected]
