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
OLDEST = datetime.min.replace(tzinfo=UTC)


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
    def group(self) -> str:
        """The id of the group of repeats that the run belongs to; empty for none."""
        return str(self.metadata.get("group") or "")

    @property
    def seed(self) -> int | None:
        """`runtime.seed` of its config."""
        runtime = (self.metadata.get("config") or {}).get("runtime")
        seed = runtime.get("seed") if isinstance(runtime, Mapping) else None
        return seed if isinstance(seed, int) else None

    @property
    def headline(self) -> tuple[str, float] | None:
        """Name and value of the metric that stands for the result: BLEU of a translator, else the first metric of the
        test split after the loss, in the order of the task's metrics, and the validation loss of a run without a test
        split. None if there is none yet."""
        scores = {name: value for name, value in self.result.items() if name.startswith("test.")}
        for name in (BLEU, *scores):
            if name != "test.loss" and isinstance(value := scores.get(name), int | float):
                return name, value
        loss = None if scores else self.result.get("validation.loss")
        return ("validation.loss", loss) if isinstance(loss, int | float) else None

    def fits(self, tasks: Collection[str] | None) -> bool:
        """Whether the run can be read and is one of these tasks; None: any."""
        return not self.damage and (tasks is None or self.task in tasks)


def age(summary: RunSummary) -> tuple[datetime, str]:
    """Sort key from the oldest to the newest: the time in the id, which is there for all runs that were not renamed,
    otherwise the recorded time.

    A time that does not exist or is in the future tells nothing: such a run would be `latest` for ever.
    """
    times = (_time(summary.run.id[:15], "%Y%m%d-%H%M%S"), _time(summary.started[:19], "%Y-%m-%dT%H:%M:%S"))
    return next((time for time in times if time), OLDEST), summary.run.id


def _time(text: str, pattern: str) -> datetime | None:
    try:
        time = datetime.strptime(text, pattern).replace(tzinfo=UTC)
    except ValueError:
        return None
    return time if time <= datetime.now(UTC) + CLOCK_SKEW else None


def summary_of(run: Run) -> RunSummary:
    """The row of a run, damaged or not."""
    try:
        metadata = run.metadata()
        return RunSummary(run, run.status_from(metadata), metadata, run.result())
    except RequestError as error:
        return RunSummary(run, "damaged", damage=str(error))
