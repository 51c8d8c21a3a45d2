"""Hashes as arrays, against the same with bytes and sets."""

import hashlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqlab.data.content_hashes import ContentHashes, whole_groups

few = st.lists(
    st.sampled_from([bytes([first]) + b"\0" * 7 + bytes([last]) * 8 for first in (0, 200) for last in (0, 9)])
)


def hashed(*texts):
    return [hashlib.sha256(text.encode()).digest()[:16] for text in texts]


def test_they_are_shown_as_digits():
    hashes = ContentHashes.of(hashed("a", "b"))
    assert list(hashes) == [each.hex() for each in hashed("a", "b")]
    assert hashes.digits().tolist() == [each.hex().encode() for each in hashed("a", "b")]
    assert len(ContentHashes.of([])) == 0


@given(few)
def test_order_groups_and_counts(found):
    """Some hashes have equal first halves, which are not equal as a whole."""
    hashes = ContentHashes.of(found)
    order = sorted(range(len(found)), key=found.__getitem__)
    assert hashes.order().tolist() == order
    assert hashes.distinct() == len(set(found))
    assert hashes.first_rows().tolist() == [found.index(each) for each in found]
    in_order = [found[row] for row in order]
    changes = [row for row in range(len(found)) if not row or in_order[row] != in_order[row - 1]]
    assert hashes.rows(hashes.order()).starts().tolist() == hashes.starts(hashes.order()).tolist() == changes


@given(few, few, few)
def test_what_others_have_too(found, one, other):
    among = ContentHashes.of(found).among(map(ContentHashes.of, (one, other)))
    assert among.tolist() == [each in {*one, *other} for each in found]


@pytest.mark.parametrize("lengths", [[1] * 40_000, [16_384, 16_384], [1, 50_000, 2], [3]])
def test_ranges_hold_whole_groups(lengths):
    starts = np.cumsum([0, *lengths[:-1]])
    ranges = list(whole_groups(starts, sum(lengths)))
    assert [first for first, _ in ranges] == [0, *(end for _, end in ranges[:-1])]
    assert {first for first, _ in ranges} <= set(starts.tolist())
    assert ranges[-1][1] == sum(lengths)
