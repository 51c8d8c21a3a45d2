"""The order of the data."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from seqlab.data import plan


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


def test_in_order():
    assert [batch.tolist() for batch in plan.in_order(5, 2)] == [[0, 1], [2, 3], [4]]
