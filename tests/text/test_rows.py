"""Operations on ragged rows against the same in plain Python."""

from collections import Counter

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from seqlab.data.ragged import Ragged
from seqlab.text.rows import bags_of, counts_of, never_empty, reversed_rows, run_starts, truncated

SIZE = 7
lists = st.lists(st.lists(st.integers(0, SIZE - 1), max_size=6), max_size=6)


def as_lists(ragged):
    return [ragged[number].tolist() for number in range(len(ragged))]


@given(lists, lists)
def test_joined(one, other):
    assert as_lists(Ragged.joined([Ragged.from_rows(one), Ragged.from_rows(other)])) == one + other
    assert as_lists(Ragged.joined([])) == []


@given(lists)
def test_an_empty_row_gets_one_value(rows):
    assert as_lists(never_empty(Ragged.from_rows(rows), 9)) == [row or [9] for row in rows]


@given(lists, st.integers(1, 5))
def test_truncated(rows, length):
    assert as_lists(truncated(Ragged.from_rows(rows), length)) == [row[:length] for row in rows]


@given(lists)
def test_reversed(rows):
    assert as_lists(reversed_rows(Ragged.from_rows(rows))) == [row[::-1] for row in rows]


@given(lists)
def test_a_bag_has_each_id_once_with_its_count(rows):
    bags, counts = bags_of(Ragged.from_rows(rows), SIZE)
    assert as_lists(bags) == [sorted(set(row)) for row in rows]
    assert counts.tolist() == [row.count(value) for row in rows for value in sorted(set(row))]


@given(lists)
def test_counts_of_ids_and_of_the_rows_that_hold_them(rows):
    total, documents = counts_of(Ragged.from_rows(rows), SIZE)
    by_hand = Counter(value for row in rows for value in row), Counter(value for row in rows for value in set(row))
    assert [total.tolist(), documents.tolist()] == [[counter[value] for value in range(SIZE)] for counter in by_hand]


def test_bags_of_ids_too_large_for_half_the_width():
    bags, counts = bags_of(Ragged.from_rows([[2**30, 3, 2**30], [2**30]]), 2**31 - 1)
    assert as_lists(bags) == [[3, 2**30], [2**30]]
    assert counts.tolist() == [1, 2, 1]


def test_starts_of_runs():
    assert run_starts(np.array([2, 2, 3, 5, 5])).tolist() == [0, 2, 3]
    assert run_starts(np.array([], np.int64)).tolist() == []
