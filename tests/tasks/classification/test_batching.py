"""Prepared texts as batches."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from seqlab.tasks.classification.batching import Bags, Sequences

from seqlab.data.ragged import Ragged
from seqlab.data.store import Store


def store(*lengths):
    rows = [list(range(1, length + 1)) for length in lengths]
    return Store({"text_ids": Ragged.from_rows(rows), "targets": np.arange(len(rows), dtype=np.int32)})


def test_sequences_are_as_wide_as_their_widest_row_needs():
    batch = Sequences(None, skips_padding=True).gather(store(3, 20, 1), np.array([2, 1]), tight=False)
    assert batch["ids"].shape == (2, 32)
    assert batch["ids"][0].tolist() == [1] + [0] * 31
    assert batch["ids"][1, :20].tolist() == list(range(1, 21))
    assert batch["targets"].tolist() == [2, 1]


@pytest.mark.parametrize(
    ("max_length", "tight", "width"), [(600, False, 600), (600, True, 32), (24, True, 24), (None, False, 32)]
)
def test_where_padding_is_read_it_is_up_to_the_longest_that_is_allowed(max_length, tight, width):
    inputs = Sequences(max_length, skips_padding=False)
    assert inputs.gather(store(20, 3), np.array([0]), tight=tight)["ids"].shape == (1, width)


@given(st.lists(st.integers(1, 700), min_size=1, max_size=12), st.sampled_from([None, 700]))
def test_where_padding_is_read_a_row_has_its_length_whatever_stands_beside_it(lengths, max_length):
    """Batches of `mixed` inputs hold rows of one padded length only."""
    inputs, texts = Sequences(max_length, skips_padding=False), store(*lengths)
    widths = inputs.padded_lengths(texts)
    for width in set(widths.tolist()):
        rows = np.flatnonzero(widths == width)
        assert inputs.gather(texts, rows, tight=False)["ids"].shape == (len(rows), width)
        assert inputs.gather(texts, rows[:1], tight=False)["ids"].shape == (1, width)
    assert not inputs.mixed


def test_bags_have_no_padding():
    texts = store(2, 3)
    assert Bags(weighted=False).padded_lengths(texts).tolist() == [0, 0]
    batch = Bags(weighted=False).gather(texts, np.array([1, 0]), tight=False)
    assert (batch["tokens"].tolist(), batch["offsets"].tolist()) == ([1, 2, 3, 1, 2], [0, 3, 5])
