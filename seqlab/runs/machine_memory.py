"""The memory that processes of this machine can use, which a container or a batch job may limit."""

from __future__ import annotations

import os
from pathlib import Path

from seqlab.runs.cgroups import CGROUPS, OF_PROCESS, folders, numbers_in

LIMITS = ("memory.max", "memory.limit_in_bytes")
"""The file of a limit in version 2 of cgroups and in version 1."""


def memory_mb(cgroups: Path = CGROUPS, of_process: Path = OF_PROCESS) -> float | None:
    """The memory of the machine in MB, or the lowest limit of the cgroups that this process is in; None if the platform
    does not tell."""
    groups = folders("memory", cgroups, of_process)
    found = [*_of_machine(), *(limit for group in groups for name in LIMITS for limit in numbers_in(group / name))]
    return min(found) / 1024**2 if found else None


def _of_machine() -> list[int]:
    """Bytes. Windows has no `sysconf`."""
    try:
        return [os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")]
    except (AttributeError, ValueError, OSError):
        return []
