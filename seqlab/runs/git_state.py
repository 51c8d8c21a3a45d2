"""The state of the git repository around a folder, found without starting a program that the repository names.

A repository's configuration names programs (filters, hooks, a file system monitor), and a folder received from
elsewhere may be a repository. So its configuration is read only to find its files; they are then compared by git in a
repository of our own, with an empty configuration.
"""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

GIT_TIMEOUT = 5.0
"""Seconds. `git status` reads the whole repository."""

WHERE = ("HEAD", "--show-toplevel", "--git-path", "index", "--git-path", "objects")
HARMLESS = ("core.autocrlf", "core.filemode", "core.ignorecase", "core.symlinks")
"""Settings that decide whether a file has changed, and name nothing."""
SHA256 = "[core]\nrepositoryformatversion = 1\n[extensions]\nobjectFormat = sha256\n"
LENGTH_OF_SHA256 = 64


def git_state(directory: Path) -> dict[str, Any] | None:
    """Commit of the repository around `directory`, and whether tracked files differ from it. None if unknown.

    Changes inside submodules do not count: each is a repository of its own.
    """
    found = _git(directory, {}, "rev-parse", *WHERE)
    if found is None:
        return None
    commit, *paths = found.decode("utf-8", errors="surrogateescape").splitlines()
    changes = _changes(directory, commit, paths) if len(paths) == 3 else None  # a name may hold a line break
    return {"commit": commit, "dirty": None if changes is None else bool(changes)}


def _changes(directory: Path, commit: str, paths: list[str]) -> bytes | None:
    """What `git status` prints about tracked files. `paths`: of the working tree, the index and the objects."""
    tree, index, objects = (str(Path(directory, path).absolute()) for path in paths)
    try:
        with tempfile.TemporaryDirectory(prefix="seqlab-git-") as ours:
            Path(ours, "refs").mkdir()
            Path(ours, "HEAD").write_text(f"{commit}\n", encoding="utf-8")
            Path(ours, "config").write_text(SHA256 if len(commit) == LENGTH_OF_SHA256 else "", encoding="utf-8")
            places = {"GIT_DIR": ours, "GIT_WORK_TREE": tree, "GIT_INDEX_FILE": index, "GIT_OBJECT_DIRECTORY": objects}
            asked = ("status", "--porcelain", "--untracked-files=no", "--ignore-submodules=all")
            return _git(Path(tree), places, *_harmless(directory), *asked)
    except OSError:
        return None


def _harmless(directory: Path) -> list[str]:
    """The settings of the repository that name nothing, as options of git."""
    options: list[str] = []
    for key in HARMLESS:
        value = (_git(directory, {}, "config", "--get", key) or b"").strip()
        if value in {b"true", b"false", b"input"}:
            options += ["-c", f"{key}={value.decode()}"]
    return options


def _git(directory: Path, variables: Mapping[str, str], *arguments: str) -> bytes | None:
    """The output of a git command. None if git is missing, fails or times out."""
    try:
        done = subprocess.run(
            ["git", "--no-optional-locks", *arguments],
            cwd=directory,
            env={**os.environ, "GIT_NO_LAZY_FETCH": "1", **variables},
            capture_output=True,
            timeout=GIT_TIMEOUT,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout
