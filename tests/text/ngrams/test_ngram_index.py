"""The trie of n-grams against a dictionary of them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqlab.text.ngrams._ngram_index import NO_NGRAM, NgramIndex
from seqlab.text.ngrams._word_index import WordSpans

UNKNOWN, FIRST = 1, 2
words = st.sampled_from(["a", "b", "cc", "zzz"])
texts = st.lists(st.lists(words, min_size=1, max_size=6).map(" ".join), min_size=1, max_size=5)


def by_dictionary(text, ids, width):
    """For each word of a text, the id of the n-gram that starts there."""
    parts = text.split()
    grams = [" ".join(parts[i : i + width]) for i in range(len(parts) - width + 1)]
    return [ids.get(gram, UNKNOWN) for gram in grams]


@pytest.mark.parametrize("ngrams", [1, 2, 3])
@given(
    vocabulary=st.lists(st.lists(words, min_size=1, max_size=3).map(" ".join), unique=True, max_size=12), texts=texts
)
def test_ids_are_those_of_a_dictionary(ngrams, vocabulary, texts):
    tokens = [token for token in vocabulary if len(token.split()) <= ngrams]
    index = NgramIndex(tokens, ngrams, FIRST, UNKNOWN)
    found = index.ids(index.stream(WordSpans.split(texts)))
    ids = {token: FIRST + number for number, token in enumerate(tokens)}
    assert len(found) == ngrams
    for width, row in enumerate(found, start=1):
        expected = [each for text in texts for each in by_dictionary(text, ids, width)]
        assert row[row != NO_NGRAM].tolist() == expected


def test_a_prefix_of_a_longer_ngram_is_unknown_by_itself():
    index = NgramIndex(["a b c"], 3, FIRST, UNKNOWN)
    ones, twos, threes = index.ids(index.stream(WordSpans.split(["a b c", "a b"])))
    assert [row[row != NO_NGRAM].tolist() for row in (ones, twos, threes)] == [[1] * 5, [1] * 3, [2]]
    assert ones.dtype == np.int32
