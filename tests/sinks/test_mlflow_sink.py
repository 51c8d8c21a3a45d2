"""MLflow: a real server of it on this machine. Needs the packages mlflow-skinny and, for the server, mlflow."""

import contextlib
import importlib.metadata
import os
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

from seqlab.sinks.mlflow_sink import Mlflow
from seqlab.sinks.sink import ReportedRun

mlflow = pytest.importorskip("mlflow")

SERVER = os.environ.get("SEQLAB_MLFLOW", "")
if not SERVER and any(importlib.metadata.distributions(name="mlflow")):  # and not the client alone
    SERVER = str(Path(sys.executable).with_name("mlflow"))
"""The program `mlflow`, of this environment or of another."""
RUN = ReportedRun(
    "20260101-000000-x",
    {"task": "classification", "model": {"name": "bag", "hidden": 16}, "training": {"epochs": 2, "sinks": []}},
    {"run": "20260101-000000-x", "git_commit": "abc", "split_test": "def"},
)


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    if not SERVER:
        pytest.skip("needs the server: pip install mlflow, or SEQLAB_MLFLOW=the program of another environment")
    with socket.create_server(("127.0.0.1", 0)) as found:
        port = found.getsockname()[1]
    folder = tmp_path_factory.mktemp("server")
    command = [SERVER, "server", "--backend-store-uri", f"sqlite:///{folder}/mlflow.db", "--port", str(port)]
    with (folder / "log").open("w", encoding="utf-8") as log:
        process = subprocess.Popen(
            [*command, "--workers", "1", "--default-artifact-root", str(folder)],
            stdout=log, stderr=log, start_new_session=True,
        )  # fmt: skip
    try:
        until = time.monotonic() + 120
        while time.monotonic() < until and process.poll() is None:
            with contextlib.suppress(OSError), urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=5):
                break
            time.sleep(0.1)
        assert process.poll() is None, (folder / "log").read_text(encoding="utf-8")
        yield f"http://127.0.0.1:{port}"
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, 9)
        process.wait()


@pytest.fixture(autouse=True)
def _own_settings(monkeypatch):
    for name in ("MLFLOW_HTTP_REQUEST_TIMEOUT", "MLFLOW_HTTP_REQUEST_MAX_RETRIES"):
        monkeypatch.setenv(name, "5" if name.endswith("TIMEOUT") else "0")


@pytest.mark.process
def test_a_run_from_its_beginning_to_its_end(address):
    connection = Mlflow(tracking_uri=address, experiment="reviews").connect(RUN)
    assert list(connection.steps()) == []
    connection.log({"train.loss": 0.5, "epoch": 1.0, "validation.f1.très bien!": 0.25}, step=10, time=1000.0)
    connection.log({"train.loss": float("nan"), "epoch": 2.0}, step=20, time=1001.0)
    connection.summarize({"test.accuracy": 0.9, "test.bleu_signature": "nrefs:1"}, step=20, time=1002.0)
    connection.finish("finished")
    client = mlflow.MlflowClient(address)
    found = client.get_run(connection.reference)
    assert client.get_experiment(found.info.experiment_id).name == "reviews"
    assert (found.info.status, found.info.run_name) == ("FINISHED", RUN.id)
    assert found.data.params == {
        "task": "classification", "model.name": "bag", "model.hidden": "16", "training.epochs": "2",
        "training.sinks": "[]",
    }  # fmt: skip
    assert found.data.tags.items() >= {
        "run": RUN.id, "split_test": "def", "git_commit": "abc", "mlflow.source.git.commit": "abc",
        "test.bleu_signature": "nrefs:1", "status": "finished",
    }.items()  # fmt: skip
    assert found.data.metrics["test.accuracy"] == 0.9
    assert found.data.metrics["validation.f1.tr_s bien_"] == 0.25
    (first, _) = client.get_metric_history(connection.reference, "train.loss")
    assert (first.value, first.step, first.timestamp) == (0.5, 10, 1_000_000)


@pytest.mark.process
def test_a_run_that_continues_is_the_same_with_what_changed_as_a_tag(address):
    sink = Mlflow(tracking_uri=address)
    before = sink.connect(RUN)
    before.log({"epoch": 1.0}, step=10, time=1000.0)
    before.finish("killed")
    client = mlflow.MlflowClient(address)
    assert client.get_run(before.reference).info.status == "KILLED"
    config = {**RUN.config, "training": {"epochs": 4, "sinks": [], "patience": 5}}
    again = sink.connect(ReportedRun(RUN.id, config, RUN.tags, before.reference))
    assert (again.reference, set(again.steps())) == (before.reference, {10})
    found = client.get_run(again.reference)
    assert found.info.status == "RUNNING"
    assert (found.data.params["training.epochs"], found.data.params["training.patience"]) == ("2", "5")
    assert found.data.tags["resumed.training.epochs"] == "4"


@pytest.mark.process
@pytest.mark.parametrize("reference", ["0" * 32, "of another sink"])
def test_a_server_that_does_not_know_the_run_gets_a_new_one(address, reference):
    connection = Mlflow(tracking_uri=address).connect(ReportedRun(RUN.id, RUN.config, RUN.tags, reference))
    assert connection.reference != reference
    connection.finish("stopped")


def test_a_server_that_is_not_there_is_an_error_within_seconds():
    before = time.monotonic()
    with pytest.raises(mlflow.exceptions.MlflowException, match="Connection refused"):
        Mlflow(tracking_uri="http://127.0.0.1:1").connect(RUN)
    assert time.monotonic() - before < 20
