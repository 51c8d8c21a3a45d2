"""Ragged rows: what goes in comes out, in any order of rows."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from seqlab.data.ragged import Ragged, offsets_of

rows_of_numbers = st.lists(st.lists(st.integers(-5, 5), max_size=6), max_size=8)


def test_by_hand():
    ragged = Ragged.from_rows([[1, 2], [], [3]])
    assert (ragged.values.tolist(), ragged.offsets.tolist()) == ([1, 2, 3], [0, 2, 2, 3])
    assert (ragged.values.dtype, ragged.offsets.dtype) == (np.int32, np.int64)
    assert (len(ragged), ragged.lengths.tolist()) == (3, [2, 0, 1])
    assert offsets_of(np.array([2, 0, 1])).tolist() == [0, 2, 2, 3]


@given(rows_of_numbers, st.data())
def test_gathered_rows_are_the_requested_ones(rows, data):
    ragged = Ragged.from_rows(rows)
    assert [ragged[number].tolist() for number in range(len(rows))] == rows
    chosen = data.draw(st.lists(st.integers(0, len(rows) - 1), max_size=10)) if rows else []
    gathered = ragged.gather(np.array(chosen, np.int64))
    assert [gathered[number].tolist() for number in range(len(chosen))] == [rows[number] for number in chosen]


@given(st.lists(st.text(st.characters(), max_size=8), max_size=5))
def test_texts_come_back_with_their_lone_surrogates(texts):
    ragged = Ragged.from_texts([*texts, "\ud800é\0"])
    assert [ragged.text(number) for number in range(len(ragged))] == [*texts, "\ud800é\0"]


def test_windows_are_copies_of_so_many_values_from_each_start():
    ragged = Ragged(np.arange(10, dtype=np.int8), np.array([0, 10]))
    windows = ragged.windows(np.array([7, 0]), 3)
    assert (windows.tolist(), windows.dtype) == ([[7, 8, 9], [0, 1, 2]], np.int8)
    windows[:] = 0
    assert ragged.values.tolist() == list(range(10))
