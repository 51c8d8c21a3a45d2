"""What the runs of a group say together: each seed, the spread of each metric, and the best run by validation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from seqlab.metrics.metric_names import lower_is_better
from seqlab.runs import RunSummary
from seqlab.runs.groups import Spread, finished, spread_of
from seqlab.tasks import TASKS

LOSS = "validation.loss"
"""Chooses where the task is not known."""


@dataclass(frozen=True)
class Best:
    """The run that validation chooses among the seeds: the test split would be fitted by the choice."""

    run: str
    seed: int | None
    metric: str
    """What chose the epochs of the runs, too."""
    value: float


@dataclass(frozen=True)
class GroupReport:
    """The runs of a group in the order of their seeds, and what their results have in common."""

    group: str
    runs: tuple[RunSummary, ...]
    metrics: Mapping[str, Spread]
    """Of the finished runs, each metric that all of them have."""
    best: Best | None

    @property
    def finished(self) -> list[RunSummary]:
        """The runs that have a result, one for each seed."""
        return _with_result(self.runs)

    @property
    def headline(self) -> list[str]:
        """The metrics that a table has room for: the one that chooses, that of the test split, and its loss."""
        first = self.finished[0].headline if self.finished else None
        names = [self.best.metric if self.best else LOSS, first[0] if first else LOSS, "test.loss", LOSS]
        return [name for name in dict.fromkeys(names) if name in self.metrics][:3]


def group_report(group: str, runs: Sequence[RunSummary]) -> GroupReport:
    """The report on the runs of a group, finished or not."""
    done = _with_result(runs)
    return GroupReport(group, tuple(runs), spread_of([each.result for each in done]), _best(done))


def _with_result(runs: Sequence[RunSummary]) -> list[RunSummary]:
    """A finished run whose result is lost would empty the table: metrics are those that all runs have."""
    return [each for each in finished(runs) if each.result]


def monitor_of(config: Mapping[str, Any]) -> str:
    """The metric that chooses among the epochs of a run, and among the runs of a group."""
    training, task = config.get("training"), TASKS.get(str(config.get("task")))
    named = training.get("monitor") if isinstance(training, Mapping) else None
    return named if isinstance(named, str) else task.monitor if task else LOSS


def _best(done: Sequence[RunSummary]) -> Best | None:
    if not done:
        return None
    metric = monitor_of(done[0].metadata.get("config") or {})
    values = [(each.result.get(metric), each) for each in done]
    known = [(value, each) for value, each in values if isinstance(value, int | float) and not isinstance(value, bool)]
    if not known:
        return None
    value, best = (min if lower_is_better(metric) else max)(known, key=lambda pair: pair[0])
    return Best(best.run.id, best.seed, metric, float(value))
