"""Workers as processes: killed with -9 in the middle, the sweep ends as if nothing had happened."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import yaml
from quick import QUICK

from seqlab import runs


@pytest.mark.slow
@pytest.mark.process
@pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="finds the worker in /proc")
def test_a_worker_that_is_killed_is_replaced_and_its_trial_is_finished_once(tmp_path):
    training = {**QUICK["training"], "epochs": 40, "checkpoint": {"every_seconds": 0.05}}
    (tmp_path / "base.yaml").write_text(yaml.safe_dump({**QUICK, "training": training}), encoding="utf-8")
    sweep = {"base": "base.yaml", "space": {"model.hidden": [4, 8]}, "search": {"name": "grid"}}
    (tmp_path / "small.yaml").write_text(yaml.safe_dump(sweep), encoding="utf-8")
    command = [sys.executable, "-m", "seqlab", "sweep", str(tmp_path / "small.yaml"), "--workers", "2", "--json"]
    process = subprocess.Popen([*command, "--runs-dir", str(tmp_path / "runs")], stdout=subprocess.PIPE)
    while not any(each.run.metrics() for each in runs.list_runs(tmp_path / "runs")):
        assert process.poll() is None
        time.sleep(0.05)
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text(encoding="ascii").split()
    os.kill(int(children[0]), signal.SIGKILL)
    shown = json.loads(process.communicate()[0])
    assert process.returncode == 0
    assert [each["state"] for each in shown["trials"]] == ["finished"] * 2
    summaries = runs.list_runs(tmp_path / "runs")
    assert sorted(each.metadata["trial"] for each in summaries) == [0, 1]
    assert [[line["epoch"] for line in each.run.metrics()] for each in summaries] == [list(range(1, 41))] * 2
