"""A run as a row of the list of runs."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from seqlab.errors import RequestError
from seqlab.runs.run import Run

TIME = re.compile(r"\d{8}-\d{6}-")
"""What every run id starts with: the UTC time of its creation."""

BLEU = "test.bleu"

CLOCK_SKEW = timedelta(days=1)
"""How far in the future the start of a run may be: clocks and time zones of machines differ."""


@dataclass(frozen=True)
class RunSummary:
    """A row of the list of runs. If a directory cannot be read, `damage` says why and the metadata is empty."""

    run: Run
    status: str
    metadata: Mapping[str, Any] = field(default_factory=dict)
    result: Mapping[str, Any] = field(default_factory=dict)
    damage: str = ""

    @property
    def started(self) -> str:
        return str(self.metadata.get("started") or "")

    @property
    def task(self) -> str:
        config = self.metadata.get("config")
        return str(config.get("task") or "") if isinstance(config, Mapping) else ""

    @property
    def headline(self) -> tuple[str, float] | None:
        """Name and value of the metric that stands for the result: BLEU of a translator, else the first metric of the
        test split after the loss, in the order of the task's metrics. None if there is none yet."""
        scores = {name: value for name, value in self.result.items() if name.startswith("test.")}
        for name in (BLEU, *scores):
            if name != "test.loss" and isinstance(value := scores.get(name), int | float):
                return name, value
        return None

    def fits(self, tasks: Collection[str] | None) -> bool:
        """Whether the run can be read and is one of these tasks; None: any."""
        return not self.damage and (tasks is None or self.task in tasks)


def age(summary: RunSummary) -> tuple[str, str]:
    """Sort key from the oldest to the newest: the time in the id, which is there for all runs that were not renamed.

    Otherwise the recorded time, unless it is in the future: such a run would be `latest` for ever.
    """
    if TIME.match(summary.run.id):
        return summary.run.id, ""
    recorded = re.sub(r"[-:]", "", summary.started[:19]).replace("T", "-")
    return ("" if recorded > f"{datetime.now(UTC) + CLOCK_SKEW:%Y%m%d-%H%M%S}" else recorded), summary.run.id


def summary_of(run: Run) -> RunSummary:
    """The row of a run, damaged or not."""
    try:
        metadata = run.metadata()
        return RunSummary(run, run.status_from(metadata), metadata, run.result())
    except RequestError as error:
        return RunSummary(run, "damaged", damage=str(error))
