"""The Ray launcher: a real task on a Ray of this machine, and what is said where there is none."""

import os
import signal
import sys
from types import SimpleNamespace

import pytest
from small_sweeps import job_of, written

from seqlab.errors import RequestError, SeqlabError
from seqlab.sweeps import launcher_ray, launching, worker_process
from seqlab.sweeps.launcher_ray import FIRST_MEMORY, KilledError, RayTasks, TryAgain, WorkerError, connected, train_one
from seqlab.sweeps.launching import Resources, trials_left
from seqlab.sweeps.opened import open_sweep
from seqlab.sweeps.sweep_directory import Clock
from seqlab.sweeps.trials import MEMORY, TASK, Trials

pytestmark = pytest.mark.skipif(os.name != "posix", reason="the workers of these tests are shell scripts")


@pytest.fixture
def ray(monkeypatch):
    monkeypatch.setattr(launcher_ray, "POLL_SECONDS", 0.1)
    return pytest.importorskip("ray")


def tasks(opened, folder, address="local", **resources):
    job = job_of(opened)
    left = lambda: trials_left(opened.study, Clock(opened.directory))  # noqa: E731
    return RayTasks(
        address, job, 1, Resources(**resources), Trials(opened.directory, opened.study), left, folder / "logs"
    )


@pytest.mark.parametrize(
    ("script", "code", "raised"),
    [
        ("exit 0", 0, None),
        ("exit 3", 3, None),
        ("exit 75", None, TryAgain),
        ("kill -9 $$", None, KilledError),
        ("echo no more disk; exit 1", None, WorkerError),
    ],
)
def test_what_ray_is_told_by_the_exit_code_of_a_worker(tmp_path, monkeypatch, script, code, raised):
    monkeypatch.setattr(worker_process, "POLL_SECONDS", 0.02)
    monkeypatch.setattr(worker_process, "worker_command", lambda _: ["sh", "-c", f"read job; {script}"])
    if raised is None:
        assert train_one({"task": "task-1"}, tmp_path / "logs") == code
        return
    with pytest.raises(raised, match=r"exit code 1: no more disk" if raised is WorkerError else "task-1"):
        train_one({"task": "task-1"}, tmp_path / "logs")


@pytest.mark.usefixtures("formula")
def test_a_trial_that_was_killed_for_want_of_memory_gets_twice_as_much_up_to_the_largest_node(tmp_path):
    """Ray's list of nodes is all that is needed of it here."""
    opened = open_sweep(written(tmp_path), tmp_path / "runs")
    launcher = tasks(opened, tmp_path)
    launcher._ray = SimpleNamespace(
        nodes=lambda: [
            {"Alive": True, "Resources": {"CPU": 4, "memory": 10e9}},
            {"Alive": False, "Resources": {"CPU": 4, "memory": 99e9}},
        ]
    )
    claim = Trials(opened.directory, opened.study, task="task-1", memory=0.0).claim()
    other = Trials(opened.directory, opened.study, task="task-2", memory=0.0).claim()
    got = []
    for reserved in (0.0, 4.0, 8.0):
        assert launcher._give_more(launcher_ray._Task("task-1", reserved, None))
        first, second = opened.study.trials()
        got.append(first.user_attrs[MEMORY])
    assert got == [FIRST_MEMORY, 8.0, 10.0]
    assert not launcher._give_more(launcher_ray._Task("task-1", 10.0, None)), "its worker is still saving"
    assert not launcher._give_more(launcher_ray._Task("task-9", 0.0, None)), "it had not taken a trial yet"
    assert (first.user_attrs[TASK], second.user_attrs[TASK]) == ("task-1", "task-2")
    assert MEMORY not in second.user_attrs

    claim.held.release()
    third = Trials(opened.directory, opened.study, memory=9.0).claim()
    assert (other.trial.number, third.trial.number) == (1, 2), "trial 0 is for tasks with more memory"
    again = Trials(opened.directory, opened.study, memory=10.0, only=0).claim()
    assert (again.trial.number, again.taken_up) == (0, True)
    again.held.release()
    assert launcher._give_more(launcher_ray._Task("task-1", 10.0, None))
    assert opened.rows[0].state == "failed"
    assert opened.rows[0].reason == "trial 0 was killed for want of memory with 10.0 GB, as much as any node has"


@pytest.mark.usefixtures("formula")
def test_no_task_is_for_more_trials_than_are_left_and_those_that_need_more_memory_come_first(tmp_path):
    opened = open_sweep(written(tmp_path, search={"name": "random", "trials": 3}), tmp_path / "runs")
    Trials(opened.directory, opened.study).claim()
    opened.study.mark(opened.study.trials()[0], MEMORY, 6.0)
    launcher, started = tasks(opened, tmp_path, memory=2.0), []
    launcher.count = 8
    launcher._start = lambda memory, only=None: (
        started.append((memory, only)),
        launcher._tasks.update({len(started): launcher_ray._Task("", memory, only)}),
    )
    assert launcher._submit() == 3
    assert started == [(6.0, 0), (2.0, None), (2.0, None)]
    launcher._submit()
    assert len(started) == 3


def test_a_cluster_that_does_not_answer_is_told_with_the_way_to_start_one(tmp_path, ray):
    with pytest.raises(RequestError, match=r"no Ray cluster answers at 127\.0\.0\.1:1 \(.*\): start one with `ray"):
        connected("127.0.0.1:1", tmp_path / "ray.log").__enter__()
    with pytest.raises(RequestError, match="start this command on a node of the cluster"):
        connected("ray://head:10001", tmp_path / "ray.log").__enter__()


def test_without_ray_the_command_to_install_it_is_told(monkeypatch):
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(RequestError, match=r"pip install 'seqlab\[ray\]'"):
        launcher_ray.import_ray()


@pytest.mark.slow
def test_tasks_that_fail_end_the_sweep_with_what_their_worker_said(tmp_path, ray, monkeypatch, capfd):
    opened = open_sweep(written(tmp_path), tmp_path / "runs")
    opened.sweep.file.write_text("base: nowhere.yaml\nspace: {}\n", encoding="utf-8")
    monkeypatch.setattr(launching, "MOST_FAILURES", 1)
    before = signal.getsignal(signal.SIGTERM)
    with pytest.raises(SeqlabError, match=r"keep failing \(the last with an error\): exit code 2: "):
        tasks(opened, tmp_path).run(lambda: 0)
    assert signal.getsignal(signal.SIGTERM) is before
    assert not ray.is_initialized()
    assert capfd.readouterr().out == "", "Ray's messages are in a log"
