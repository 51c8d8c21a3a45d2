"""Labels that do not overlap."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from seqlab.reports.label_placement import GAP, place_labels

FRAME = (0.0, 0.0, 100.0, 80.0)


def boxes(points, sizes, offsets):
    return [
        (*(point + offset), *(point + offset + size))
        for point, size, offset in zip(points, sizes, offsets, strict=True)
        if offset is not None
    ]


@given(arrays.arrays(float, st.tuples(st.integers(1, 30), st.just(2)), elements=st.floats(0, 80)), st.floats(1, 20))
def test_no_label_overlaps_another_leaves_the_frame_or_covers_a_point(points, height):
    sizes = np.tile([2 * height, height], (len(points), 1))
    offsets = place_labels(points, sizes, FRAME)
    placed = boxes(points, sizes, offsets)
    for number, (left, bottom, right, top) in enumerate(placed):
        assert left >= 0
        assert bottom >= 0
        assert right <= 100
        assert top <= 80
        for other in placed[:number]:
            assert left >= other[2] or right <= other[0] or bottom >= other[3] or top <= other[1]
        assert not any(left < x < right and bottom < y < top for x, y in points)


def test_a_label_goes_to_the_right_or_where_there_is_room():
    points, sizes = np.array([[50.0, 40], [98.0, 40], [30.0, 40]]), np.array([[20.0, 10]] * 3)
    assert place_labels(points, sizes, FRAME) == [(GAP, -5), (-GAP - 20, -5), (-GAP - 20, -5)]


def test_a_label_without_room_is_left_out():
    assert place_labels(np.array([[50.0, 40]]), np.array([[200.0, 10]]), FRAME) == [None]
