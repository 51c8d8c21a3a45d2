"""The environment of a run as recorded in `run.json`: versions, host, command line, git state."""

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
"""Packages whose version can change a metric."""

GIT_TIMEOUT = 5.0
"""Seconds. `git status` reads the whole repository."""

SAFE_GIT = {
    "core.fsmonitor": "false",
    "core.hooksPath": os.devnull,
    "core.sshCommand": "false",
    "protocol.allow": "never",
    "safe.bareRepository": "explicit",
}
NO_FILTER = {"clean": "", "smudge": "", "process": "", "required": "false"}
"""Settings in place of those by which a repository starts programs: a folder received from elsewhere may be one."""


def current_environment() -> dict[str, Any]:
    """The metadata for `run.json`. Versions are looked up without importing the packages."""
    return {
        "command": [Path(sys.argv[0]).name, *sys.argv[1:]],
        "host": {"name": platform.node(), "platform": platform.platform(), "cores": usable_cores()},
        "versions": {"python": platform.python_version(), **versions()},
        "git": git_state(Path.cwd()),
    }


def changed_environment(recorded: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
    """Name → (recorded, current) of changes that can alter the last bits of a metric: versions, platform, cores."""
    current = current_environment()
    pairs = {
        f"{section}.{name}": (before, current[section].get(name))
        for section, names in (("versions", None), ("host", ("platform", "cores")))
        for name, before in (recorded.get(section) or {}).items()
        if names is None or name in names
    }
    return {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}


def usable_cores() -> int:
    """Number of cores available to this process, which `taskset`, a batch job or a container may limit."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def versions() -> dict[str, str]:
    """Versions of the installed packages among `PACKAGES`."""
    found = {}
    for package in PACKAGES:
        try:
            found[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            continue
    return found


def git_state(directory: Path) -> dict[str, Any] | None:
    """Commit of the repository around `directory`, and whether tracked files differ from it. None if unknown."""
    commit = _git(directory, "rev-parse", "HEAD")
    if commit is None:
        return None
    changes = _git(directory, "status", "--porcelain", "--untracked-files=no")
    return {"commit": commit, "dirty": None if changes is None else bool(changes)}


def _git(directory: Path, *arguments: str) -> str | None:
    """Output of a git command that runs no program of the repository. None if git is missing, fails or times out."""
    names = _output_of_git(directory, SAFE_GIT, "config", "--name-only", "--get-regexp", r"^filter\.") or ""
    filters = {name.removeprefix("filter.").rpartition(".")[0] for name in names.splitlines()}
    off = {f"filter.{each}.{key}": value for each in filters for key, value in NO_FILTER.items()}
    return _output_of_git(directory, SAFE_GIT | off, *arguments)


def _output_of_git(directory: Path, settings: Mapping[str, str], *arguments: str) -> str | None:
    variables = {"GIT_CONFIG_COUNT": str(len(settings)), "GIT_NO_LAZY_FETCH": "1"}
    for number, (key, value) in enumerate(settings.items()):
        variables |= {f"GIT_CONFIG_KEY_{number}": key, f"GIT_CONFIG_VALUE_{number}": value}
    try:
        done = subprocess.run(
            ["git", "--no-optional-locks", *arguments],
            cwd=directory,
            env=os.environ | variables,
            capture_output=True,
            timeout=GIT_TIMEOUT,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.decode("utf-8", errors="replace").strip()
