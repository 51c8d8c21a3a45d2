"""Every trial ends once, whatever is killed and when; what fails is recorded; what is bad is pruned."""

import json
from shutil import rmtree

import pytest
from small_sweeps import GOAL, Killed, swept, written

from seqlab import runs
from seqlab.errors import RequestError, Stopped
from seqlab.sweeps.opened import open_sweep
from seqlab.sweeps.outcomes import NoSuchGoal
from seqlab.sweeps.storage import StudyError
from seqlab.sweeps.trials import MOST_DEATHS, Claim, Trials, Waiting

pytestmark = pytest.mark.usefixtures("formula")


def states(opened):
    return [(each.number, each.state, each.values) for each in opened.rows]


def values_told(opened):
    return [round(each.value, 6) for each in opened.rows]


def test_trials_are_ordinary_runs_that_name_their_sweep(tmp_path):
    opened = swept(written(tmp_path), tmp_path / "runs")
    summaries = runs.list_runs(tmp_path / "runs")
    assert [each.metadata["trial"] for each in summaries] == [0, 1, 2, 3]
    assert {each.metadata["sweep"] for each in summaries} == {opened.directory.id}
    assert [each.run.id for each in summaries] == [each.run for each in opened.rows]
    assert [each.result[GOAL] for each in summaries] == [each.value for each in opened.rows]
    assert opened.rows[0].values == {"model.hidden": 16, "training.learning_rate": 0.005}, "the base comes first"


WHENS = ["before", 1, 2, 3, 4, 6, 7, 12, "finished"]


@pytest.mark.parametrize("when", WHENS)
def test_a_kill_at_any_moment_loses_nothing_and_does_nothing_twice(tmp_path, formula, when):
    undisturbed = swept(written(tmp_path), tmp_path / "other")
    formula.begun.clear()
    formula.finished.clear()
    formula.dies = {when if isinstance(when, str) else formula.epochs + when: Killed()}
    with pytest.raises(Killed):
        swept(written(tmp_path), tmp_path / "runs")
    opened = swept(written(tmp_path), tmp_path / "runs")
    assert states(opened) == states(undisturbed)
    assert values_told(opened) == values_told(undisturbed)
    assert sorted(formula.begun) == sorted(formula.finished) == [0, 1, 2, 3]
    assert len(runs.list_runs(tmp_path / "runs")) == 4


def test_a_sweep_that_is_done_does_nothing_more(tmp_path, formula):
    first = swept(written(tmp_path), tmp_path / "runs")
    again = swept(written(tmp_path), tmp_path / "runs")
    assert (again.directory, again.rows) == (first.directory, first.rows)
    assert formula.finished == [0, 1, 2, 3]


def test_a_larger_budget_goes_on_with_what_there_is(tmp_path, formula):
    swept(written(tmp_path), tmp_path / "runs")
    opened = swept(written(tmp_path, search={"name": "random", "trials": 6}), tmp_path / "runs")
    assert len(opened.rows) == 6
    assert formula.finished == [0, 1, 2, 3, 4, 5]


def test_two_workers_share_the_trials_and_one_takes_over_when_the_other_dies(tmp_path, formula):
    opened = open_sweep(written(tmp_path, search={"name": "random", "trials": 2}), tmp_path / "runs")
    one, other = (Trials(opened.directory, opened.study) for _ in range(2))
    first, second = one.claim(), other.claim()
    assert (first.trial.number, second.trial.number) == (0, 1)
    assert isinstance(one.claim(), Waiting)
    first.held.release()  # its process died
    taken = other.claim()
    assert isinstance(taken, Claim)
    assert (taken.trial.number, taken.taken_up, taken.values) == (0, True, first.values)
    assert isinstance(one.claim(), Waiting)


def test_a_run_that_the_user_resumes_meanwhile_is_left_alone(tmp_path, formula):
    formula.dies = {2: Killed()}
    with pytest.raises(Killed):
        swept(written(tmp_path, search={"name": "random", "trials": 1}), tmp_path / "runs")
    opened = open_sweep(written(tmp_path, search={"name": "random", "trials": 1}), tmp_path / "runs")
    (summary,) = runs.list_runs(tmp_path / "runs")
    with runs.run.lock.hold(summary.run.lock_file):
        assert isinstance(Trials(opened.directory, opened.study).claim(), Waiting)
    assert isinstance(Trials(opened.directory, opened.study).claim(), Claim)


def test_a_signal_stops_the_worker_and_the_trial_continues_later(tmp_path, formula):
    formula.dies = {5: Stopped("SIGTERM", 75)}
    with pytest.raises(Stopped):
        swept(written(tmp_path), tmp_path / "runs")
    opened = swept(written(tmp_path), tmp_path / "runs")
    assert [each.state for each in opened.rows] == ["finished"] * 4
    assert formula.epochs == 12 + 1, "epochs that were recorded are not trained again"


def test_a_trial_that_fails_is_recorded_with_its_reason_and_the_sweep_goes_on(tmp_path, formula):
    formula.fails = {1: "the loss is not finite"}
    opened = swept(written(tmp_path), tmp_path / "runs")
    assert [each.state for each in opened.rows] == ["finished", "failed", "finished", "finished"]
    assert opened.rows[1].reason == "the loss is not finite"
    assert opened.best.row.number != 1


@pytest.mark.parametrize("error", [RequestError("the run directory does not exist"), FileNotFoundError(2, "run.json")])
def test_a_trial_whose_run_was_deleted_begins_again(tmp_path, formula, monkeypatch, error):
    undisturbed = swept(written(tmp_path), tmp_path / "other")
    formula.begun.clear()
    formula.dies, die = {formula.epochs + 5: error}, formula._maybe_die  # in the second epoch of trial 1

    def deleted_and_die(when):
        if when in formula.dies:
            rmtree(next((tmp_path / "runs").glob("*-small-001")))
        die(when)

    monkeypatch.setattr(formula, "_maybe_die", deleted_and_die)
    opened = swept(written(tmp_path), tmp_path / "runs")
    assert states(opened) == states(undisturbed)
    assert values_told(opened) == values_told(undisturbed)
    assert formula.begun == [0, 1, 1, 2, 3]
    assert all((tmp_path / "runs" / each.run).is_dir() for each in opened.rows)


def test_a_trial_that_failed_before_its_first_epoch_names_its_run(tmp_path, formula):
    formula.fails = {0: "not finite", 2: "not finite"}
    opened = swept(written(tmp_path), tmp_path / "runs")
    by_trial = {each.metadata["trial"]: each.run.id for each in runs.list_runs(tmp_path / "runs")}
    assert [each.run for each in opened.rows] == [by_trial[number] for number in range(4)]


@pytest.mark.parametrize("value", [float("nan"), float("inf"), None])
def test_a_goal_that_cannot_be_compared_fails_its_trial_alone(tmp_path, formula, value):
    formula.results = {0: {GOAL: value}}
    opened = swept(written(tmp_path), tmp_path / "runs")
    assert [each.state for each in opened.rows] == ["failed", "finished", "finished", "finished"]
    assert opened.rows[0].reason == f"{GOAL} of run {opened.rows[0].run} is not a finite number"


def test_an_epoch_that_cannot_be_compared_is_left_out(tmp_path, formula, monkeypatch):
    monkeypatch.setattr("small_sweeps.score", lambda experiment, epoch: float("nan") if epoch == 1 else 0.5)
    opened = swept(written(tmp_path, search=PRUNING), tmp_path / "runs")
    assert {each.state for each in opened.rows} == {"finished"}
    assert set(opened.study.trials()[0].intermediate_values) == {2, 3}


def test_a_goal_that_no_run_has_ends_the_sweep_at_its_first_trial(tmp_path, formula):
    formula.results = {0: {"validation.f1.good": 0.5, "validation.f1.bad": 0.5, "test.f1.bad": 0.1}}
    for _ in range(2):  # the same file again trains nothing
        with pytest.raises(NoSuchGoal) as error:
            swept(written(tmp_path, goal="validation.f1.godo"), tmp_path / "runs")
        assert "did you mean 'validation.f1.good'? it has validation.f1.good, validation.f1.bad. " in str(error.value)
        assert formula.begun == [0]


def test_a_goal_that_one_run_lacks_fails_its_trial_alone(tmp_path, formula):
    formula.results = {2: {"validation.loss": 0.5}}
    opened = swept(written(tmp_path), tmp_path / "runs")
    assert [each.state for each in opened.rows] == ["finished", "finished", "failed", "finished"]
    assert opened.rows[2].reason == f"run {opened.rows[2].run} has no {GOAL} in its result"


def test_a_disk_that_is_full_is_no_fault_of_the_trial(tmp_path, formula):
    formula.dies = {2: OSError(28, "No space left on device")}
    with pytest.raises(OSError, match="No space"):
        swept(written(tmp_path), tmp_path / "runs")
    opened = swept(written(tmp_path), tmp_path / "runs")
    assert [each.state for each in opened.rows] == ["finished"] * 4


def test_a_database_that_is_lost_is_no_fault_of_the_trial(tmp_path, formula, monkeypatch):
    import optuna

    calls, report = [], optuna.trial.Trial.report

    def lost(*arguments, **options):
        calls.append(1)
        if len(calls) == 5:
            raise RuntimeError("server closed the connection")
        report(*arguments, **options)

    monkeypatch.setattr(optuna.trial.Trial, "report", lost)
    with pytest.raises(StudyError, match=r"cannot be used \(server closed the connection\): trials are saved"):
        swept(written(tmp_path), tmp_path / "runs")
    opened = swept(written(tmp_path), tmp_path / "runs")
    assert [each.state for each in opened.rows] == ["finished"] * 4
    assert formula.finished == [0, 1, 2, 3]


def test_values_that_do_not_go_together_fail_their_trial_alone(tmp_path, formula):
    formula.dies = {"before": RequestError("width 8 is no multiple of 3 heads")}
    opened = swept(written(tmp_path), tmp_path / "runs")
    assert [each.state for each in opened.rows] == ["failed", "finished", "finished", "finished"]
    assert opened.rows[0].reason == "width 8 is no multiple of 3 heads"


def test_the_reason_of_a_refused_config_is_its_message_without_the_excerpt(tmp_path, formula, monkeypatch):
    space = {"model.hidden": [0, 8], "model.dropout": [0.1, 0.2]}
    opened = swept(written(tmp_path, space=space, search={"name": "grid"}), tmp_path / "runs")
    assert [each.state for each in opened.rows] == ["failed", "failed", "finished", "finished"]
    assert opened.rows[0].reason.startswith("model.dropout: has no effect: hidden: 0 leaves no hidden layer")
    assert "\n" not in opened.rows[0].reason


def test_a_trial_that_kills_one_worker_after_the_other_fails_in_the_end(tmp_path, formula):
    file = written(tmp_path, search={"name": "random", "trials": 1})
    for _ in range(MOST_DEATHS + 1):
        formula.dies = {formula.epochs + 1: Killed()}
        with pytest.raises(Killed):
            swept(file, tmp_path / "runs")
    opened = swept(file, tmp_path / "runs")
    assert opened.rows[0].state == "failed"
    assert "workers died in epoch 1 of this trial" in opened.rows[0].reason


PRUNING = {"name": "random", "trials": 12, "pruning": "median"}


def test_the_median_rule_ends_bad_trials_early_and_their_runs_say_so(tmp_path):
    opened = swept(written(tmp_path, search=PRUNING), tmp_path / "runs")
    pruned = [each for each in opened.rows if each.state == "pruned"]
    assert 0 < len(pruned) < 8
    for row in pruned:
        summary = next(each for each in runs.list_runs(tmp_path / "runs") if each.run.id == row.run)
        assert summary.status == "stopped"
        assert summary.metadata["reason"].startswith(f"pruned after epoch {row.epochs}: {GOAL} ")
        assert row.epochs in {1, 2}
    assert opened.best.row.state == "finished"


def test_a_kill_right_after_pruning_prunes_the_trial_once(tmp_path, formula):
    undisturbed = swept(written(tmp_path, search=PRUNING), tmp_path / "other")
    formula.dies = {"pruned": Killed()}
    with pytest.raises(Killed):
        swept(written(tmp_path, search=PRUNING), tmp_path / "runs")
    opened = swept(written(tmp_path, search=PRUNING), tmp_path / "runs")
    assert states(opened) == states(undisturbed)


def test_hyperband_prunes_too(tmp_path):
    search = {"name": "tpe", "trials": 15, "pruning": "hyperband"}
    opened = swept(written(tmp_path, search=search), tmp_path / "runs")
    assert {each.state for each in opened.rows} == {"finished", "pruned"}


def test_no_trial_begins_after_the_minutes(tmp_path, monkeypatch):
    now = iter(range(0, 10_000, 20))
    monkeypatch.setattr("seqlab.sweeps.sweep_directory.time.monotonic", lambda: float(next(now)))
    opened = swept(written(tmp_path, search={"name": "random", "minutes": 5}), tmp_path / "runs")
    spent = json.loads((opened.directory.path / "clock.json").read_text(encoding="utf-8"))["seconds"]
    assert 300 <= spent <= 400
    assert 0 < len(opened.rows) < 10
    assert all(each.state == "finished" for each in opened.rows)
