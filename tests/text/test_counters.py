"""What is counted of a portion of raw texts, by hand, and that another process counts the same."""

import pickle

from seqlab.text.counters import HashCounter, WordCounter
from seqlab.text.hashed_tokens import hash_of
from seqlab.text.words import Words


def counted(counter, texts):
    """{word: (count, documents)}, and the words in order with None after each text."""
    found = counter(texts)
    words = found.words.words()
    numbers = zip(found.counts.counts.tolist(), found.counts.document_counts.tolist(), strict=True)
    order = None if found.stream is None else [None if each < 0 else words[each] for each in found.stream.tolist()]
    return dict(zip(words, numbers, strict=True)), order


def test_words_are_counted_as_the_options_prepare_them():
    counter = WordCounter(Words(stem="english", stop_words=["the"], ngrams=2))
    expected = ({"run": (3, 2), "cat": (1, 1)}, ["run", "cat", "run", None, None, "run", None])
    texts = ["Running! The cat runs", "", "run"]
    assert counted(counter, texts) == expected
    assert counted(pickle.loads(pickle.dumps(counter)), texts) == expected


def test_a_text_that_is_not_split_is_one_word_and_without_ngrams_there_is_no_order():
    counter = WordCounter(Words(split="none", standardize="none"))
    assert counted(counter, ["a b", "a b", "", "a"]) == ({"a b": (2, 2), "a": (1, 1)}, None)


def test_no_texts_have_no_words():
    assert counted(WordCounter(Words(ngrams=2)), []) == ({}, [])


def test_hashed_tokens_are_counted_by_their_bucket():
    counter = HashCounter(Words(hash_buckets=10**6))
    for each in (counter, pickle.loads(pickle.dumps(counter))):
        found = each(["A b a", "b"])
        buckets = {hash_of(token) % 10**6: numbers for token, numbers in {"a": (2, 1), "b": (2, 2)}.items()}
        numbers = zip(found.counts.tolist(), found.document_counts.tolist(), strict=True)
        assert dict(zip(found.buckets.tolist(), numbers, strict=True)) == buckets
        assert set(found.hashes.tolist()) == {hash_of("a"), hash_of("b")}
