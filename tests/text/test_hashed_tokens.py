"""Tokens by their hash: the ids are fixed for good, collisions are counted, and no bucket gives a token back."""

import hashlib
from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqlab.config import ConfigError, load
from seqlab.errors import DataError
from seqlab.text.hashed_tokens import HashEncoder, hash_of
from seqlab.text.vocabulary import Vocabulary
from seqlab.text.words import Words

TEXTS = ["a b a", "b c", ""]


def bucket(token, buckets):
    return int.from_bytes(hashlib.blake2b(token.encode(), digest_size=8).digest(), "little") % buckets


def test_the_hash_of_a_token_never_changes():
    """Known values: stored runs depend on them."""
    assert [hash_of(each) % 1000 for each in ("cat", "the cat", "\xe9", "")] == [939, 360, 963, 756]
    assert 0 <= hash_of("\ud800") < 2**64, "a lone surrogate has a hash too"


@given(st.lists(st.text(alphabet="ab \n", max_size=12), max_size=6), st.integers(1, 3), st.integers(1, 9))
def test_ids_are_buckets_of_the_tokens(texts, ngrams, buckets):
    options = Words(hash_buckets=buckets, ngrams=ngrams)
    fitted = options.restore(Words(hash_buckets=buckets).learn(["a"]).vocabulary)
    for text, row in zip(texts, map(np.asarray, [fitted.encode([text]).ids[0] for text in texts]), strict=True):
        assert row.tolist() == ([2 + bucket(token, buckets) for token in fitted.tokens(text)] or [1])


def test_a_vocabulary_of_buckets():
    vocabulary = Words(hash_buckets=1000).learn(TEXTS).vocabulary
    assert len(vocabulary) == 1002
    assert vocabulary.tokens[:2] == ("#0", "#1")
    counts = {token: vocabulary.counts[bucket(token, 1000)] for token in "abc"}
    assert counts == {"a": 2, "b": 2, "c": 1}
    assert vocabulary.document_counts[bucket("a", 1000)] == 1
    assert (vocabulary.documents, vocabulary.hashed_tokens, vocabulary.collisions) == (3, 3, 0)


def test_collisions_are_counted():
    vocabulary = Words(hash_buckets=1).learn(TEXTS).vocabulary
    assert (vocabulary.hashed_tokens, vocabulary.collisions) == (3, 2)
    assert vocabulary.counts.tolist() == [5]
    assert vocabulary.document_counts.tolist() == [2], "documents, not tokens"


def test_a_saved_vocabulary_is_the_same(tmp_path):
    fitted = Words(hash_buckets=5).learn(TEXTS)
    fitted.vocabulary.save(tmp_path / "v.json")
    found = Vocabulary.load(tmp_path / "v.json")
    assert found.hashed_tokens == 3
    assert found.counts.tolist() == fitted.vocabulary.counts.tolist()
    again = Words(hash_buckets=5).restore(found)
    assert again.encode(["x a"]).ids[0].tolist() == fitted.encode(["x a"]).ids[0].tolist()


def test_learning_counts_the_tokens_of_all_portions():
    encoder = HashEncoder(7, ngrams=2, first_id=0, split=True)
    first, second = encoder.count(["a b"]), encoder.count(["b a", "a b a b"])
    assert set(first.hashes.tolist()) == {hash_of(token) for token in ("a", "b", "a b")}
    assert set(second.hashes.tolist()) == {hash_of(token) for token in ("a", "b", "a b", "b a")}
    tokens = ["b", "a", "b a", "a", "b", "a", "b", "a b", "b a", "a b"]
    by_hand = Counter(hash_of(token) % 7 for token in tokens)
    assert dict(zip(second.buckets.tolist(), second.counts.tolist(), strict=True)) == by_hand
    of_texts = Counter(bucket for text in (tokens[:3], tokens[3:]) for bucket in {hash_of(each) % 7 for each in text})
    assert dict(zip(second.buckets.tolist(), second.document_counts.tolist(), strict=True)) == of_texts


def test_texts_without_words_are_refused():
    with pytest.raises(DataError, match="none of the 2 training texts has a word left"):
        Words(hash_buckets=5).learn(["", "!!"])


QUICK = {"data": {"name": "synthetic"}, "vectorizer": {"name": "words", "hash_buckets": 64}}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (["vectorizer.max_tokens=30"], "hash_buckets learns no vocabulary: leave max_tokens out, or set it to null"),
        (["vectorizer.min_count=2"], "hash_buckets learns no vocabulary: leave min_count out"),
        (["vectorizer.fit.take=2"], "hash_buckets learns no vocabulary: leave fit out"),
        (["vectorizer.hash_buckets=0"], "0 is too small; expected a whole number above 0"),
        (["vectorizer.hash_buckets=1000000000"], "of at most 10000000"),
        (["task=language_model", "model=recurrent"], "a language model writes tokens, which no bucket gives back"),
        (["task=word_vectors", "model=cbow"], "a word vector belongs to one word: leave hash_buckets out"),
        (["task=translation", "model=recurrent_encoder_decoder"], "hash the source only"),
    ],
)
def test_what_cannot_be(changes, message):
    with pytest.raises(ConfigError) as caught:
        load({"task": "classification", "model": "bag", **QUICK}, changes)
    assert message in " ".join(str(caught.value).split())


def test_the_source_of_a_translator_may_be_hashed():
    sides = {"source": {"name": "words", "hash_buckets": 64}, "target": {"name": "words"}}
    loaded = load(
        {"task": "translation", "data": "synthetic", "vectorizer": sides, "model": "recurrent_encoder_decoder"}
    )
    source = loaded.experiment.vectorizer.source
    fitted = source.for_sentences(source.learn(TEXTS).vocabulary)
    assert fitted.size == 64 + 4
    assert fitted.encode(["a"]).ids[0].tolist() == [4 + bucket("a", 64)]


def test_not_exportable():
    assert Words(hash_buckets=5).not_exportable == ("hash_buckets: 5, because TensorFlow has no BLAKE2",)
