"""The memory that processes of this machine can use, which a container or a batch job may limit."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

CGROUPS = Path("/sys/fs/cgroup")
OF_PROCESS = Path("/proc/self/cgroup")
LIMITS = ("memory.max", "memory.limit_in_bytes")
"""The file of a limit in version 2 of cgroups and in version 1."""


def memory_mb(cgroups: Path = CGROUPS, of_process: Path = OF_PROCESS) -> float | None:
    """The memory of the machine in MB, or the lowest limit of the cgroups that this process is in; None if the platform
    does not tell."""
    found = [*_of_machine(), *_limits(cgroups, of_process)]
    return min(found) / 1024**2 if found else None


def _of_machine() -> list[int]:
    """Bytes. Windows has no `sysconf`."""
    try:
        return [os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")]
    except (AttributeError, ValueError, OSError):
        return []


def _limits(cgroups: Path, of_process: Path) -> list[int]:
    """Bytes, of the cgroups that a process is in and of those around them. Nothing where there are none."""
    found = []
    for folder in _folders(cgroups, of_process):
        for name in LIMITS:
            with contextlib.suppress(OSError, ValueError):  # `max`: there is no limit
                found.append(int((folder / name).read_text(encoding="ascii")))
    return found


def _folders(cgroups: Path, of_process: Path) -> set[Path]:
    """Lines such as `0::/user.slice` (version 2) and `4:memory:/jobs/7` (version 1). In a container the path may be
    that of the host; its own root holds its limit then."""
    folders = {cgroups, cgroups / "memory"}
    with contextlib.suppress(OSError):
        for line in of_process.read_text(encoding="utf-8", errors="replace").splitlines():
            _, controllers, path = line.split(":", 2)
            if not controllers or "memory" in controllers.split(","):
                root = cgroups / "memory" if controllers else cgroups
                inside = root / path.lstrip("/")
                folders |= {inside, *(each for each in inside.parents if each.is_relative_to(root))}
    return folders
