"""What is known of a metric before it is computed: the names it returns, whether lower is better, and when it is
computed. Decorators say so, between the registry's `add` and the function."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, TypeVar

M = TypeVar("M", bound=Callable[..., Any])

CLASS = "<class>"
"""Where the name of a class is in the names that a metric returns."""
_OUTPUTS: dict[str, tuple[str, ...]] = {}
_LOWER = {"loss", "perplexity", "bits_per_character"}
"""The loss and metrics derived from it; other metrics add their own."""
_AFTER_TRAINING: set[str] = set()
_VALIDATION_ONLY: set[str] = set()
_OF_THE_MODEL: set[str] = set()


def returns(*names: str) -> Callable[[M], M]:
    """Decorate a metric that returns values under other names than its own. What follows a dot may be known only with
    the data: `f1.<class>` also means `f1.positive`."""

    def decorated(metric: M) -> M:
        _OUTPUTS[metric.__name__] = names
        return metric

    return decorated


def better_when_lower(*names: str) -> Callable[[M], M]:
    """Decorate a metric: lower values of these names are better."""

    def decorated(metric: M) -> M:
        _LOWER.update(names)
        return metric

    return decorated


def after_training(metric: M) -> M:
    """Decorate a metric: computed for the trained model, and after each epoch only if it is the monitor."""
    _AFTER_TRAINING.add(metric.__name__)
    return metric


def validation_only(metric: M) -> M:
    """Decorate a metric that chooses something, such as a threshold, which no other split may choose."""
    _VALIDATION_ONLY.add(metric.__name__)
    return metric


def of_the_model(metric: M) -> M:
    """Decorate a metric that judges the model and not how it does on a split: recorded under its own name, without that
    of a split, and never a monitor."""
    _OF_THE_MODEL.add(metric.__name__)
    return metric


def metric_outputs(metric: str) -> tuple[str, ...]:
    """The names that a metric returns."""
    return _OUTPUTS.get(metric, (metric,))


def names_of_classes(metric: str, classes: Iterable[str]) -> list[str]:
    """The names of a metric's values of each class: `f1.positive`, `f1.negative`, …"""
    classes = list(classes)
    of_class = [name for name in metric_outputs(metric) if CLASS in name]
    return [name.replace(CLASS, each) for name in of_class for each in classes]


def is_of_the_model(name: str) -> bool:
    """Whether a metric, or a name that it returns, is of the model and of no split."""
    return any(is_one_of(name, (metric, *metric_outputs(metric))) for metric in _OF_THE_MODEL)


def is_one_of(name: str, names: list[str] | tuple[str, ...]) -> bool:
    """Whether a name (`f1.positive`) matches one of the names (`f1.<class>`)."""
    return name in names or ("." in name and _family(name) in map(_family, names))


def lower_is_better(name: str) -> bool:
    """`validation.loss`: yes; `test.accuracy`: no. Decided by the name after the split."""
    return name.split(".", 1)[-1] in _LOWER


def is_computed_after_training(metric: str) -> bool:
    """Whether the metric is computed only after training, unless it is the monitor."""
    return metric in _AFTER_TRAINING


def is_computed_on(metric: str, split: str) -> bool:
    """Whether the metric is computed on this split."""
    return split == "validation" or metric not in _VALIDATION_ONLY


def _family(name: str) -> str:
    return name.partition(".")[0]
