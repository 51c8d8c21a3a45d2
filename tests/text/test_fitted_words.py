"""Fitted words whose ids are buckets of their hash. Those with a vocabulary of their own: `test_words.py`."""

import pytest

from seqlab.errors import DataError
from seqlab.text.hashed_tokens import hash_of
from seqlab.text.words import Words

TEXTS = ["a b a", "b c", ""]


def bucket(token, buckets):
    return hash_of(token) % buckets


def test_ids_decode_to_bucket_numbers():
    fitted = Words(hash_buckets=50).learn(TEXTS)
    assert fitted.decode([1, 2, 51, 0]) == "[UNK] #0 #49"


def test_bags_have_no_padding_column():
    bag = Words(hash_buckets=50, output="count").learn(TEXTS).encode(["a a c"])
    expected = dict(sorted({1 + bucket("a", 50): 2.0, 1 + bucket("c", 50): 1.0}.items()))
    assert dict(zip(bag.ids[0].tolist(), bag.weights.tolist(), strict=True)) == expected


def test_length_order_and_size():
    fitted = Words(hash_buckets=50, max_length=2, reverse=True).learn(TEXTS)
    encoded = fitted.encode(["a b c"])
    assert encoded.ids[0].tolist() == [2 + bucket("b", 50), 2 + bucket("a", 50)]
    assert encoded.cut_off.tolist() == [1]
    assert Words(hash_buckets=50).traits.max_tokens == fitted.size == 52


def test_a_vocabulary_of_another_output_is_refused():
    vocabulary = Words(hash_buckets=50).learn(TEXTS).vocabulary
    with pytest.raises(DataError, match="it was learned for another output"):
        Words(hash_buckets=50, output="count").restore(vocabulary)


def test_a_vocabulary_of_another_number_of_buckets_is_refused():
    vocabulary = Words(hash_buckets=50).learn(TEXTS).vocabulary
    with pytest.raises(DataError, match="has 50 buckets, but hash_buckets is 1000"):
        Words(hash_buckets=1000).restore(vocabulary)


def test_a_text_without_words_is_one_unknown_word():
    fitted = Words(hash_buckets=50).learn(TEXTS)
    assert [row.tolist() for row in map(fitted.encode(["", "!"]).ids.__getitem__, range(2))] == [[1], [1]]
