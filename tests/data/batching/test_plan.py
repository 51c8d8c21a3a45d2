"""The order of the data."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from seqlab.data.batching import plan


@given(rows=st.integers(1, 300), batch=st.integers(1, 64), seed=st.integers(0, 9), epoch=st.integers(1, 9))
def test_every_row_once_in_full_batches_but_the_last(rows, batch, seed, epoch):
    batches = plan.shuffled(rows, batch, seed=seed, epoch=epoch)
    assert sorted(np.concatenate(batches).tolist()) == list(range(rows))
    assert {len(each) for each in batches[:-1]} <= {batch}
    assert 1 <= len(batches[-1]) <= batch


def test_a_pure_function_of_seed_and_epoch():
    def order(seed, epoch):
        return np.concatenate(plan.shuffled(100, 10, seed=seed, epoch=epoch)).tolist()

    assert order(1, 2) == order(1, 2)
    # `seed + epoch` would make these two equal.
    assert order(1, 2) != order(2, 1)
    assert order(1, 2) != order(1, 3)


LENGTHS = st.lists(st.sampled_from([16, 32, 48, 600]), min_size=1, max_size=200).map(np.array)


@given(lengths=LENGTHS, batch=st.integers(1, 16), mixed=st.booleans(), seed=st.integers(0, 9))
def test_buckets_hold_every_row_once(lengths, batch, mixed, seed):
    batches = plan.bucketed(lengths, batch, mixed=mixed, seed=seed, epoch=1)
    assert sorted(np.concatenate(batches).tolist()) == list(range(len(lengths)))
    short = sum(len(each) < batch for each in batches)
    assert short <= (1 if mixed else len(set(lengths.tolist())))


@given(lengths=LENGTHS, batch=st.integers(1, 16), seed=st.integers(0, 9))
def test_unmixed_batches_have_one_length(lengths, batch, seed):
    for rows in plan.bucketed(lengths, batch, mixed=False, seed=seed, epoch=1):
        assert len(set(lengths[rows].tolist())) == 1


@given(lengths=LENGTHS, batch=st.integers(1, 16), seed=st.integers(0, 9))
def test_mixed_batches_mix_as_little_as_can_be(lengths, batch, seed):
    """Between two lengths at most one batch stands on both sides."""
    batches = plan.bucketed(lengths, batch, mixed=True, seed=seed, epoch=1)
    on_a_border = sum(len(set(lengths[rows].tolist())) > 1 for rows in batches)
    assert on_a_border < len(set(lengths.tolist()))


def test_the_order_of_buckets_is_random_and_changes_with_the_epoch():
    lengths = np.repeat([16, 32, 48, 64], 50)

    def widths(epoch):
        return [int(lengths[rows].max()) for rows in plan.bucketed(lengths, 10, mixed=True, seed=1, epoch=epoch)]

    assert widths(1) != sorted(widths(1))
    assert widths(1) != widths(2)
    assert widths(1) == widths(1)


@given(rows=st.integers(1, 100), batch=st.integers(1, 16), mixed=st.booleans())
def test_rows_of_one_length_come_as_if_there_were_no_buckets(rows, batch, mixed):
    bucketed = plan.bucketed(np.full(rows, 7), batch, mixed=mixed, seed=3, epoch=2)
    assert list(map(list, bucketed)) == list(map(list, plan.shuffled(rows, batch, seed=3, epoch=2)))


def test_grouped():
    lengths = np.array([32, 16, 32, 16, 16])
    assert [rows.tolist() for rows in plan.grouped(lengths, 2, mixed=True)] == [[1, 3], [4, 0], [2]]
    assert [rows.tolist() for rows in plan.grouped(lengths, 2, mixed=False)] == [[1, 3], [4], [0, 2]]


@given(sizes=st.lists(st.integers(1, 9), min_size=1, max_size=20), shares=st.integers(1, 4))
def test_no_device_is_left_without_a_row(sizes, shares):
    batches = np.split(np.arange(sum(sizes)), np.cumsum(sizes)[:-1])
    joined = plan.shareable(batches, shares)
    assert np.concatenate(joined).tolist() == list(range(sum(sizes)))
    assert len(joined) == 1 or min(map(len, joined)) >= shares
    assert shares > 1 or len(joined) == len(sizes)


ROW_LENGTHS = st.lists(st.integers(1, 60), min_size=1, max_size=200).map(np.array)


@given(lengths=ROW_LENGTHS, tokens=st.integers(1, 300), seed=st.integers(0, 9), epoch=st.integers(1, 9))
def test_batches_by_tokens_hold_every_row_once_and_no_more_than_they_may(lengths, tokens, seed, epoch):
    batches = plan.by_tokens(lengths, tokens, seed=seed, epoch=epoch)
    assert sorted(np.concatenate(batches).tolist()) == list(range(len(lengths)))
    for rows in batches:
        assert len(rows) == 1 or len(rows) * lengths[rows].max() <= tokens
    again = plan.by_tokens(lengths, tokens, seed=seed, epoch=epoch)
    assert list(map(list, again)) == list(map(list, batches))


@given(lengths=ROW_LENGTHS, tokens=st.integers(1, 300), seed=st.integers(0, 9))
@example(lengths=np.array([3, 3, 3]), tokens=6, seed=0)  # the last batch, which is not full, comes first in the plan
def test_batches_by_tokens_are_of_neighbours_in_length_and_as_large_as_can_be(lengths, tokens, seed):
    batches = plan.by_tokens(lengths, tokens, seed=seed, epoch=1)
    # Of batches of one length the last one made holds what was left, wherever chance put it in the plan.
    batches.sort(key=lambda rows: (lengths[rows].min(), lengths[rows].max(), -len(rows)))
    for rows, following in pairwise(batches):
        assert lengths[rows].max() <= lengths[following].min()
        assert (len(rows) + 1) * lengths[following].min() > tokens  # not one more would fit


def test_batches_by_tokens_by_hand():
    lengths = np.array([9, 2, 3, 2, 30, 3, 3])
    batches = plan.by_tokens(lengths, 9, seed=0, epoch=1)
    assert sorted(sorted(lengths[rows].tolist()) for rows in batches) == [[2, 2, 3], [3, 3], [9], [30]]


def test_batches_by_tokens_change_with_seed_and_epoch():
    lengths = np.repeat([5, 10, 20, 40], 30)

    def order(seed, epoch):
        return [rows.tolist() for rows in plan.by_tokens(lengths, 100, seed=seed, epoch=epoch)]

    assert order(1, 2) != order(2, 1)
    assert order(1, 2) != order(1, 3)
    widths = [int(lengths[rows].max()) for rows in order(1, 2)]
    assert widths != sorted(widths)
    # Which rows of a length are together is chance as well.
    assert {tuple(sorted(rows)) for rows in order(1, 2)} != {tuple(sorted(rows)) for rows in order(1, 3)}


class TestWindows:
    @pytest.mark.parametrize("epoch", range(1, 20))
    def test_each_place_at_most_once_and_hardly_any_left_out(self, epoch):
        batches = plan.windows(1_000, 7, window=30, shift=None, seed=1, epoch=epoch)
        starts = np.sort(np.concatenate(batches))
        assert (np.diff(starts) == 30).all()
        assert starts[0] < 30
        assert 1_000 - 30 - 30 < starts[-1] + 30 <= 1_000 - 1

    def test_their_offset_changes_with_the_epoch(self):
        offsets = {min(map(min, plan.windows(1_000, 7, window=30, shift=None, seed=1, epoch=e))) for e in range(1, 9)}
        assert len(offsets) > 3

    def test_with_a_shift_they_overlap(self):
        batches = plan.windows(7, 2, window=4, shift=1, seed=0, epoch=1)
        assert sorted(np.concatenate(batches).tolist()) == [0, 1, 2]

    def test_a_text_that_just_fits(self):
        assert plan.windows(5, 8, window=4, shift=None, seed=0, epoch=1)[0].tolist() == [0]

    def test_streams_go_on_where_they_ended(self):
        batches = plan.streams(100, 3, window=5)
        assert [rows.tolist() for rows in batches[:2]] == [[0, 33, 66], [5, 38, 71]]
        assert max(batches[-1]) + 5 + 1 <= 100
        assert len(batches) == 6
