"""What is learned and encoded by chunks, in any processes, is bit for bit what one chunk gives."""

import contextlib
import pickle

import numpy as np
import pytest
from functions_of_portions import lengths
from hypothesis import given, settings
from hypothesis import strategies as st
from pretended_processes import Elsewhere, processes

from seqlab.errors import DataError
from seqlab.progress import SILENT, Silent
from seqlab.text import VECTORIZERS, by_chunk
from seqlab.text.subwords import Subwords
from seqlab.text.words import Words

VECTORIZER = st.one_of(
    st.fixed_dictionaries(
        {
            "name": st.just("words"),
            "ngrams": st.integers(1, 3),
            "max_tokens": st.sampled_from([3, 5, 9, None]),
            "min_count": st.integers(1, 2),
            "output": st.sampled_from(["ids", "multi_hot", "count", "tf_idf"]),
            "standardize": st.sampled_from(["none", "lower", "lower_and_strip_punctuation", "html"]),
            "stop_words": st.sampled_from([None, ["the"]]),
            "stem": st.sampled_from([None, "english"]),
        }
    ),
    st.fixed_dictionaries(
        {"name": st.just("words"), "max_length": st.integers(1, 3), "reverse": st.booleans(), "min_count": st.just(1)}
    ),
    st.fixed_dictionaries({"name": st.just("words"), "hash_buckets": st.integers(1, 9), "ngrams": st.integers(1, 2)}),
    st.just({"name": "words", "split": "none", "standardize": "none"}),
    st.fixed_dictionaries({"name": st.just("characters"), "max_length": st.sampled_from([None, 2])}),
)
PIECES = [
    "the",
    "cats",
    "cat",
    "running",
    " ",
    " ",
    "\n",
    "é",
    "e\u0301",
    "👍🏽",
    "中文",
    "\u2028",
    "\x00",
    "!",
    "abcdefghij",
]
TEXTS = st.lists(st.one_of(st.just(""), st.lists(st.sampled_from(PIECES), max_size=8).map("".join)), max_size=12)


def learned_and_encoded(options, texts, given_texts):
    """What `Words` and the like learn of texts, and how they encode others, as plain values."""
    try:
        fitted = options.learn(texts)
    except DataError as error:
        return str(error)
    vocabulary, encoded = fitted.vocabulary, fitted.encode(given_texts)
    found = [vocabulary.sha256, vocabulary.specials, vocabulary.hashed_tokens]
    for array in (encoded.ids.values, encoded.ids.offsets, encoded.weights, encoded.cut_off):
        found.append(None if array is None else (array.dtype.str, array.tobytes()))
    return found


@settings(max_examples=150)
@given(vectorizer=VECTORIZER, texts=TEXTS, given_texts=TEXTS, characters=st.integers(1, 30))
def test_chunks_and_processes_change_nothing(vectorizer, texts, given_texts, characters):
    options = VECTORIZERS.read(vectorizer)
    whole = learned_and_encoded(options, texts, given_texts)
    with processes(None, characters):
        assert learned_and_encoded(options, texts, given_texts) == whole
    with processes(Elsewhere(), characters):
        assert learned_and_encoded(options, texts, given_texts) == whole


class Unused:
    @property
    def running(self):
        raise AssertionError("the package `tokenizers` has threads of its own")


def test_subwords_stay_in_one_process():
    texts = ["the cat sat", "", "on the mat, the mat 👍🏽", "e\u0301é", "the thing " * 9] * 3
    options = Subwords(size=270, max_length=9)
    whole = learned_and_encoded(options, texts, texts[::-1])
    with processes(Unused(), 20):
        assert learned_and_encoded(options, texts, texts[::-1]) == whole


class Steps(Silent):
    """Counts what is reported of each step."""

    def __init__(self):
        self.units, self.totals = {}, {}

    @contextlib.contextmanager
    def step(self, what, total=None, unit=""):
        self.units[what], self.totals[what] = 0, total
        yield self
        self.what = None

    def advance(self, units=1, **metrics):
        self.units["encoding"] += units


@pytest.mark.parametrize("pool", [None, Elsewhere()])
def test_each_text_is_in_one_chunk_and_is_reported_once(pool):
    texts, steps = ["a" * (number % 7) for number in range(50)], Steps()
    with processes(pool, 10):
        found = list(by_chunk.by_chunk(lengths, texts, steps, "encoding"))
    assert [each for chunk in found for each in chunk] == [len(text) for text in texts]
    assert len(found) > 5
    assert (steps.units, steps.totals) == ({"encoding": 50}, {"encoding": 50})


class Asked(Elsewhere):
    def __init__(self):
        self.seconds = []

    def start(self, function, seconds):
        self.seconds.append(seconds)
        return False


def test_a_pool_is_told_how_many_seconds_are_left(monkeypatch):
    """Each chunk of ten takes two seconds, of 40: 6, 4, 2 and 0 are left."""
    clock = iter(range(0, 1000, 2))
    monkeypatch.setattr(by_chunk.time, "perf_counter", lambda: next(clock))
    pool = Asked()
    with processes(pool, 10):
        assert len(list(by_chunk.by_chunk(lengths, ["a"] * 40, SILENT, "encoding"))) == 4
    assert pool.seconds == [6, 4, 2, 0]


def test_chunks_of_one_process_grow():
    """The first one tells soon how long all will take; processes get small ones."""
    texts = ["a" * 1024] * 4000
    sizes = [len(chunk) for chunk in by_chunk.by_chunk(lengths, texts, SILENT, "encoding")]
    assert sizes == [64, 128, 256, 512, 1024, 1024, 992]
    with processes(Elsewhere(), 2**18):
        sizes = [len(chunk) for chunk in by_chunk.by_chunk(lengths, texts, SILENT, "encoding")]
    assert sizes == [256] * 15 + [160]


def test_processes_are_there_within_the_block_alone():
    assert by_chunk._POOL.get() is None
    with by_chunk.several_processes(2):
        assert not by_chunk._POOL.get().running
        Words().learn(["a b"])
        assert not by_chunk._POOL.get().running, "so little is done here"
    assert by_chunk._POOL.get() is None


def test_an_error_is_raised_for_the_first_text_that_has_one():
    def refuses(chunk):
        if "bad" in chunk[0]:
            raise ValueError(chunk[0])
        return chunk

    found = by_chunk.by_chunk(refuses, ["a", "bad 1", "b", "bad 2"], SILENT, "encoding")
    with processes(None, 1), pytest.raises(ValueError, match="bad 1"):
        list(found)


def test_a_fitted_vectorizer_is_the_same_in_another_process():
    """With special ids that its options would not give it, too."""
    options = Words(max_tokens=10)
    for fitted in (
        options.unpadded(options.learn(["a b a"]).vocabulary),
        options.for_sentences(options.learn(["c"]).vocabulary),
    ):
        there = pickle.loads(pickle.dumps(fitted))
        assert there.vocabulary.specials == fitted.vocabulary.specials
        assert np.array_equal(there.encode(["b c a"]).ids.values, fitted.encode(["b c a"]).ids.values)


@pytest.mark.parametrize("pool", [None, Elsewhere()])
def test_what_chunks_count_is_added(pool):
    """By hand: how often each word occurs, and in how many texts, with a chunk for each text."""
    with processes(pool, 1):
        vocabulary = Words().learn(["a b a", "b", "a abcdefghij a", "abcdefghij"]).vocabulary
    assert vocabulary.tokens == ("a", "b", "abcdefghij")
    assert vocabulary.counts.tolist() == [4, 2, 2]
    assert vocabulary.document_counts.tolist() == [2, 2, 2]
