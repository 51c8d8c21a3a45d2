"""Names of buckets, as a tuple of them has them."""

import pytest

from seqlab.text.bucket_names import BucketNames

NAMES = ("#0", "#1", "#2")


def test_they_are_those_of_a_tuple():
    names = BucketNames(3)
    assert (tuple(names), len(names), names[-1], names.index("#1"), "#3" in names) == (NAMES, 3, "#2", 1, False)
    assert (names[:2], names[None:None], names[::2]) == (NAMES[:2], NAMES, NAMES[::2])
    with pytest.raises(IndexError):
        names[3]
