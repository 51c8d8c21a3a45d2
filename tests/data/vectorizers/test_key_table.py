"""The hash table of integers, against a dictionary."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from seqlab.data.vectorizers.key_table import KeyTable

keys = st.integers(0, 2**62)


@given(held=st.lists(keys, unique=True), asked=st.lists(st.one_of(keys, st.integers(-9, 9))))
def test_as_a_dictionary(held, asked):
    asked = asked + held[::2]
    positions = {key: position for position, key in enumerate(held)}
    found = KeyTable(np.array(held, np.int64)).find(np.array(asked, np.int64))
    assert found.tolist() == [positions.get(key, -1) for key in asked]


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
