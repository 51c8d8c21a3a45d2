"""Places labels beside their points so that no two overlap."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

GAP = 4.0
"""Pixels between a point and its label."""

Box = tuple[float, float, float, float]
"""Left, bottom, right, top, in pixels."""


def place_labels(points: np.ndarray, sizes: np.ndarray, frame: Box) -> list[tuple[float, float] | None]:
    """The offset of each label's left bottom corner from its point; None where there is no room for it.

    `points` and `sizes`: (labels, 2) pixels. Greedy: the first labels choose first, among eight places around the
    point; no label leaves the frame, overlaps another one, or covers the point of another one.
    """
    placed = np.empty((0, 4))
    offsets: list[tuple[float, float] | None] = []
    for index, (point, size) in enumerate(zip(points, sizes, strict=True)):
        others = np.delete(points, index, axis=0)
        chosen = None
        for offset in _candidates(float(size[0]), float(size[1])):
            left, bottom = point + offset
            box = (left, bottom, left + size[0], bottom + size[1])
            if _inside(box, frame) and not _overlaps(box, placed) and not _covers(box, others):
                chosen = offset
                placed = np.vstack([placed, box])
                break
        offsets.append(chosen)
    return offsets


def _candidates(width: float, height: float) -> Sequence[tuple[float, float]]:
    """Right, left, above, below, and the four corners."""
    return (
        (GAP, -height / 2),
        (-GAP - width, -height / 2),
        (-width / 2, GAP),
        (-width / 2, -GAP - height),
        (GAP, GAP),
        (-GAP - width, GAP),
        (GAP, -GAP - height),
        (-GAP - width, -GAP - height),
    )


def _inside(box: Box, frame: Box) -> bool:
    return box[0] >= frame[0] and box[1] >= frame[1] and box[2] <= frame[2] and box[3] <= frame[3]


def _overlaps(box: Box, placed: np.ndarray) -> bool:
    """Whether a box has an area in common with one of the (boxes, 4)."""
    apart = (placed[:, 2] <= box[0]) | (placed[:, 0] >= box[2]) | (placed[:, 3] <= box[1]) | (placed[:, 1] >= box[3])
    return not bool(apart.all())


def _covers(box: Box, points: np.ndarray) -> bool:
    inside = (points[:, 0] > box[0]) & (points[:, 0] < box[2]) & (points[:, 1] > box[1]) & (points[:, 1] < box[3])
    return bool(inside.any())
