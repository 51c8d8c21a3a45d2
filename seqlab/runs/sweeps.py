"""What a folder of runs knows of sweeps: which directories are theirs, and which runs are their trials."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

ENDING = "-sweep"
RECORD = "sweep.json"


@dataclass(frozen=True)
class TrialOf:
    """What a run records of the sweep that it is a trial of."""

    sweep: str
    """The id of the sweep: the name of its directory without `-sweep`."""
    trial: int
    """The number of the trial, from 0."""

    @property
    def record(self) -> dict[str, Any]:
        """The keys of `run.json`."""
        return {"sweep": self.sweep, "trial": self.trial}


def is_sweep(directory: Path) -> bool:
    """Whether a directory below the folder of runs belongs to a sweep. A run whose name ends like one is a run."""
    return directory.name.endswith(ENDING) and (directory / RECORD).is_file()
