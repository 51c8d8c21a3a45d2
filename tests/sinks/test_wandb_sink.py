"""Weights & Biases, without a network: what it writes to be sent later. Needs the package wandb."""

import time

import pytest

from seqlab.sinks.sink import ReportedRun
from seqlab.sinks.wandb_sink import QUIET, WeightsAndBiases

wandb = pytest.importorskip("wandb")

RUN = ReportedRun("20260101-000000-x", {"task": "classification", "model": {"hidden": 16}}, {"split_test": "def"})


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """wandb keeps the folder in which it was first used."""
    return tmp_path_factory.mktemp("wandb")


@pytest.mark.process
def test_a_run_that_is_written_for_later(folder, monkeypatch, capfd):
    monkeypatch.chdir(folder)
    connection = WeightsAndBiases(project="reviews", mode="offline").connect(RUN)
    assert list(connection.steps()) == []
    connection.log({"train.loss": 0.5}, step=10, time=1000.0)
    connection.log({"train.loss": 0.25}, step=20, time=1001.0)
    connection.summarize({"test.accuracy": 0.9, "test.bleu_signature": "nrefs:1"}, step=20, time=1002.0)
    summary = dict(connection._run.summary)
    connection.finish("finished")
    assert (summary["test.accuracy"], summary["test.bleu_signature"]) == (0.9, "nrefs:1")
    (written,) = folder.glob(f"wandb/offline-run-*-{connection.reference}/*.wandb")
    until = time.monotonic() + 30
    while b"test.accuracy" not in (content := written.read_bytes()) and time.monotonic() < until:
        time.sleep(0.05)  # another process writes it; this one would wait for that when it ends
    for expected in (b"reviews", b"20260101-000000-x", b"train.loss", b"test.accuracy", b"classification", b"def"):
        assert expected in content
    assert written.stem == f"run-{connection.reference}"
    assert capfd.readouterr().out == ""


@pytest.mark.process
def test_a_run_that_continues_has_its_name(folder, monkeypatch):
    monkeypatch.chdir(folder)
    connection = WeightsAndBiases(mode="offline").connect(ReportedRun(RUN.id, RUN.config, RUN.tags, "abc123"))
    connection.finish("failed")
    assert connection.reference == "abc123"
    assert list(folder.glob("wandb/offline-run-*-abc123"))


def test_its_settings_are_those_of_the_installed_version():
    wandb.Settings(**QUIET)
