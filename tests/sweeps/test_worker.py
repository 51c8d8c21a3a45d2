"""A worker goes on until nothing is left, and waits for trials that others train."""

import pytest
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
