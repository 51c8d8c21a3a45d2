"""Which way a figure gets better: higher, unless it is said to be lower."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

M = TypeVar("M")

_LOWER = {"loss", "perplexity", "bits_per_character"}
"""What training lowers, and what is made of it; metrics add their own."""


def better_when_lower(*figures: str) -> Callable[[M], M]:
    """Decorate a metric: of these figures of it the lowest is the best."""

    def decorated(metric: M) -> M:
        _LOWER.update(figures)
        return metric

    return decorated


def lower_is_better(figure: str) -> bool:
    """`validation.loss` yes, `test.accuracy` no: by the name behind the split's."""
    return figure.split(".", 1)[-1] in _LOWER
