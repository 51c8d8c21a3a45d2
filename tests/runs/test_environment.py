"""The environment recorded in a run."""

import os
import sys

import pytest

from seqlab.runs.environment import current_environment


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
