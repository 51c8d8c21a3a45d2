"""How far the metrics of a run could be from what they are, if its split had other examples."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from seqlab.comparison.compare import measured_of
from seqlab.comparison.refusals import known_task_of
from seqlab.comparison.resampling import bootstrap, interval
from seqlab.errors import RequestError
from seqlab.runs import Run
from seqlab.runs.selection import is_number

WILSON, BOOTSTRAP = "Wilson", "bootstrap"


class Interval(NamedTuple):
    """A metric with the bounds of its 95 % interval."""

    value: float
    low: float
    high: float
    method: str = BOOTSTRAP
    """`WILSON`: the score interval of a share (Wilson 1927); `BOOTSTRAP`: percentiles over resampled items."""


def intervals(run: Run, split: str) -> dict[str, Interval]:
    """Metric, with its split → interval, of every metric that is a function of sums over items; empty for tasks whose
    predictions are no such items. That of a classifier's accuracy is the one that `result.json` records.

    Says nothing about seeds. Raises RequestError if the predictions are missing or damaged.
    """
    task = known_task_of(run)
    if task is None or task.compares is None:
        return {}
    measured = measured_of([run], split)
    drawn = bootstrap(measured.measures, 1, measured.items)
    found = {
        f"{split}.{measure.name}": Interval(measure.value(0), *interval(scores.scores[:, 0]))
        for measure, scores in zip(measured.measures, drawn, strict=True)
    }
    return {name: recorded if (recorded := _recorded(run, name)) else each for name, each in found.items()}


def intervals_or_none(run: Run, split: str) -> dict[str, Interval]:
    """The same; of accuracy at most if the predictions are missing or damaged."""
    try:
        return intervals(run, split)
    except RequestError:
        name = f"{split}.accuracy"
        return {name: recorded} if (recorded := _recorded(run, name)) else {}


def method_of(found: Mapping[str, Interval]) -> str:
    """How intervals were computed, as a sentence about them says it; empty if there are none."""
    wilson = [name.partition(".")[2] for name, each in found.items() if each.method == WILSON]
    if not wilson:
        return "bootstrap over the items" if found else ""
    named = f"{' and '.join(wilson)}: Wilson's score interval"
    return f"{named}; the others: bootstrap over the items" if len(wilson) < len(found) else named


def _recorded(run: Run, name: str) -> Interval | None:
    """The interval that the run recorded of a metric, if it did: one metric has one interval, wherever it is shown."""
    result = run.result()
    found = [float(value) for key in (name, f"{name}_low", f"{name}_high") if is_number(value := result.get(key))]
    if len(found) < len(Interval._fields) - 1:
        return None
    value, low, high = found
    return Interval(value, low, high, WILSON)
