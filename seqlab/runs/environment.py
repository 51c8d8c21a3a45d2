"""What a run remembers of its moment: versions, host, command line, the state of the git repository."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from collections.abc import Mapping
from importlib import metadata
from pathlib import Path
from typing import Any

PACKAGES = ("seqlab", "tensorflow", "keras", "numpy", "pydantic", "snowballstemmer", "tokenizers", "safetensors")
"""Packages whose version can change a figure."""

GIT_PATIENCE = 5.0
"""Seconds that git may take; `git status` reads the whole repository."""


def current_environment() -> dict[str, Any]:
    """The facts for `run.json`. Imports none of the packages that it asks the versions of."""
    return {
        "command": [Path(sys.argv[0]).name, *sys.argv[1:]],
        "host": {"name": platform.node(), "platform": platform.platform(), "cores": usable_cores()},
        "versions": {"python": platform.python_version(), **versions()},
        "git": git_state(Path.cwd()),
    }


def changed_environment(facts: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
    """Fact → (then, now), for what can change the last bits of a figure: versions, platform, cores."""
    now = current_environment()
    pairs = {
        f"{section}.{name}": (then, now[section].get(name))
        for section, names in (("versions", None), ("host", ("platform", "cores")))
        for name, then in (facts.get(section) or {}).items()
        if names is None or name in names
    }
    return {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}


def usable_cores() -> int:
    """The cores that this process may run on: fewer than the machine's under `taskset`, in a job or a container."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def versions() -> dict[str, str]:
    """Versions of the packages that are installed."""
    found = {}
    for package in PACKAGES:
        try:
            found[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            continue
    return found


def git_state(directory: Path) -> dict[str, Any] | None:
    """Commit of the repository around `directory` and whether tracked files differ from it (None: not known)."""
    commit = _git(directory, "rev-parse", "HEAD")
    if commit is None:
        return None
    changes = _git(directory, "status", "--porcelain", "--untracked-files=no")
    return {"commit": commit, "dirty": None if changes is None else bool(changes)}


def _git(directory: Path, *arguments: str) -> str | None:
    """Output of a git command; None without git, outside a repository, or when it takes too long."""
    try:
        done = subprocess.run(
            ["git", "--no-optional-locks", *arguments],
            cwd=directory,
            capture_output=True,
            timeout=GIT_PATIENCE,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.decode("utf-8", errors="replace").strip()
