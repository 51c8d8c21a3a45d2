"""What a folder of runs knows of sweeps: which directories are theirs, and which runs are their trials."""

from __future__ import annotations

import contextlib
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


def sweep_of(reference: str, runs_dir: Path) -> str | None:
    """The id of the sweep that an id, or the name or path of its directory, means; None if it is none."""
    path = Path(reference)
    for directory in (path, runs_dir / path.name, runs_dir / f"{path.name}{ENDING}"):
        with contextlib.suppress(OSError):  # a name can be too long
            if path.name and is_sweep(directory):
                return directory.name.removesuffix(ENDING)
    return None


def is_sweep(directory: Path) -> bool:
    """Whether a directory below the folder of runs belongs to a sweep. A run whose name ends like one is a run."""
    return directory.name.endswith(ENDING) and (directory / RECORD).is_file()
