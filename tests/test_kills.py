"""A kill of every task, in CI; `python tests/kill_loop.py` does two hundred."""

import sys

import pytest
from kill_loop import TASKS, kill_until


@pytest.mark.slow
@pytest.mark.process
@pytest.mark.skipif(sys.platform == "win32", reason="needs a fork server and SIGKILL")
@pytest.mark.parametrize("task", TASKS)
def test_killed_at_a_random_moment_and_resumed_ends_the_same(tmp_path, task):
    assert kill_until(1, task, tmp_path, say=lambda text: None) == []
