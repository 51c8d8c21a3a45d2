"""The cgroups of Linux that this process is in: they limit memory and processor time of containers and batch jobs."""

from __future__ import annotations

import contextlib
from pathlib import Path

CGROUPS = Path("/sys/fs/cgroup")
OF_PROCESS = Path("/proc/self/cgroup")


def folders(controller: str, cgroups: Path = CGROUPS, of_process: Path = OF_PROCESS) -> set[Path]:
    """The folders with the limits of this process and of the groups around it. `controller`: memory or cpu.

    Lines such as `0::/user.slice` (version 2) and `4:cpu,cpuacct:/jobs/7` (version 1). In a container the path may be
    that of the host; its own root holds its limit then.
    """
    found = {cgroups, cgroups / controller}
    with contextlib.suppress(OSError):
        for line in of_process.read_text(encoding="utf-8", errors="replace").splitlines():
            _, controllers, path = line.split(":", 2)
            if not controllers or controller in controllers.split(","):
                root = cgroups / controller if controllers else cgroups
                inside = root / path.lstrip("/")
                found |= {inside, *(each for each in inside.parents if each.is_relative_to(root))}
    return found


def numbers_in(file: Path) -> list[int]:
    """The numbers in the file of a limit; none without the file, or where it says that there is no limit (`max`)."""
    try:
        return [int(number) for number in file.read_text(encoding="ascii").split()]
    except (OSError, ValueError):
        return []
