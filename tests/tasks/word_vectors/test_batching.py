"""Windows over documents, and their order."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seqlab.data.ragged import Ragged
from seqlab.tasks.word_vectors.batching import WordStream, keep_probabilities, windows


def pairs(words, window):
    return [(word, other) for word, around in windows(words, window) for other in around]


def test_the_windows_of_the_lab():
    words = ["every", "good", "dog", "does", "fine"]
    assert pairs(words, 2) == [
        ("every", "good"), ("every", "dog"),
        ("good", "every"), ("good", "dog"), ("good", "does"),
        ("dog", "every"), ("dog", "good"), ("dog", "does"), ("dog", "fine"),
        ("does", "good"), ("does", "dog"), ("does", "fine"),
        ("fine", "dog"), ("fine", "does"),
    ]  # fmt: skip


def stream_of(rows, window=2, chunk=4, kept=None):
    return WordStream.of(Ragged.from_rows(rows), 0, kept, window=window, chunk=chunk)


def pairs_of(batch, window):
    """The pairs that a batch's chunks hold: places are told apart by their words, which differ."""
    for words, documents, core in zip(batch["words"], batch["documents"], batch["core"], strict=True):
        for place in np.flatnonzero(core) + window:
            for other in range(place - window, place + window + 1):
                if other != place and words[other] >= 0 and documents[other] == documents[place]:
                    yield int(words[place]), int(words[other])


documents = st.lists(st.integers(1, 12), min_size=1, max_size=6)


@settings(max_examples=60)
@given(documents, st.integers(1, 4), st.integers(1, 9), st.integers(1, 9), st.integers(0, 3))
def test_every_pair_of_an_epoch_is_in_exactly_one_batch(lengths, window, chunk, batch_size, epoch):
    starts = np.cumsum([0, *lengths])
    rows = [list(range(start, start + length)) for start, length in zip(starts, lengths, strict=False)]
    stream = stream_of(rows, window, chunk)
    found = [
        pair
        for batch in stream.plan(batch_size, seed=5, epoch=epoch)
        for pair in pairs_of(stream.gather(batch), window)
    ]
    assert sorted(found) == sorted(pair for row in rows for pair in pairs(row, window))


def test_a_plan_is_a_function_of_seed_and_epoch():
    rows = [[0, 1, 2, 3]] * 40
    kept = np.array([0.5, 0.5, 0.9, 0.1], np.float32)
    first, again, other, of_seed = (
        np.concatenate(stream_of(rows, kept=kept).plan(16, seed=seed, epoch=epoch)).tolist()
        for seed, epoch in ((1, 1), (1, 1), (1, 2), (2, 1))
    )
    assert first == again
    assert first not in (other, of_seed)


def test_frequent_words_are_left_out_as_often_as_said_and_windows_close_over_them():
    stream = stream_of([[0, 1]] * 4000, kept=np.array([0.25, 1.0], np.float32))
    (rows,) = stream.plan(10_000, seed=0, epoch=1)
    words = stream.words[rows]
    assert (words == 1).sum() == 4000
    assert (words == 0).sum() == pytest.approx(1000, abs=100)
    # Three words of one document of which the second is left out: the others are neighbors.
    closed = stream_of([[1, 0, 2]], window=1, kept=np.array([0.0, 1.0, 1.0], np.float32))
    (batch,) = closed.plan(9, seed=0, epoch=1)
    assert list(pairs_of(closed.gather(batch), 1)) == [(1, 2), (2, 1)]


def test_when_all_words_would_be_left_out_none_is():
    assert len(stream_of([[0, 0]], kept=np.zeros(1, np.float32)).plan(9, seed=0, epoch=1)[0]) == 2


def test_keep_probabilities_are_those_of_word2vec():
    """√(t/f) + t/f, at most 1: word2vec.c computes (√(f/t) + 1) · t/f."""
    counts = np.array([900, 90, 10])
    expected = [(np.sqrt(f / 0.01) + 1) * 0.01 / f for f in (0.9, 0.09, 0.01)]
    np.testing.assert_allclose(keep_probabilities(counts, 0.01), np.minimum(expected, 1), rtol=1e-6)
    assert keep_probabilities(counts, None) is None


def test_words_are_left_out_only_if_a_window_is_left():
    """Of two words of a document, that are kept with a probability of 0.5, both stay or both are needed."""
    stream = WordStream(np.array([0, 1], np.int32), np.zeros(2, np.int32), np.full(2, 0.5, np.float32), 2, 4)
    for epoch in range(20):
        (rows,) = stream.plan(8, seed=1, epoch=epoch)
        np.testing.assert_array_equal(rows, [0, 1])
    apart = WordStream(np.array([0, 1, 0, 1], np.int32), np.array([0, 0, 1, 1], np.int32), stream.kept, 2, 4)
    lengths = {len(apart.plan(8, seed=1, epoch=epoch)[0]) for epoch in range(40)}
    assert lengths == {2, 3, 4}
