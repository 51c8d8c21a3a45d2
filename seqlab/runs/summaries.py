"""A run as a row of the list of runs."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from seqlab.errors import RequestError
from seqlab.runs.notes import NO_NOTES, Notes, readable_notes
from seqlab.runs.run import Run

TIME = re.compile(r"\d{8}-\d{6}-")
"""What every run id starts with: the UTC time of its creation."""

BLEU = "test.bleu"
NO_HEADLINE = (".loss", "_low", "_high")
"""Endings of metrics that stand for no result: a loss where there is a better one, and the bounds of an interval."""
SEEDS = 2**32
"""There are so many seeds, from 0."""

CLOCK_SKEW = timedelta(days=1)
"""How far in the future the start of a run may be: clocks and time zones of machines differ."""
OLDEST = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True)
class RunSummary:
    """A row of the list of runs. If a directory cannot be read, `damage` says why and the metadata is empty.

    `notes` are those of the user; none if their file cannot be read.
    """

    run: Run
    status: str
    metadata: Mapping[str, Any] = field(default_factory=dict)
    result: Mapping[str, Any] = field(default_factory=dict)
    damage: str = ""
    notes: Notes = NO_NOTES

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
    def label(self) -> str:
        return self.notes.label

    @property
    def seed(self) -> int | None:
        """`runtime.seed` of its config."""
        runtime = (self.metadata.get("config") or {}).get("runtime")
        seed = runtime.get("seed") if isinstance(runtime, Mapping) else None
        return seed if type(seed) is int and 0 <= seed < SEEDS else None

    @property
    def headline(self) -> tuple[str, float] | None:
        """Name and value of the metric that stands for the result: BLEU of a translator, else the first metric of the
        test split after the loss, in the order of the task's metrics, and the validation loss of a run without a test
        split. None if there is none yet."""
        scores = {name: value for name, value in self.result.items() if name.startswith("test.")}
        for name in (BLEU, *scores):
            if not name.endswith(NO_HEADLINE) and isinstance(value := scores.get(name), int | float):
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
    of_id = summary.run.id[:15].replace("-", "T", 1) if TIME.match(summary.run.id) else ""
    times = (_time(of_id), _time(summary.started[:19]))
    return next((time for time in times if time), OLDEST), summary.run.id


def _time(text: str) -> datetime | None:
    """A time in UTC in ISO format; `datetime.strptime` would be a fifth of the time that a list of runs takes."""
    try:
        time = datetime.fromisoformat(text).replace(tzinfo=UTC)
    except ValueError:
        return None
    return time if time <= datetime.now(UTC) + CLOCK_SKEW else None


def summary_of(run: Run) -> RunSummary:
    """The row of a run, damaged or not."""
    try:
        metadata = run.metadata()
        return RunSummary(run, run.status_from(metadata), metadata, run.result(), notes=readable_notes(run))
    except RequestError as error:
        return RunSummary(run, "damaged", damage=str(error))
