"""The memory of a machine, on file systems of cgroups that are made up."""

import os

import pytest

from seqlab.runs import machine_memory
from seqlab.runs.machine_memory import memory_mb

MB = 1024**2


def written(folder, name, content):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(content, encoding="ascii")


@pytest.fixture
def machine(tmp_path, monkeypatch):
    """Of 1,000 MB, with folders of cgroups to fill."""
    monkeypatch.setattr(os, "sysconf", lambda name: {"SC_PHYS_PAGES": 1000, "SC_PAGE_SIZE": MB}[name], raising=False)
    return tmp_path / "cgroup", tmp_path / "self"


def test_it_is_that_of_the_machine_without_a_limit(machine):
    assert memory_mb(*machine) == 1000
    written(machine[0], "memory.max", "max\n")
    machine[1].write_text("0::/\n", encoding="ascii")
    assert memory_mb(*machine) == 1000


def test_the_lowest_limit_of_the_process_and_what_is_around_it_counts(machine):
    cgroups, process = machine
    process.write_text("0::/jobs/7/task\n", encoding="ascii")
    written(cgroups / "jobs", "memory.max", f"{300 * MB}\n")
    written(cgroups / "jobs/7/task", "memory.max", f"{400 * MB}\n")
    written(cgroups / "others", "memory.max", f"{10 * MB}\n")
    assert memory_mb(cgroups, process) == 300


def test_version_1_of_cgroups_and_a_container_that_sees_its_own_root(machine):
    cgroups, process = machine
    process.write_text("5:cpu:/c\n4:memory:/docker/abc\n", encoding="ascii")
    written(cgroups / "memory", "memory.limit_in_bytes", f"{200 * MB}\n")
    assert memory_mb(cgroups, process) == 200
    written(cgroups / "memory/docker/abc", "memory.limit_in_bytes", f"{9223372036854771712}\n")
    assert memory_mb(cgroups, process) == 200


def test_a_platform_that_does_not_tell(machine, monkeypatch):
    monkeypatch.delattr(machine_memory.os, "sysconf")
    assert memory_mb(*machine) is None
