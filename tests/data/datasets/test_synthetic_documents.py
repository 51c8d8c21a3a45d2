"""Sentences whose best neighbors are known."""

from collections import Counter, defaultdict

import pytest

from seqlab.data.datasets import DOCUMENTS
from seqlab.data.datasets.synthetic_documents import CLASSES
from seqlab.data.splits.load_splits import load

DATA = DOCUMENTS.read("synthetic")


@pytest.fixture(scope="module")
def corpus():
    return load(DATA)


def test_sizes_and_splits(corpus):
    assert [len(corpus.splits[split]) for split in ("train", "validation")] == [9_500, 500]
    assert not set(corpus.splits["train"]["text"]) & set(corpus.splits["validation"]["text"])


def test_every_word_has_one_class_at_most():
    words = [word for each in CLASSES.values() for word in each.split()]
    assert len(words) == len(set(words)) == 64
    assert DATA.word_classes["dog"] == "animal"
    assert set(Counter(DATA.word_classes.values()).values()) == {8}


def test_words_of_a_class_have_the_same_contexts_and_words_of_others_have_not(corpus):
    """Contexts as classes: their frequencies are those of the class, to within chance."""
    contexts = defaultdict(Counter)
    for text in corpus.splits["train"]["text"]:
        words = ["^", *text.split(), "$"]
        for before, word, after in zip(words, words[1:], words[2:], strict=False):
            if word in DATA.word_classes:
                contexts[word][tuple(DATA.word_classes.get(each, each) for each in (before, after))] += 1
    for name, words in CLASSES.items():
        of_class = sum((contexts[word] for word in words.split()), Counter())
        for word in words.split():
            assert distance(contexts[word], of_class) < 0.12
        for other, others in CLASSES.items():
            if other != name:
                assert distance(of_class, sum((contexts[word] for word in others.split()), Counter())) > 0.9


def distance(one, other):
    """Total variation of the two frequencies."""
    return sum(abs(one[key] / one.total() - other[key] / other.total()) for key in one | other) / 2


def test_another_seed_draws_other_sentences():
    first, again, other = (
        load(DOCUMENTS.read({"name": "synthetic", "size": 200, "split_seed": seed})).splits["train"]["text"]
        for seed in (1, 1, 2)
    )
    assert sorted(first) == sorted(again) != sorted(other)
