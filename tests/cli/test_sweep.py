"""`seqlab sweep`: real trainings in the process of the command, and what it prints."""

import json
import sys
from pathlib import Path

import pytest
import yaml
from quick import QUICK
from shell import Shell

from seqlab import runs
from seqlab.errors import RequestError
from seqlab.sweeps import worker
from seqlab.sweeps.launcher_local import LocalWorkers

SWEEP = {
    "base": "base.yaml",
    "space": {"training.learning_rate": [1e-5, 5e-3]},
    "search": {"name": "grid"},
    "goal": "validation.accuracy",
}


@pytest.fixture
def shell(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("SEQLAB_RUNS_DIR", "SEQLAB_DATA_DIR", "SEQLAB_DEBUG"):
        monkeypatch.delenv(name, raising=False)
    Path("base.yaml").write_text(yaml.safe_dump(QUICK), encoding="utf-8")
    Path("small.yaml").write_text(yaml.safe_dump(SWEEP), encoding="utf-8")
    return Shell()


@pytest.mark.slow
def test_a_sweep_trains_its_grid_and_its_best_config_trains_as_it_is(shell):
    result = shell("sweep", "small.yaml", "--repeat-best", "1")
    assert result.exit_code == 0, result.stderr
    *trials, repeated = runs.list_runs(Path("runs"))
    worst, best = sorted(trials, key=lambda each: each.result["validation.accuracy"])
    assert [each.status for each in trials] == ["finished"] * 2
    (headings,) = [line for line in result.stdout.splitlines() if line.startswith("seed ")]
    assert headings.split("  ")[1:3] == ["validation accuracy", "test accuracy"], "the goal first, not the monitor"
    assert result.stderr.count(" finished: validation.accuracy ") == 2
    assert best.run.id in result.stdout
    assert f"test.accuracy {best.result['test.accuracy']:.4f}" in result.stderr
    assert f"{worst.result['test.accuracy']:.4f}" not in result.stdout + result.stderr
    assert (repeated.seed, repeated.group.endswith("-small-best"), repeated.metadata.get("sweep")) == (1338, True, None)

    (command,) = [line.split() for line in result.stdout.splitlines() if line.startswith("  seqlab train")]
    shell.works(*command[1:])
    assert runs.list_runs(Path("runs"))[-1].result["validation.loss"] == best.result["validation.loss"]

    shown = json.loads(shell.works("sweep", "small.yaml", "--json", "--repeat-best", "1"))
    assert [each["run"] for each in shown["repeats"]["runs"]] == [repeated.run.id]
    assert shown["repeats"]["metrics"]["validation.accuracy"]["mean"] == repeated.result["validation.accuracy"]
    assert (len(shown["trials"]), shown["best"]["run"]) == (2, best.run.id)
    assert len(runs.list_runs(Path("runs"))) == 4, "nothing was trained again"
    found = json.loads(shell.works("runs", "list", "--where", f"sweep={shown['sweep']}", "--json"))
    assert [each["id"] for each in found] == [each.run.id for each in trials]
    assert "damaged" not in shell.works("runs", "list")


@pytest.mark.slow
def test_a_trial_that_another_command_ended_last_is_told_too(shell, monkeypatch):
    def work(trials, after_trial, say):
        of_another_command(trials, after_trial=lambda: 0, say=say)

    of_another_command = worker.work
    monkeypatch.setattr(worker, "work", work)
    assert shell("sweep", "small.yaml").stderr.count(" finished: validation.accuracy ") == 2


@pytest.mark.slow
def test_a_sweep_whose_trials_all_fail_exits_with_1_and_says_why(shell):
    diverging = {**SWEEP, "space": {"training.learning_rate": [1e30, 1e35]}}
    Path("diverging.yaml").write_text(yaml.safe_dump(diverging), encoding="utf-8")
    result = shell("sweep", "diverging.yaml")
    assert result.exit_code == 1
    assert "no trial finished: " in result.stderr
    assert "not a finite number" in result.stderr
    assert {each.status for each in runs.list_runs(Path("runs"))} == {"diverged"}


def test_mistakes_are_refused_before_anything_is_written(shell, monkeypatch):
    wrong = {**SWEEP, "space": {"model.hiden": [4]}}
    Path("wrong.yaml").write_text(yaml.safe_dump(wrong), encoding="utf-8")
    message = shell.refuses(2, "sweep", "wrong.yaml", says=["wrong.yaml:", "did you mean 'hidden'?"])
    assert "^" in message
    shell.refuses(2, "sweep", "nothing.yaml", says=["no file 'nothing.yaml'"])
    shell.refuses(2, "sweep", "small.yaml", "--storage", "x.db", says=["expected the URL of a database"])
    for override in ("training.epochs=3", "search.trials=4"):
        result = shell("sweep", "small.yaml", override)
        assert (result.exit_code, "KEY=VALUE" in result.stderr) == (2, True)
    monkeypatch.setitem(sys.modules, "optuna", None)
    shell.refuses(2, "sweep", "small.yaml", says=["pip install 'seqlab[sweep]'"])
    assert shell("sweep", "small.yaml", "--launcher", "kubernetes").exit_code == 2
    assert shell("sweep", "small.yaml", "--workers", "0").exit_code == 2


def test_a_launcher_that_cannot_start_leaves_no_sweep_behind(shell, monkeypatch):
    def refuse(*_):
        raise RequestError("no cluster answers")

    monkeypatch.setattr(LocalWorkers, "run", refuse)
    monkeypatch.setattr("seqlab.runs.machine_cores.usable_cores", lambda: 2)
    result = shell("sweep", "small.yaml", "--workers", "2")
    assert (result.exit_code, "no cluster answers" in result.stderr) == (2, True)
    assert not list(Path("runs").glob("*-sweep"))
