"""The cores that this process can use, which `taskset`, a batch job or a container may limit."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator
from pathlib import Path

from seqlab.runs.cgroups import CGROUPS, OF_PROCESS, folders, numbers_in


def usable_cores() -> int:
    """Number of cores: those that it may run on, or as many as its share of processor time keeps busy, at least 1."""
    return min(scheduled_cores(), quota_of_cores() or scheduled_cores())


def scheduled_cores() -> int:
    """Number of cores that it may run on, of which TensorFlow takes all, whatever its share of time."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def quota_of_cores(cgroups: Path = CGROUPS, of_process: Path = OF_PROCESS) -> int | None:
    """The lowest quota of processor time of the cgroups that it is in, in cores, rounded up; None if there is none."""
    quotas = [quota for group in folders("cpu", cgroups, of_process) for quota in _quotas(group)]
    return math.ceil(min(quotas)) if quotas else None


def _quotas(group: Path) -> Iterator[float]:
    """Cores: microseconds of processor time in a period of so many microseconds, in version 2 and version 1."""
    one_file = numbers_in(group / "cpu.max")
    two_files = [*numbers_in(group / "cpu.cfs_quota_us"), *numbers_in(group / "cpu.cfs_period_us")]
    for numbers in (one_file, two_files):
        if len(numbers) == 2 and min(numbers) > 0:  # -1: there is no quota
            yield numbers[0] / numbers[1]
