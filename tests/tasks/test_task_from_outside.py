"""A task that a plug-in adds with one call of `register` trains, resumes, evaluates and predicts like the others."""

import sys
from pathlib import Path

import pytest
from quick import comparable, weights_of
from shell import Shell

from seqlab import config, experiment, runs
from seqlab.errors import RequestError
from seqlab.tasks import TASKS, register
from seqlab.training import loop

PLUGINS = Path(__file__).parents[1] / "plugins"
NUMBERS = ("none", "one", "two", "three")
ROWS = [(f"{NUMBERS[n % 4]} or so {'maybe ' * (n % 3)}x{n}", float(n % 4)) for n in range(160)]


@pytest.fixture
def given(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(PLUGINS)
    monkeypatch.delitem(sys.modules, "count_regression", raising=False)
    table = tmp_path / "rows.csv"
    table.write_text("text,label\n" + "".join(f"{text},{label}\n" for text, label in ROWS), encoding="utf-8")
    yield {
        "task": "count_regression",
        "data": {"name": "csv", "path": str(table), "text": "text", "label": "label"},
        "vectorizer": "words",
        "model": "linear",
        "training": {"epochs": 30, "batch_size": 16, "optimizer": "adam", "learning_rate": 5e-2},
        "plugins": ["count_regression"],
    }
    TASKS.pop("count_regression", None)


@pytest.mark.slow
def test_it_trains_evaluates_and_predicts(given, tmp_path):
    run = experiment.train(config.load(given), tmp_path / "runs")
    result = run.result()
    assert result["test.loss"] < 0.2  # the variance of the targets is 1.25
    assert "test.mean_absolute_error" in result
    loaded = experiment.load(run, plugins=["count_regression"])
    assert loaded.evaluate("test") == {name: result[name] for name in result if name.startswith("test.")}
    none, three = (float(each.label) for each in loaded.predict(["none or so", "three or so"]))
    assert none < 1
    assert three > 2
    with pytest.raises(RequestError, match="is a count_regression run and cannot translate"):
        loaded.translate(["one"])


@pytest.mark.slow
def test_it_resumes_exactly(given, tmp_path, monkeypatch):
    whole = experiment.train(config.load(given), tmp_path / "whole")
    monkeypatch.setattr(loop, "SECONDS_PER_CALL", 1e-9)
    calls, following = iter(range(1_000)), loop._next_call

    def stop_once(steps, seconds):
        if next(calls) == 20:
            raise KeyboardInterrupt
        return following(steps, seconds)

    with monkeypatch.context() as patch:
        patch.setattr(loop, "_next_call", stop_once)
        with pytest.raises(KeyboardInterrupt):
            often = ["training.checkpoint={every_seconds: 0.0001}"]
            experiment.train(config.load(given, often), tmp_path / "stopped")
    (stopped,) = (each.run for each in runs.list_runs(tmp_path / "stopped"))
    resumed = experiment.resume(stopped, plugins=["count_regression"])
    assert weights_of(resumed) == weights_of(whole)
    assert comparable(resumed.result()) == comparable(whole.result())


def test_its_options_are_checked_and_its_components_are_listed(given, tmp_path):
    with pytest.raises(RequestError, match="numbers are not smoothed"):
        config.load(given, ["training.label_smoothing=0.1"])
    with pytest.raises(RequestError, match="unknown regressor 'linar'; did you mean 'linear'"):
        config.load(given, ["model=linar"])
    assert "count_regression" in config.json_schema()["properties"]["task"]["enum"]
    listed = Shell().works("parts", "--plugin", "count_regression", "model")
    assert "linear" in listed


def test_two_tasks_cannot_have_one_name(given):
    config.load(given)
    task = TASKS["count_regression"]
    assert register(task) is task
    with pytest.raises(ValueError, match="already another task called 'classification'"):
        register(type(task)(**{**vars(task), "name": "classification"}))
