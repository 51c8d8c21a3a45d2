"""Workers as processes: one is killed with -9 in the middle of a trial, and another one finishes it."""

import json
import os
import signal
import subprocess
import sys
import time

import pytest
import yaml
from quick import QUICK

from seqlab import runs

EPOCHS = 40


@pytest.mark.slow
@pytest.mark.process
@pytest.mark.skipif(os.name != "posix", reason="kill -9")
def test_the_trial_of_a_worker_that_is_killed_is_taken_over_and_finished_once(tmp_path):
    """The other worker, which waits, imports TensorFlow only now: two imports in all."""
    training = {**QUICK["training"], "epochs": EPOCHS, "patience": None, "checkpoint": {"every_seconds": 0.05}}
    (tmp_path / "base.yaml").write_text(yaml.safe_dump({**QUICK, "training": training}), encoding="utf-8")
    sweep = {"base": "base.yaml", "space": {"model.hidden": [4]}, "search": {"name": "grid"}}
    (tmp_path / "small.yaml").write_text(yaml.safe_dump(sweep), encoding="utf-8")
    command = [sys.executable, "-m", "seqlab", "sweep", str(tmp_path / "small.yaml"), "--workers", "2", "--json"]
    process = subprocess.Popen([*command, "--runs-dir", str(tmp_path / "runs")], stdout=subprocess.PIPE)
    while not any(each.run.metrics() for each in runs.list_runs(tmp_path / "runs")):
        assert process.poll() is None
        time.sleep(0.05)
    (run,) = (each.run for each in runs.list_runs(tmp_path / "runs"))
    os.kill(json.loads(run.lock_file.read_text(encoding="utf-8"))["pid"], signal.SIGKILL)
    shown = json.loads(process.communicate()[0])
    assert process.returncode == 0
    (trial,) = shown["trials"]
    assert (trial["state"], trial["run"], trial["epochs"]) == ("finished", run.id, EPOCHS)
    assert [each.run.id for each in runs.list_runs(tmp_path / "runs")] == [run.id]
    assert [line["epoch"] for line in run.metrics()] == list(range(1, EPOCHS + 1))
