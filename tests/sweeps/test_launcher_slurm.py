"""The SLURM launcher: real jobs of submitit's local executor, and what is said where there is no SLURM."""

import os
import signal
import sys
import threading
import time
from pathlib import Path

import pytest
from quick import QUICK
from small_sweeps import job_of, written

from seqlab import runs
from seqlab.errors import RequestError, SeqlabError
from seqlab.sweeps import launcher_slurm, launching, worker_process
from seqlab.sweeps.launcher_slurm import SlurmJobs, SlurmWorker, WorkerError
from seqlab.sweeps.launching import Resources, trials_left
from seqlab.sweeps.opened import open_sweep
from seqlab.sweeps.sweep_directory import Clock

EPOCHS = 40


@pytest.fixture
def submitit(monkeypatch):
    monkeypatch.setattr(launcher_slurm, "POLL_SECONDS", 0.1)
    monkeypatch.setattr(worker_process, "POLL_SECONDS", 0.02)
    return pytest.importorskip("submitit")


def jobs(opened, folder, **options):
    job = job_of(opened)
    left = lambda: trials_left(opened.study, Clock(opened.directory))  # noqa: E731
    return SlurmJobs(job, 1, Resources(), left, folder / "logs", "small", {"cluster": "local", **options})


def descendants(pid):
    children = Path(f"/proc/{pid}/task/{pid}/children")
    found = [int(each) for each in children.read_text(encoding="ascii").split()] if children.exists() else []
    return found + [each for child in found for each in descendants(child)]


@pytest.mark.slow
@pytest.mark.process
@pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="the signal is sent to all processes of the job")
def test_a_job_that_is_preempted_saves_is_queued_again_and_finishes_its_trial(tmp_path, submitit):
    training = {**QUICK["training"], "epochs": EPOCHS, "patience": None, "checkpoint": {"every_seconds": 0.05}}
    file = written(tmp_path, base={**QUICK, "training": training}, space={"model.hidden": [4]}, search={"name": "grid"})
    opened = open_sweep(file, tmp_path / "runs")
    launcher, preempted = jobs(opened, tmp_path), []

    def look():
        done = [len(each.run.metrics()) for each in runs.list_runs(tmp_path / "runs")]
        if done and 0 < done[0] < EPOCHS - 10 and not preempted:
            preempted.append(done[0])
            for pid in descendants(launcher._jobs[0]._process.pid):
                os.kill(pid, signal.SIGUSR2)
        return sum(each.state == "finished" for each in opened.rows)

    launcher.run(look)
    (row,) = opened.rows
    (run,) = (each.run for each in runs.list_runs(tmp_path / "runs"))
    assert preempted
    assert (row.state, row.run) == ("finished", run.id)
    assert [line["epoch"] for line in run.metrics()] == list(range(1, EPOCHS + 1))
    assert len(list((tmp_path / "logs").glob("job-*.log"))) == 2, "two workers: before the preemption and after it"


def test_workers_that_fail_end_the_sweep_with_what_they_said(tmp_path, submitit, monkeypatch):
    opened = open_sweep(written(tmp_path), tmp_path / "runs")
    launcher = jobs(opened, tmp_path)
    monkeypatch.setattr(launching, "MOST_FAILURES", 1)
    opened.sweep.file.write_text("base: nowhere.yaml\nspace: {}\n", encoding="utf-8")
    with pytest.raises(SeqlabError, match=r"keep failing \(the last with state FINISHED\): exit code 2: "):
        launcher.run(lambda: 0)


def test_a_checkpoint_stops_the_worker_and_the_next_job_calls_the_same(tmp_path, submitit, monkeypatch):
    saves = (
        f"read job; trap 'touch {tmp_path}/saved; exit 75' TERM; touch {tmp_path}/ready; while :; do sleep 0.02; done"
    )
    monkeypatch.setattr(launcher_slurm, "worker_command", lambda _: ["sh", "-c", saves])
    worker = SlurmWorker({"file": "a"}, tmp_path / "logs")
    running = threading.Thread(target=worker._run)  # once: the job, which would begin it again, is about to end
    running.start()
    while not (tmp_path / "ready").exists():
        time.sleep(0.01)
    again = worker.checkpoint()
    running.join()
    assert (tmp_path / "saved").exists()
    assert (again.function.job, again.function.logs) == ({"file": "a"}, tmp_path / "logs")
    monkeypatch.setattr(launcher_slurm, "worker_command", lambda _: ["sh", "-c", "echo no more disk; exit 1"])
    with pytest.raises(WorkerError, match="exit code 1: no more disk"):
        again.function()


def test_a_worker_that_was_told_to_stop_begins_again_if_its_job_goes_on(tmp_path, monkeypatch):
    once = f"mkdir {tmp_path}/first 2>/dev/null && exit 75; exit 0"
    monkeypatch.setattr(launcher_slurm, "worker_command", lambda _: ["sh", "-c", once])
    slept = []
    monkeypatch.setattr(launcher_slurm.time, "sleep", slept.append)
    assert SlurmWorker({}, tmp_path / "logs")() == 0
    assert launcher_slurm.SECONDS_TO_BE_KILLED in slept


def test_without_slurm_or_with_an_option_that_it_does_not_know_the_way_out_is_told(tmp_path, submitit):
    opened = open_sweep(written(tmp_path), tmp_path / "runs")
    with pytest.raises(RequestError, match=r"SLURM cannot be used \(.*srun.*\): start this command where sbatch works"):
        jobs(opened, tmp_path, cluster="slurm").run(lambda: 0)
    with pytest.raises(RequestError, match=r"SLURM cannot be used .*--slurm KEY=VALUE"):
        jobs(opened, tmp_path, timeout_min="soon").run(lambda: 0)


def test_if_a_later_job_is_refused_those_before_it_are_cancelled(tmp_path, monkeypatch):
    opened = open_sweep(written(tmp_path), tmp_path / "runs")
    cancelled, submitted = [], []

    class Job:
        def cancel(self, *, check):
            cancelled.append(check)

        def done(self):
            return True

    class Executor:
        def submit(self, _):
            if submitted:
                raise RuntimeError("too many jobs")
            submitted.append(Job())
            return submitted[0]

    launcher = SlurmJobs(job_of(opened), 2, Resources(), lambda: 9, tmp_path / "logs", "small")
    monkeypatch.setattr(SlurmJobs, "_executor", lambda _: Executor())
    with pytest.raises(RequestError, match="SLURM refused a job"):
        launcher.run(lambda: 0)
    assert cancelled == [False]


def test_without_submitit_the_command_to_install_it_is_told(monkeypatch):
    monkeypatch.setitem(sys.modules, "submitit", None)
    with pytest.raises(RequestError, match=r"pip install 'seqlab\[slurm\]'"):
        launcher_slurm.import_submitit()
