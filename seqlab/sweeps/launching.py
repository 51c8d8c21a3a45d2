"""What launchers share: the resources of a trial, and when workers that fail end a sweep."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from seqlab.errors import SeqlabError
from seqlab.sweeps.storage import StudyError
from seqlab.sweeps.study import Study
from seqlab.sweeps.sweep_directory import Clock

MOST_FAILURES = 3
"""Workers in a row, for each that runs at the same time, that may end with an error before the sweep gives up."""


LONGEST_OUTAGE = 60.0
"""Seconds that a command waits for a study that cannot be read. Its workers, which must write, are started again."""
T = TypeVar("T")


class Launcher(Protocol):
    """Starts workers, replaces those that die, and passes signals on. All else is in the storage and in the locks."""

    def run(self, look: Callable[[], int]) -> None:
        """Start workers and wait until they have nothing left to do. `look` is called all the time, and returns how
        many trials have ended.

        Raises Stopped after a signal, when all workers have been told to save, and SeqlabError if workers keep failing.
        """


@dataclass(frozen=True)
class Resources:
    """What a trial gets on the machine that trains it."""

    cores: int = 1
    gpus: int = 0
    memory: float | None = None
    """Gigabytes; None: none are reserved."""


class Failures:
    """Workers that failed since a trial ended."""

    def __init__(self, workers: int) -> None:
        self._most = MOST_FAILURES * workers
        self._count = 0
        self._ended = 0

    def note_progress(self, ended: int) -> None:
        """`ended`: trials that have ended so far."""
        if ended > self._ended:
            self._ended, self._count = ended, 0

    def add(self, how: str, said: str) -> None:
        """A worker failed. Raises SeqlabError if it was one too many."""
        self._count += 1
        if self._count >= self._most:
            raise SeqlabError(f"the workers of this sweep keep failing (the last with {how}): {said}")


class Patient(Generic[T]):
    """A function that reads the study: while a database is being started again, it answers what it answered last."""

    def __init__(self, read: Callable[[], T], first: T) -> None:
        self._read = read
        self._last = first
        self._failing_since: float | None = None

    def __call__(self) -> T:
        """Raises StudyError if the study cannot be read for longer than `LONGEST_OUTAGE`."""
        try:
            self._last = self._read()
            self._failing_since = None
        except StudyError:
            now = time.monotonic()
            self._failing_since = self._failing_since or now
            if now - self._failing_since > LONGEST_OUTAGE:
                raise
        return self._last


def trials_left(study: Study, clock: Clock) -> int:
    """How many trials have not ended, those that have not begun included; many, if only the time is limited."""
    trials, sweep = study.trials(), study.sweep
    running = sum(each.state.name == "RUNNING" for each in trials)
    minutes = sweep.search.minutes
    if minutes is not None and clock.spent() >= 60 * minutes:
        return running
    waiting = sum(each.state.name == "WAITING" for each in trials)
    most = sweep.most_trials
    return running + waiting + (1_000_000 if most is None else max(0, most - len(trials)))
