"""Workers as processes: one is killed with -9 in the middle of a trial, and another one finishes it."""

import io
import json
import os
import signal
import subprocess
import sys
import time

import pytest
import yaml
from quick import QUICK
from small_sweeps import Formula, job_of, written

from seqlab import runs
from seqlab.cli import sweep_worker
from seqlab.sweeps.opened import open_sweep
from seqlab.sweeps.worker_process import NOTHING_FREE

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


def test_a_worker_for_one_trial_tells_by_its_exit_code_whether_there_was_one(tmp_path, monkeypatch):
    formula = Formula()
    monkeypatch.setattr("seqlab.runs.runs_directory.current_environment", dict)
    monkeypatch.setattr("seqlab.sweeps.trials.train", formula.train)
    opened = open_sweep(written(tmp_path, search={"name": "random", "trials": 1}), tmp_path / "runs")
    monkeypatch.setattr(sweep_worker, "_stop_with_the_command", lambda: None)
    monkeypatch.setenv("SEQLAB_STORAGE", f"sqlite:///{tmp_path / 'other.db'}")
    job = job_of(opened, task="task-1", most=1, patience=0)

    def code(**more):
        monkeypatch.setattr("sys.stdin", io.StringIO(json.dumps({**job, **more}) + "\n"))
        return sweep_worker.main()

    assert code(only=0) == NOTHING_FREE, "trial 0 has not begun"
    assert [code(), code()] == [0, NOTHING_FREE]
    (trial,) = opened.study.trials()
    assert trial.user_attrs["task"] == "task-1"
    assert code(storage_from="SEQLAB_STORAGE") == 0, "another study, in which no trial has begun"
    assert formula.finished == [0, 0]
