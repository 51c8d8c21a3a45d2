"""The cores of a process: those that it is bound to, and quotas of cgroups on file systems that are made up."""

import os
from pathlib import Path

import pytest

from seqlab.runs import machine_cores
from seqlab.runs.machine_cores import quota_of_cores, scheduled_cores, usable_cores


def written(folder: Path, name: str, content: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(content, encoding="ascii")


@pytest.fixture
def groups(tmp_path: Path) -> tuple[Path, Path]:
    """Folders of cgroups to fill, and the file with those of this process."""
    return tmp_path / "cgroup", tmp_path / "self"


def test_without_a_quota(groups: tuple[Path, Path]) -> None:
    assert quota_of_cores(*groups) is None
    written(groups[0], "cpu.max", "max 100000\n")
    assert quota_of_cores(*groups) is None


def test_the_lowest_quota_of_the_process_and_what_is_around_it_counts(groups: tuple[Path, Path]) -> None:
    groups[1].write_text("0::/jobs/7/task\n", encoding="ascii")
    written(groups[0] / "jobs", "cpu.max", "250000 100000\n")
    written(groups[0] / "jobs/7/task", "cpu.max", "400000 100000\n")
    written(groups[0] / "others", "cpu.max", "100000 100000\n")
    assert quota_of_cores(*groups) == 3


@pytest.mark.parametrize(
    ("quota", "period", "cores"), [("50000", "100000", 1), ("90000", "30000", 3), ("-1", "100000", None)]
)
def test_version_1_of_cgroups(groups: tuple[Path, Path], quota: str, period: str, cores: int | None) -> None:
    groups[1].write_text("5:memory:/m\n4:cpu,cpuacct:/docker/abc\n", encoding="ascii")
    written(groups[0] / "cpu/docker/abc", "cpu.cfs_quota_us", quota)
    written(groups[0] / "cpu/docker/abc", "cpu.cfs_period_us", period)
    assert quota_of_cores(*groups) == cores


@pytest.mark.parametrize("content", ["", "x", "100000", "0 100000", "100000 0", "1 2 3"])
def test_a_file_that_says_nothing(groups: tuple[Path, Path], content: str) -> None:
    written(groups[0], "cpu.max", content)
    assert quota_of_cores(*groups) is None


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="this system binds no process to cores")
def test_only_the_cores_that_a_process_may_use_are_counted() -> None:
    cores = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(cores)})
    try:
        assert usable_cores() == scheduled_cores() == 1
    finally:
        os.sched_setaffinity(0, cores)
    assert scheduled_cores() == len(cores)


def test_a_quota_is_a_limit_and_no_promise(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine_cores, "scheduled_cores", lambda: 4)
    for quota, cores in ((None, 4), (2, 2), (9, 4)):
        monkeypatch.setattr(machine_cores, "quota_of_cores", lambda quota=quota: quota)
        assert usable_cores() == cores
