"""What is left of a text without some of its tokens is what the model reads of that shorter text."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from small_classifier import WORDS, predictor_of

from seqlab.models.classification import BagClassifier, RecurrentClassifier
from seqlab.tasks.text_pieces import pieces_of
from seqlab.text.characters import Characters
from seqlab.text.words import Words

SEQUENCE = RecurrentClassifier(units=2, embedding=2)
BAG = BagClassifier(hidden=0)
TEXT = "W1, w2 unheard w1! w3"


@pytest.mark.parametrize(
    ("model", "vectorizer"),
    [
        (SEQUENCE, Words()),
        (SEQUENCE, Words(reverse=True)),
        (BAG, Words(output="multi_hot", ngrams=2)),
        (BAG, Words(output="count", ngrams=3)),
        (BAG, Words(output="tf_idf", hash_buckets=7)),
    ],
)
def test_columns_are_those_of_the_shorter_text(model, vectorizer):
    examples = predictor_of(model, vectorizer).examples
    pieces = pieces_of(examples, TEXT)
    assert list(pieces.tokens) == ["w1", "w2", "unheard", "w1", "w3"]
    kept = np.array([[1, 1, 1, 1, 1], [1, 0, 1, 1, 0], [0, 0, 0, 1, 0], [0, 0, 0, 0, 0]], bool)
    found = pieces.columns(kept)
    expected = examples.encode_given([TEXT, "w1 unheard w1", "w1", ""]).columns
    assert found.keys() == expected.keys()
    for name, column in found.items():
        assert np.array_equal(column.offsets, expected[name].offsets)
        np.testing.assert_allclose(column.values, expected[name].values)


def test_stems_are_not_stemmed_again():
    """The stem of `generously` is `generous`, whose stem is `generous`; that of `sensibilities` changes twice."""
    vectorizer = Words(output="multi_hot", stem="english")
    examples = predictor_of(BAG, vectorizer).examples
    pieces = pieces_of(examples, "sensibilities")
    words = [list(pieces.tokens)]
    assert np.array_equal(
        examples.vectorizer.encode_words(words).ids.values, examples.vectorizer.encode(["sensibilities"]).ids.values
    )


def test_unknown_tokens_are_told_and_shown():
    for model, vectorizer in ((SEQUENCE, Words()), (BAG, Words(output="multi_hot", ngrams=2))):
        pieces = pieces_of(predictor_of(model, vectorizer).examples, TEXT)
        assert pieces.unknown.tolist() == [False, False, True, False, False]


def test_what_is_cut_off_is_no_token_and_characters_have_no_space_between():
    pieces = pieces_of(predictor_of(SEQUENCE, Words(max_length=3)).examples, TEXT)
    assert list(pieces.tokens) == ["w1", "w2", "unheard"]
    letters = pieces_of(predictor_of(SEQUENCE, Characters()).examples, "w1 w2")
    assert letters.separator.join(letters.tokens) == "w1 w2"
    assert letters.columns(np.array([[1, 1, 0, 1, 1]], bool))["text_ids"].lengths.tolist() == [4]


@given(st.lists(st.sampled_from([*WORDS, "unheard"]), max_size=12), st.integers(1, 3))
def test_words_share_all_that_their_ngrams_contribute(words, width):
    pieces = pieces_of(_bag(width), " ".join(words))
    contributions = {index: float(index) + 0.5 for index in pieces.counts()}
    assert pieces.shared_out(contributions).sum() == pytest.approx(sum(contributions.values()))


def test_every_occurrence_of_an_ngram_has_the_same_part():
    pieces = pieces_of(_bag(2), "w1 w2 w1 w2")
    pair = next(each.id for each in pieces.occurrences if each.width == 2)
    assert pieces.spelled(pair) == "w1 w2"
    if pieces.counts()[pair] == 2:
        np.testing.assert_allclose(pieces.shared_out({pair: 1.0}), 0.25)


_BAGS = {}


def _bag(width):
    if width not in _BAGS:
        _BAGS[width] = predictor_of(BAG, Words(output="multi_hot", ngrams=width)).examples
    return _BAGS[width]
