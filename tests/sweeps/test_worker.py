"""A worker goes on until nothing is left, and waits for trials that others train."""

import os
import platform

import pytest
from quick import Heard
from small_sweeps import written

from seqlab.errors import Stopped
from seqlab.sweeps import worker
from seqlab.sweeps.opened import open_sweep
from seqlab.sweeps.trials import Trials
from seqlab.sweeps.worker import work

pytestmark = pytest.mark.usefixtures("formula")


def test_a_worker_waits_for_the_trials_of_others_and_takes_over_what_they_leave(tmp_path, monkeypatch):
    opened = open_sweep(written(tmp_path, search={"name": "random", "trials": 2}), tmp_path / "runs")
    other = Trials(opened.directory, opened.study).claim()
    slept = []

    def sleep(seconds):
        slept.append(seconds)
        if len(slept) == 3:
            other.held.release()  # it died

    monkeypatch.setattr(worker.time, "sleep", sleep)
    ended = []
    work(Trials(opened.directory, opened.study), after_trial=lambda: ended.append(len(opened.rows)))
    assert slept == [worker.WAIT_SECONDS] * 3
    assert [each.state for each in opened.rows] == ["finished"] * 2
    assert len(ended) == 2


def test_a_signal_between_two_trials_gives_the_next_one_back(tmp_path, monkeypatch):
    opened = open_sweep(written(tmp_path), tmp_path / "runs")
    trials = Trials(opened.directory, opened.study)
    claim = trials.claim

    class Asked(worker.Interruption):
        requested = Stopped("SIGTERM", 75)

    monkeypatch.setattr(worker, "Interruption", Asked)
    with pytest.raises(Stopped):
        work(trials)
    again = claim()
    assert (again.trial.number, again.taken_up) == (0, True)


def test_a_worker_for_one_trial_ends_after_it_or_when_none_becomes_free(tmp_path, monkeypatch):
    opened = open_sweep(written(tmp_path, search={"name": "random", "trials": 2}), tmp_path / "runs")
    monkeypatch.setattr(worker.time, "sleep", lambda seconds: None)
    assert work(Trials(opened.directory, opened.study), most=1) == 1
    held = Trials(opened.directory, opened.study).claim()
    assert work(Trials(opened.directory, opened.study), most=1, patience=5) == 0
    held.held.release()
    assert [work(Trials(opened.directory, opened.study), most=1) for _ in range(2)] == [1, 0]
    assert [each.state for each in opened.rows] == ["finished"] * 2


def test_a_worker_that_waits_long_says_for_whom_and_what_to_do_if_nobody_is_there(tmp_path, monkeypatch):
    opened = open_sweep(written(tmp_path, search={"name": "random", "trials": 1}), tmp_path / "runs")
    monkeypatch.setattr(worker.time, "sleep", lambda seconds: None)
    other, heard = Trials(opened.directory, opened.study).claim(), Heard()
    assert work(Trials(opened.directory, opened.study, progress=heard), patience=125) == 0
    (said,) = heard.lines
    assert said.startswith(f"waiting for trial-0.lock (process {os.getpid()} on {platform.node()}) in ")
    assert str(opened.directory.path / "locks") in said
    other.held.release()
