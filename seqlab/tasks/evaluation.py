"""What evaluating a model on a split returns."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from seqlab.data.records import SplitName
from seqlab.metrics.metric_names import is_computed_on
from seqlab.registry import Component, Registry


@dataclass(frozen=True)
class Matrix:
    """A plot of counts by (row, column)."""

    title: str
    rows: str
    columns: str
    names: tuple[str, ...]
    values: np.ndarray


@dataclass(frozen=True)
class Scatter:
    """A plot of one number against another, a point for each example, beside the line on which both are equal."""

    title: str
    across: str
    up: str
    x: np.ndarray
    y: np.ndarray


Plot = Matrix | Scatter


class Evaluation(Protocol):
    """The outputs of a model on a whole split."""

    def metrics(self) -> dict[str, Any]:
        """Metric → value, `loss` first."""

    def predictions(self) -> Iterator[dict[str, Any]]:
        """One mapping per item, the lines of `predictions/`: `id`, `target`, `prediction` and perhaps `scores`."""

    def samples(self) -> str:
        """The content of `samples.txt`: what a person looks at first."""

    def plots(self) -> Mapping[str, Plot]:
        """File name → plot."""


def compute_metrics(loss: float, metrics: Iterable[Component], outputs: Any) -> dict[str, Any]:
    """The loss and each metric of `outputs`: a value under the metric's name, or several under names it gives."""
    values: dict[str, Any] = {"loss": loss}
    for metric in metrics:
        value = metric(outputs)  # type: ignore[operator]  # components made from functions are callable
        values |= value if isinstance(value, dict) else {metric.name: value}
    return values


def metrics_on(
    split: SplitName, registry: Registry[Component], chosen: Iterable[Component] | None = None
) -> tuple[Component, ...]:
    """The chosen metrics, or all of the registry with their defaults, as far as they are computed on this split."""
    if chosen is None:
        chosen = (component(name=component.component_name()) for component in registry)
    return tuple(metric for metric in chosen if is_computed_on(metric.name, split))
