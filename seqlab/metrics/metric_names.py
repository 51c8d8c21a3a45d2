"""What is known of a metric's figures before they are computed: how they are called, which way they get better, and
whether they cost so much that the epochs of a training are told apart without them. All of it is said by decorators of
the metric, between the registry's `add` and the function."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

M = TypeVar("M", bound=Callable[..., Any])

_GIVEN: dict[str, tuple[str, ...]] = {}
_LOWER = {"loss", "perplexity", "bits_per_character"}
"""What training lowers, and what is made of it; metrics add their own."""
_EXPENSIVE: set[str] = set()


def gives(*figures: str) -> Callable[[M], M]:
    """Decorate a metric whose figures are not called as it is. What stands behind a dot may be known only with the
    data: `f1.<class>` stands for `f1.positive` too."""

    def decorated(metric: M) -> M:
        _GIVEN[metric.__name__] = figures
        return metric

    return decorated


def better_when_lower(*figures: str) -> Callable[[M], M]:
    """Decorate a metric: of these figures of it the lowest is the best."""

    def decorated(metric: M) -> M:
        _LOWER.update(figures)
        return metric

    return decorated


def after_training(metric: M) -> M:
    """Decorate a metric: it is computed of the trained model, and after each epoch only if it chooses the best one."""
    _EXPENSIVE.add(metric.__name__)
    return metric


def metric_outputs(metric: str) -> tuple[str, ...]:
    """By the metric called so."""
    return _GIVEN.get(metric, (metric,))


def is_one_of(figure: str, figures: list[str] | tuple[str, ...]) -> bool:
    """Whether a figure (`f1.positive`) is among those that are called so (`f1.<class>`): dots divide a kind."""
    return figure in figures or ("." in figure and _kind(figure) in map(_kind, figures))


def lower_is_better(figure: str) -> bool:
    """`validation.loss` yes, `test.accuracy` no: by the name behind the split's."""
    return figure.split(".", 1)[-1] in _LOWER


def is_expensive(metric: str) -> bool:
    """Of the metric called so."""
    return metric in _EXPENSIVE


def _kind(figure: str) -> str:
    return figure.partition(".")[0]
