"""Synthetic reviews: the best score is what the docstring derives, and a bag of single words cannot come near it."""

import re
from collections import Counter

import pytest
from pydantic import ValidationError

from seqlab.data.datasets import synthetic_reviews
from seqlab.data.datasets.synthetic_reviews import ANTONYMS, VERBS, SyntheticReviews
from seqlab.data.records import SPLITS
from seqlab.data.splits import load_splits

GOOD, BAD = (re.compile(rf"(not )?\b({'|'.join(pair)})\b") for pair in zip(*ANTONYMS, strict=True))
EXCHANGED = {word: other for pair in ANTONYMS for word, other in (pair, pair[::-1])}


@pytest.fixture(scope="module")
def loaded():
    return load_splits.load(SyntheticReviews())


def understood(text):
    """What a reader who knows the grammar says: every claim must agree."""
    told = {not claim[1] for claim in GOOD.finditer(text)} | {bool(claim[1]) for claim in BAD.finditer(text)}
    assert len(told) == 1, text
    return "positive" if told.pop() else "negative"


def outspoken(text):
    return [verb for pair in VERBS for verb in pair if f"I {verb} " in text]


def exchanged(text):
    return re.sub(r"\b(" + "|".join(EXCHANGED) + r")\b", lambda word: EXCHANGED[word[0]], text)


def words(text):
    return sorted(re.findall(r"\w+", text.lower()))


def test_sizes_labels_and_splits(loaded):
    assert [len(loaded.splits[split]) for split in SPLITS] == [2400, 800, 800]
    assert loaded.counts == {"duplicates_kept_out_of_validation": 0, "test_overlap": 0}
    assert (loaded.notes, loaded.sources) == ((), ())
    texts = [text for split in SPLITS for text in loaded.splits[split]["text"]]
    assert len(set(texts)) == 4000
    assert all(2 <= len(re.findall(r"[.!](?: |$)", text)) <= 6 for text in texts)


@pytest.mark.parametrize("seed", [1337, 5])
def test_a_perfect_reader_reaches_exactly_the_best_accuracy(seed):
    splits = load_splits.load(SyntheticReviews(split_seed=seed)).splits
    for split in SPLITS:
        right = map(str.__eq__, map(understood, splits[split]["text"]), splits[split]["label"])
        assert sum(right) == round(SyntheticReviews.best_accuracy * len(splits[split]))
    assert SyntheticReviews.best_accuracy == 0.95


def test_single_words_say_nothing_beyond_the_outspoken_sentence(loaded):
    records = loaded.splits["train"]
    for text in records["text"]:
        other = exchanged(text)
        assert words(other) == words(text)
        assert understood(other) != understood(text)
    said = [outspoken(text) for text in records["text"]]
    assert sum(map(bool, said)) == 0.4 * len(records)
    for verbs, text in zip(said, records["text"], strict=True):
        if verbs:
            assert (verbs[0] in [pair[0] for pair in VERBS]) == (understood(text) == "positive")
    assert SyntheticReviews.best_unigram_accuracy == pytest.approx(0.68)


def test_the_antonyms_are_equally_frequent_under_both_labels():
    records = load_splits.load(SyntheticReviews(size=20_000)).splits["train"]
    counts = {label: Counter() for label in ("positive", "negative")}
    for text, label in zip(records["text"], records["label"], strict=True):
        counts[label].update(word for word in words(text) if word in EXCHANGED or word == "not")
    for word, count in counts["positive"].items():
        assert counts["negative"][word] == pytest.approx(count, rel=0.15)


@pytest.mark.parametrize(("ngrams", "low", "high"), [(1, 0.62, 0.72), (2, 0.93, 0.951)])
def test_what_bags_reach(loaded, ngrams, low, high):
    from sklearn.feature_extraction.text import CountVectorizer
    from sklearn.linear_model import LogisticRegression

    train, test = loaded.splits["train"], loaded.splits["test"]
    vectorizer = CountVectorizer(ngram_range=(1, ngrams), binary=True)
    model = LogisticRegression(C=0.1, max_iter=1000).fit(vectorizer.fit_transform(train["text"]), train["label"])
    assert low <= model.score(vectorizer.transform(test["text"]), test["label"]) <= high


def test_not_is_also_used_where_it_means_nothing(loaded):
    neutral = re.compile(r"\bnot (?!" + "|".join(EXCHANGED) + ")")
    assert sum(bool(neutral.search(text)) for text in loaded.splits["train"]["text"]) > 500


def test_the_same_seed_gives_the_same_reviews_everywhere_and_for_ever(loaded):
    again, other = load_splits.load(SyntheticReviews()), load_splits.load(SyntheticReviews(split_seed=1))
    assert again.splits == loaded.splits
    assert not set(other.splits["train"]["text"]) & set(loaded.splits["train"]["text"])
    assert loaded.fingerprints["test"] == "32df6d8d38888575a94f3ee08ebef75a54a6200f4eebe5b4f799f1353fcf5710"


def test_it_has_no_path_and_splits_of_its_own(tmp_path):
    for option in ({"path": str(tmp_path)}, {"validation": 0.5}, {"test": "mine.csv"}, {"size": 99}):
        with pytest.raises(ValidationError):
            SyntheticReviews(**option)


def test_every_neutral_sentence_can_be_filled():
    generator = synthetic_reviews.random.Random(1)
    for sentence in synthetic_reviews.NEUTRAL:
        for thing in synthetic_reviews.ASPECTS:
            filled = synthetic_reviews._filled(generator, sentence, thing)
            assert "{" not in filled
            assert filled[0].isupper()
            assert not set(words(filled)) & set(EXCHANGED)
