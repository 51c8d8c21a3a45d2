"""Padded lengths."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqlab.data.batching.padding import padded, round_lengths
from seqlab.data.ragged import Ragged


@pytest.mark.parametrize(
    ("length", "round_length"),
    [
        (0, 0),
        (1, 16),
        (16, 16),
        (17, 32),
        (33, 48),
        (64, 64),
        (65, 80),
        (128, 128),
        (129, 160),
        (257, 320),
        (2000, 2048),
    ],
)
def test_by_hand(length, round_length):
    assert round_lengths(np.array([length])).tolist() == [round_length]


def test_nothing_is_padded_beyond_the_longest():
    assert round_lengths(np.array([5, 513, 600]), 600).tolist() == [16, 600, 600]
    assert round_lengths(np.array([5]), 7).tolist() == [7]


@given(st.integers(1, 10**7))
def test_at_most_a_quarter_of_a_long_row_is_padding(length):
    (round_length,) = round_lengths(np.array([length])).tolist()
    assert length <= round_length < length + max(16, length / 4 + 1)


def test_few_lengths():
    assert len(set(round_lengths(np.arange(1, 4097)).tolist())) <= 30


def test_padded_rows():
    rows = Ragged.from_rows([[5, 6, 7], [8], [9, 9]])
    assert padded(rows, 4).tolist() == [[5, 6, 7, 0], [8, 0, 0, 0], [9, 9, 0, 0]]
    assert padded(rows, 3).dtype == np.int32
