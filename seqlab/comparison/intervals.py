"""How far the metrics of a run could be from what they are, if its split had other examples."""

from __future__ import annotations

from typing import NamedTuple

from seqlab.comparison.compare import measured_of
from seqlab.comparison.refusals import known_task_of
from seqlab.comparison.resampling import bootstrap, interval
from seqlab.errors import RequestError
from seqlab.runs import Run


class Interval(NamedTuple):
    """A metric with the bounds of its 95 % percentile interval over resampled items."""

    value: float
    low: float
    high: float


def intervals(run: Run, split: str) -> dict[str, Interval]:
    """Metric, with its split → interval, of every metric that is a function of sums over items; empty for tasks whose
    predictions are no such items.

    Says nothing about seeds. Raises RequestError if the predictions are missing or damaged.
    """
    task = known_task_of(run)
    if task is None or task.compares is None:
        return {}
    measured = measured_of([run], split)
    drawn = bootstrap(measured.measures, 1, measured.items)
    return {
        f"{split}.{measure.name}": Interval(measure.value(0), *interval(scores.scores[:, 0]))
        for measure, scores in zip(measured.measures, drawn, strict=True)
    }


def intervals_or_none(run: Run, split: str) -> dict[str, Interval]:
    """The same; empty if the predictions are missing or damaged."""
    try:
        return intervals(run, split)
    except RequestError:
        return {}
