"""Places of a run, and which run a request means."""

import re
from types import SimpleNamespace

import pytest

from seqlab.errors import RequestError
from seqlab.serving import served_run
from seqlab.serving.limits import Limits
from seqlab.serving.measurements import Measurements
from seqlab.serving.served_run import RunNotServed, ServedRun, ServedRuns, TooManyRequests


@pytest.fixture
def run(loaded_classifier):
    served = ServedRun(loaded_classifier, Limits(waiting=2), Measurements())
    yield served
    served.worker.close()


def test_a_place_is_free_again_however_the_request_ends(run):
    with pytest.raises(ValueError, match="broken"), run.place():
        raise ValueError("broken")
    with run.place(), run.place(), pytest.raises(TooManyRequests, match=f"2 requests of run {run.id}"), run.place():
        pass
    assert run.taken == 0
    assert run.measurements.refusals == {run.id: 1}


def test_a_run_is_found_by_id_by_name_and_by_what_it_can_do(run):
    runs = ServedRuns([run])
    assert runs.find(run.id, "predict") is runs.find(run.name, "explain") is runs.find(None, "predict") is run
    assert run.name == re.sub(r"^\d{8}-\d{6}-", "", run.id)


def test_what_there_is_not_is_said(run):
    runs = ServedRuns([run])
    with pytest.raises(RunNotServed, match=f"no run 'other'; it has {run.id}"):
        runs.find("other", "predict")
    with pytest.raises(RequestError, match="is a classification run and cannot generate text; language_model runs can"):
        runs.find(run.id, "generate")
    with pytest.raises(RequestError, match=r"no run of this server can do that \(translate\); translation runs can"):
        runs.find(None, "translate")


def test_a_name_of_several_runs_is_no_answer(run):
    other = SimpleNamespace(id="other", name=run.name, capabilities=["predict"])
    with pytest.raises(RunNotServed, match="2 runs are called"):
        ServedRuns([run, other]).find(run.name, "predict")
    assert ServedRuns([run, other]).find("other", "predict") is other


def test_a_run_of_texts_has_no_columns(run):
    assert run.described()["columns"] == []
    paths = {"/v1/predict", "/v1/explain", "/v1/neighbors", "/v1/analogy", "/v1/map"}
    assert (set(run.described()["paths"]), run.described()["status"]) == (paths, "finished")


def test_columns_of_rows_are_described(pricing, monkeypatch):
    (run,) = pricing.service.runs
    text, city, size = run.described()["columns"]
    assert text == {"name": "about", "kind": "text"}
    assert city == {"name": "city", "kind": "category", "values": ("Lima", "Oslo", "Rome")}
    assert (size["name"], size["kind"], 50 < size["mean"] < 90) == ("size", "number", True)
    monkeypatch.setattr(served_run, "MOST_LISTED_VALUES", 2)
    assert run.described()["columns"][1]["values"] == ("Lima", "Oslo")
