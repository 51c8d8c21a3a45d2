"""What a run reports to its sinks; that no sink changes it, whatever the sink does."""

import json
import sys
import time
from pathlib import Path

import pytest
import recording_sink
from quick import QUICK, Heard, comparable, weights_of
from recording_sink import Recording, received

from seqlab import config, experiment, runs
from seqlab.errors import RequestError
from seqlab.experiment.resume import resume
from seqlab.sinks import SINKS, reports
from seqlab.sinks.reports import epochs_of, named, reporting, tags_of


@pytest.fixture(autouse=True)
def _registered():
    """A plug-in registers it; afterwards there are the sinks of seqlab again."""
    SINKS.add(Recording)
    yield
    SINKS._components.pop("recording")


def sink(file, trouble="none"):
    return "training.sinks=" + json.dumps([{"name": "recording", "file": str(file), "trouble": trouble}])


def reported(folder, *overrides):
    heard = Heard()
    run = experiment.train(config.load(QUICK, overrides), folder / "runs", progress=heard)
    return run, [line for line in heard.lines if "recording" in line]


@pytest.fixture
def plugged(tmp_path):
    """A config with a sink in a module beside it, in a folder in which Python does not search."""
    folder = tmp_path / "beside"
    folder.mkdir()
    source = Path(recording_sink.__file__).read_text(encoding="utf-8")
    (folder / "plugged_sink.py").write_text(source.replace('"recording"', '"plugged"'), encoding="utf-8")
    sinks = [{"name": "plugged", "file": str(tmp_path / "received")}]
    given = {**QUICK, "plugins": ["plugged_sink"], "training": {**QUICK["training"], "sinks": sinks}}
    (folder / "mine.yaml").write_text(json.dumps(given), encoding="utf-8")
    yield folder / "mine.yaml"
    SINKS._components.pop("plugged")
    del sys.modules["plugged_sink"]


def test_a_sink_receives_config_metrics_result_and_status(tmp_path, plugged, quick_run):
    heard = Heard()
    run = experiment.train(config.load(plugged), tmp_path / "runs", progress=heard)
    said = [line for line in heard.lines if "plugged" in line]
    connected, *logged, summary, finished = received(tmp_path / "received")
    assert said == []
    assert (connected["run"], connected["task"], connected["reference"]) == (run.id, "classification", None)
    assert connected["tags"]["run"] == run.id
    assert connected["tags"]["split_test"] == run.section("data", "splits")["test"]
    lines = run.metrics()
    assert [each["step"] for each in logged] == [line["step"] for line in lines]
    assert [each["metrics"]["validation.loss"] for each in logged] == [line["validation.loss"] for line in lines]
    assert [each["metrics"]["learning_rate"] for each in logged] == [pytest.approx(5e-3)] * 3
    assert abs(logged[-1]["time"] - time.time()) < 100
    result = run.result()
    assert summary["result"]["test.accuracy"] == result["test.accuracy"]
    assert summary["result"]["best.validation.loss"] == result["validation.loss"]
    assert summary["result"]["seconds"] == result["seconds"]
    assert finished["status"] == "finished"
    assert run.metadata()["sinks"] == {"plugged": f"reference of {run.id}"}
    assert weights_of(run) == weights_of(quick_run)
    assert comparable(run.result()) == comparable(quick_run.result())
    assert "secret" not in run.metadata_file.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("trouble", "told"),
    [
        ("refuses", "Connection refused. The run goes on; what is missing there is "),
        ("hangs", "no answer for 1 seconds; the end of the run is missing there"),
    ],
)
def test_a_sink_in_trouble_is_one_line(tmp_path, quick_run, monkeypatch, trouble, told):
    monkeypatch.setattr(reports, "SECONDS_AT_END", 60.0 if trouble != "hangs" else 1.0)
    run, said = reported(tmp_path, sink(tmp_path / "received", trouble))
    (line,) = said
    assert line.startswith(f"recording (http://host): {told}")
    assert run.status() == "finished"
    assert weights_of(run) == weights_of(quick_run)
    assert comparable(run.result()) == comparable(quick_run.result())
    assert [set(line) for line in run.metrics()] == [set(line) for line in quick_run.metrics()]


def test_a_run_that_continues_continues_in_its_sink(tmp_path, monkeypatch):
    file = tmp_path / "received"
    after_epoch = reports.Reports.epoch

    def stops(self, line, learning_rate):
        after_epoch(self, line, learning_rate)
        if line["epoch"] == 2:
            raise RuntimeError("no more")

    monkeypatch.setattr(reports.Reports, "epoch", stops)
    monkeypatch.setattr(reports, "SECONDS_AT_END", 60.0)
    with pytest.raises(RuntimeError, match="no more"):
        reported(tmp_path, sink(file))
    monkeypatch.setattr(reports.Reports, "epoch", after_epoch)
    stopped = experiment_run(tmp_path)
    with reporting(stopped, (), Heard(), tensorboard=False) as to_nobody:
        to_nobody.begin({}, "")
        to_nobody.poll()
    run = resume(stopped)
    calls = [(each["call"], each.get("step") or each.get("status")) for each in received(file)]
    steps = [line["step"] for line in run.metrics()]
    assert calls == [
        ("connect", None), ("log", steps[0]), ("log", steps[1]), ("finish", "failed"),
        ("connect", None), ("log", steps[1]), ("log", steps[2]), ("summarize", steps[2]), ("finish", "finished"),
    ]  # fmt: skip
    assert [each["reference"] for each in received(file) if each["call"] == "connect"] == [
        None,
        f"reference of {run.id}",
    ]


def experiment_run(folder):
    return runs.find("latest", folder / "runs", status=None)


def test_a_missing_package_is_an_error_before_there_is_a_run(tmp_path, monkeypatch):
    monkeypatch.setattr(recording_sink.Recording, "package", "no_such_package")
    with pytest.raises(RequestError) as error:
        reported(tmp_path, sink(tmp_path / "received"))
    assert str(error.value) == (
        "training.sinks: 'recording' needs the package no_such_package: pip install nothing, or train without it: "
        "training.sinks=[]"
    )
    assert not (tmp_path / "runs").exists()


def test_epochs_end_when_their_seconds_say():
    lines = [
        {"epoch": 1, "epochs": 3, "step": 10, "seconds": 5.0, "train.loss": 1, "validation.note": "x"},
        {"epoch": 2, "epochs": 3, "seconds": 5.0},
        {"epoch": 3, "epochs": 3, "step": 30, "seconds": 7.0, "train.loss": 2.5, "validation.loss": None},
    ]
    first, last = epochs_of(lines, 100.0)
    assert (first.step, first.time, first.metrics) == (
        10,
        93.0,
        {"epoch": 1.0, "epoch_seconds": 5.0, "train.loss": 1.0},
    )
    assert (last.step, last.time) == (30, 100.0)
    assert last.metrics == {"epoch": 3.0, "epoch_seconds": 7.0, "train.loss": 2.5}
    assert epochs_of([], 100.0) == []


def test_two_sinks_of_one_kind_have_names_of_their_own():
    one, two = (Recording(file=name) for name in "ab")
    assert named([one, two]) == {"recording": one, "recording-2": two}


def test_tags_are_those_that_a_run_has():
    assert tags_of({"id": "r", "git": None, "data": {"splits": {"train": "ab"}}, "parent": "p"}) == {
        "run": "r",
        "parent": "p",
        "split_train": "ab",
    }
