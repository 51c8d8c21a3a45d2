"""The state of a git repository: its commit and its changes, and none of its programs."""

import os
import subprocess
from pathlib import Path

import pytest

from seqlab.runs import git_state as module
from seqlab.runs.git_state import git_state


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
    monkeypatch.setattr(module, "GIT_TIMEOUT", 0.05)
    assert git_state(tmp_path) is None


def git(folder, *words):
    subprocess.run(["git", "-c", "user.name=a", "-c", "user.email=a@a", *words], cwd=folder, check=True)


@pytest.fixture
def repository(tmp_path):
    """A repository whose one file goes through the filter and the diff `evil`, and a hook that leaves a canary."""
    git(tmp_path, "init", "-q")
    (tmp_path / "file").write_text("a", encoding="utf-8")
    (tmp_path / ".gitattributes").write_text("* filter=evil diff=evil", encoding="utf-8")
    git(tmp_path, "add", "-A")
    git(tmp_path, "commit", "-qm", "first")
    (tmp_path / "post-index-change").write_text(f"#!/bin/sh\ntouch {tmp_path / 'canary'}\n", encoding="utf-8")
    (tmp_path / "post-index-change").chmod(0o755)
    return tmp_path


def changes_are_found_and_nothing_runs(repository):
    assert git_state(repository)["dirty"] is False
    (repository / "file").write_text("b", encoding="utf-8")
    assert git_state(repository)["dirty"] is True
    assert not (repository / "canary").exists()


@pytest.mark.skipif(os.name != "posix", reason="the programs are shell scripts")
class TestProgramsOfARepository:
    @pytest.mark.parametrize(
        ("key", "value"),
        [
            ("core.fsmonitor", "touch {canary}; false"),
            ("filter.evil.clean", "touch {canary}; cat"),
            ("filter.evil.process", "touch {canary}"),
            ("diff.external", "touch {canary}"),
            ("core.hooksPath", "{folder}"),
            ("core.sshCommand", "touch {canary}"),
            ("core.pager", "touch {canary}"),
            ("alias.status", "!touch {canary}"),
        ],
    )
    def test_settings(self, repository, key, value):
        git(repository, "config", key, value.format(canary=repository / "canary", folder=repository))
        changes_are_found_and_nothing_runs(repository)

    @pytest.mark.parametrize("name", [b"q\xff", "q\u2028z".encode(), b"q\x0bz", b"q\x1cz", "q\x85z".encode(), b"q.z"])
    def test_a_filter_with_an_odd_name(self, repository, name):
        (repository / ".gitattributes").write_bytes(b"* filter=" + name)
        git(repository, "commit", "-qam", "second")
        with (repository / ".git" / "config").open("ab") as config:
            config.write(b'[filter "%s"]\nclean = "touch %s; cat"\n' % (name, os.fsencode(repository / "canary")))
        changes_are_found_and_nothing_runs(repository)

    def test_attributes_inside_the_git_directory(self, repository):
        (repository / ".git" / "info" / "attributes").write_text("* filter=hidden", encoding="utf-8")
        git(repository, "config", "filter.hidden.clean", f"touch {repository / 'canary'}; cat")
        changes_are_found_and_nothing_runs(repository)

    def test_a_submodule(self, repository):
        """`git status` enters submodules, whose configuration is theirs."""
        inner = repository / "inner"
        inner.mkdir()
        git(inner, "init", "-q")
        (inner / "f").write_text("x", encoding="utf-8")
        (inner / ".gitattributes").write_text("* filter=evil", encoding="utf-8")
        git(inner, "add", "-A")
        git(inner, "commit", "-qm", "inner")
        git(repository, "add", "inner")
        git(repository, "commit", "-qm", "with a submodule")
        git(inner, "config", "filter.evil.clean", f"touch {repository / 'canary'}; cat")
        (inner / "f").write_text("changed", encoding="utf-8")
        changes_are_found_and_nothing_runs(repository)

    def test_a_configuration_that_includes_another(self, repository, tmp_path_factory):
        other = tmp_path_factory.mktemp("other") / "config"
        other.write_text(f'[filter "evil"]\nclean = touch {repository / "canary"}; cat\n', encoding="utf-8")
        git(repository, "config", "include.path", str(other))
        changes_are_found_and_nothing_runs(repository)


def test_a_folder_inside_and_a_linked_worktree(repository):
    (repository / "sub").mkdir()
    assert git_state(repository / "sub") == git_state(repository)
    git(repository, "worktree", "add", "-q", "linked")
    assert git_state(repository / "linked") == {**git_state(repository), "dirty": False}
    (repository / "linked" / "file").write_text("changed", encoding="utf-8")
    assert git_state(repository / "linked")["dirty"] is True
    assert git_state(repository)["dirty"] is False


def test_a_repository_of_sha256(tmp_path):
    git(tmp_path, "init", "-q", "--object-format=sha256")
    (tmp_path / "file").write_text("a", encoding="utf-8")
    git(tmp_path, "add", "file")
    git(tmp_path, "commit", "-qm", "first")
    assert git_state(tmp_path)["dirty"] is False
    assert len(git_state(tmp_path)["commit"]) == 64


def test_nothing_of_the_repository_is_written(repository):
    before = {path: path.stat().st_mtime_ns for path in (repository / ".git").rglob("*")}
    (repository / "file").touch()  # its stat differs from the index, its content does not
    assert git_state(repository)["dirty"] is False
    assert {path: path.stat().st_mtime_ns for path in (repository / ".git").rglob("*")} == before
