"""Which metrics cost so much that the epochs of a training are told apart without them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

M = TypeVar("M", bound=Callable[..., Any])

_EXPENSIVE: set[str] = set()


def after_training(metric: M) -> M:
    """Decorate a metric: it is computed of the trained model, and after each epoch only if it chooses the best one."""
    _EXPENSIVE.add(metric.__name__)
    return metric


def is_expensive(name: str) -> bool:
    """Of the metric called so."""
    return name in _EXPENSIVE
