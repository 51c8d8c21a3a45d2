"""The environment recorded in a run."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from seqlab.runs import environment
from seqlab.runs.environment import current_environment, git_state


def test_it_names_versions_host_and_command() -> None:
    found = current_environment()
    assert found["command"][1:] == sys.argv[1:]
    assert found["versions"]["seqlab"]
    assert found["versions"]["python"].startswith("3.")
    assert found["host"]["cores"] >= 1


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="this system binds no process to cores")
def test_only_the_cores_that_a_process_may_use_are_counted() -> None:
    cores = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(cores)})
    try:
        assert current_environment()["host"]["cores"] == 1
    finally:
        os.sched_setaffinity(0, cores)
    assert current_environment()["host"]["cores"] == len(cores)


def test_a_repository_is_known_by_its_commit_and_its_changes(tmp_path: Path) -> None:
    assert git_state(tmp_path) is None
    identity = ("-c", "user.name=a", "-c", "user.email=a@b.c")
    for arguments in (["init", "-q"], [*identity, "commit", "-q", "--allow-empty", "-m", "first"]):
        subprocess.run(["git", *arguments], cwd=tmp_path, check=True)
    state = git_state(tmp_path)
    assert state is not None
    assert len(state["commit"]) == 40
    assert state["dirty"] is False
    (tmp_path / "file").touch()
    subprocess.run(["git", "add", "file"], cwd=tmp_path, check=True)
    assert git_state(tmp_path) == {**state, "dirty": True}


def test_without_git_or_with_a_slow_one_the_state_is_unknown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert git_state(tmp_path) is None
    slow = tmp_path / "git"
    slow.write_text("#!/bin/sh\nexec /bin/sleep 5\n")
    slow.chmod(0o755)
    monkeypatch.setattr(environment, "GIT_TIMEOUT", 0.05)
    assert git_state(tmp_path) is None
