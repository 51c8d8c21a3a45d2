"""The hash table of integers, against a dictionary."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from seqlab.text.ngrams._key_table import KeyTable

keys = st.integers(-(2**63), 2**63 - 1).filter(lambda key: key != -1)


@given(held=st.lists(keys, unique=True), later=st.integers(0, 20), asked=st.lists(st.one_of(keys, st.integers(-9, 9))))
def test_equals_a_dictionary(held, later, asked):
    asked = asked + held[::2]
    table = KeyTable(np.array(held[later:], np.int64))
    table.add(np.array(held[:later], np.int64))
    numbers = {key: number for number, key in enumerate(held[later:] + held[:later])}
    assert len(table) == len(held)
    assert table.find(np.array(asked, np.int64)).tolist() == [numbers.get(key, -1) for key in asked]


def test_growing_one_by_one():
    table = KeyTable(np.empty(0, np.int64))
    for key in range(1000, 0, -1):
        table.add(np.array([key * key]))
    assert table.find(np.arange(1, 1001) ** 2).tolist() == list(range(999, -1, -1))


def test_many_keys_in_a_row():
    held = np.arange(0, 300_000, 3, dtype=np.int64)
    asked = np.arange(300_000, dtype=np.int64)
    assert (KeyTable(held).find(asked) == np.where(asked % 3, -1, asked // 3)).all()


def test_keys_that_collide_are_still_found():
    table = KeyTable(np.arange(100, dtype=np.int64))
    slots = table._first_slots(np.arange(100_000, dtype=np.int64))
    same = np.flatnonzero(slots == slots[0])[:40]
    assert len(same) == 40
    crowded = KeyTable(same)
    assert (crowded.find(same) == np.arange(40)).all()
    assert (crowded.find(same + 1) == -1).all()
