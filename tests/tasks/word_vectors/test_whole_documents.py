"""Documents as batches of wholes."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seqlab.data.ragged import Ragged
from seqlab.tasks.word_vectors.whole_documents import DocumentStream, numbered, without_unknown


def stream_of(rows, kept=None):
    return DocumentStream.of(Ragged.from_rows(rows), 1, kept)


def documents_of(stream, rows):
    """The documents of a batch as lists of words."""
    batch = stream.gather(rows)
    return [batch["ids"][batch["documents"] == number].tolist() for number in range(int(batch["documents"].max()) + 1)]


documents = st.lists(st.lists(st.integers(1, 9), max_size=6), min_size=1, max_size=9).filter(any)


@settings(max_examples=60)
@given(documents, st.integers(1, 12), st.integers(0, 3))
def test_an_epoch_has_every_document_whole_and_once(rows, batch_size, epoch):
    while not rows[-1]:
        rows.pop()
    stream = stream_of(rows)
    plan = stream.plan(batch_size, seed=5, epoch=epoch)
    found = [document for batch in plan for document in documents_of(stream, batch)]
    assert sorted(found) == sorted([word - 1 for word in row] for row in rows if row)
    assert all(len(batch) < batch_size + len(documents_of(stream, batch)[-1]) for batch in plan), (
        "a batch ends with the first document that reaches its size"
    )
    assert all(len(batch) >= batch_size for batch in plan[:-1]) or batch_size > 1


def test_a_plan_is_a_function_of_seed_and_epoch_and_one_of_evaluation_is_always_the_same():
    stream = stream_of([[1, 2, 3, 4]] * 40, np.array([0.5, 0.5, 0.9, 0.1], np.float32))
    first, again, other, of_seed = (
        np.concatenate(stream.plan(16, seed=seed, epoch=epoch)).tolist()
        for seed, epoch in ((1, 1), (1, 1), (1, 2), (2, 1))
    )
    assert first == again
    assert first not in (other, of_seed)
    in_order = np.concatenate(stream.plan_in_order(16))
    assert in_order.tolist() == np.concatenate(stream.plan_in_order(7)).tolist() == sorted(in_order.tolist())


def test_ngrams_are_left_out_as_often_as_said():
    stream = stream_of([[1, 2]] * 4000, np.array([0.25, 1.0], np.float32))
    words = stream.words[np.concatenate(stream.plan(500, seed=0, epoch=1))]
    assert (words == 1).sum() == 4000
    assert (words == 0).sum() == pytest.approx(1000, abs=100)


def test_of_few_words_not_all_are_left_out():
    (rows,) = stream_of([[1, 2]], np.zeros(2, np.float32)).plan(10, seed=0, epoch=1)
    assert rows.tolist() == [0, 1]


def test_what_is_computed_of_each_document_is_found_again():
    stream = stream_of([[1], [2, 3], [], [4, 5, 6]])
    rows = np.array([3, 4, 5, 0])  # the fourth document, then the first
    batch = stream.gather(rows)
    assert batch["documents"].tolist() == [0, 0, 0, 1]
    found, values = stream.by_document(rows, batch, np.array([30.0, 10.0]))
    assert (found.tolist(), values.tolist()) == ([3, 0], [30.0, 10.0])
    assert stream.first_document(rows).tolist() == [3, 4, 5]


def test_numbers_of_documents_follow_each_other():
    assert numbered(np.array([7, 7, 3, 9, 9, 9])).tolist() == [0, 0, 1, 2, 2, 2]


def test_special_and_unknown_ids_are_left_out():
    known = without_unknown(Ragged.from_rows([[0, 2, 1], [1], [5]]), 2)
    assert [known[row].tolist() for row in range(3)] == [[0], [], [3]]
