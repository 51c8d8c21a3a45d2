"""When workers that fail end a sweep, and how many trials are left for them."""

import pytest
from small_sweeps import written

from seqlab.errors import SeqlabError
from seqlab.sweeps import launching
from seqlab.sweeps.launching import Failures, Patient, trials_left
from seqlab.sweeps.opened import open_sweep
from seqlab.sweeps.storage import StudyError
from seqlab.sweeps.sweep_directory import Clock
from seqlab.sweeps.trials import Trials


def test_failures_in_a_row_end_a_sweep_unless_trials_end_meanwhile():
    failures = Failures(2)
    for ended in (1, 2):
        failures.note_progress(ended)
        for _ in range(5):
            failures.add("exit code 1", "no more disk")
    failures.note_progress(2)
    with pytest.raises(SeqlabError, match=r"keep failing \(the last with signal 6\): out of stack"):
        failures.add("signal 6", "out of stack")


@pytest.mark.usefixtures("formula")
def test_trials_are_left_until_they_have_ended_or_the_time_is_up(tmp_path, monkeypatch):
    opened = open_sweep(written(tmp_path, search={"name": "random", "trials": 3, "minutes": 1}), tmp_path / "runs")
    clock, trials = Clock(opened.directory), Trials(opened.directory, opened.study)
    assert trials_left(opened.study, clock) == 3
    first, _ = trials.claim(), trials.claim()
    assert trials_left(opened.study, clock) == 3
    opened.study.tell(first.trial, "COMPLETE", 0.5)
    assert trials_left(opened.study, clock) == 2
    monkeypatch.setattr(Clock, "spent", lambda _: 61.0)
    assert trials_left(opened.study, clock) == 1, "the one that runs"


@pytest.mark.usefixtures("formula")
def test_without_a_number_of_trials_only_the_time_ends_them(tmp_path, monkeypatch):
    opened = open_sweep(written(tmp_path, search={"name": "random", "minutes": 1}), tmp_path / "runs")
    clock = Clock(opened.directory)
    assert trials_left(opened.study, clock) > 1000
    monkeypatch.setattr(Clock, "spent", lambda _: 61.0)
    assert trials_left(opened.study, clock) == 0


def test_a_study_that_cannot_be_read_for_a_while_is_waited_for(monkeypatch):
    now, answers = [0.0], [1, 2, StudyError("gone"), StudyError("gone"), 3, StudyError("gone"), StudyError("gone")]
    monkeypatch.setattr(launching.time, "monotonic", lambda: now[0])

    def read():
        answer = answers.pop(0)
        if isinstance(answer, StudyError):
            raise answer
        return answer

    patient, heard = Patient(read, 0), []
    for seconds in (0, 1, 100, 159, 200, 201):
        now[0] = seconds
        heard.append(patient())
    assert heard == [1, 2, 2, 2, 3, 3]
    now[0] = 262
    with pytest.raises(StudyError, match="gone"):
        patient()
