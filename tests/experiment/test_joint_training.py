"""Hosts are compared before they train, and begin with the state of the chief."""

import contextlib
import signal
from dataclasses import replace
from importlib import import_module

import numpy as np
import pytest
from connected_hosts import on_hosts
from quick import QUICK

from seqlab import config, runs
from seqlab.cli.progress import terminal_progress
from seqlab.data.splits.load_splits import locate
from seqlab.errors import HostLostError, RequestError, Stopped
from seqlab.experiment import joint_training
from seqlab.experiment.joint_training import (
    by_chief,
    joined,
    refuse_other_data,
    refuse_several_hosts,
    run_of_chief,
    with_state_of_chief,
)
from seqlab.experiment.plan_training import plan
from seqlab.experiment.prepare_data import prepare_data
from seqlab.experiment.resume_selftest import prove_resume
from seqlab.experiment.run_session import run_session
from seqlab.experiment.train import train
from seqlab.hosts.group import ALONE, Group
from seqlab.progress import SILENT
from seqlab.training.early_stopping import BestEpoch
from seqlab.training.state import TrainingState


def compared(*of_hosts):
    return on_hosts(
        len(of_hosts), lambda hosts: joint_training._refuse_differences(hosts, "differ", of_hosts[hosts.index])
    )


def test_hosts_that_are_alike_may_train():
    assert compared({"a": 1}, {"a": 1}, {"a": 1}) == [None] * 3


def test_all_are_told_who_differs_in_what():
    same = {"the source code of seqlab": "f" * 64, "training.epochs": 3}
    found = compared(same, same, {"the source code of seqlab": "0" * 64, "training.epochs": 4, "model.units": None})
    assert [type(each) for each in found] == [RequestError] * 3
    (message,) = {str(each) for each in found}
    lines = message.splitlines()
    assert lines[0] == "the hosts differ, and cannot train one model:"
    assert lines[1].startswith("  the source code of seqlab: ffffffffffff on host 0 (127.0.0.1:")
    assert "000000000000 on host 2 (127.0.0.1:" in lines[1]
    assert lines[2].startswith("  training.epochs: 3 on host 0")
    assert "4 on host 2" in lines[2]
    assert lines[3].startswith("  model.units: (absent) on host 0")
    assert len(lines) == 4


def test_of_many_differences_some_are_listed():
    message = str(compared(dict.fromkeys("abcdefghijklm", 1), {})[0])
    assert len(message.splitlines()) == 12
    assert message.endswith("  and 3 more")


def test_code_versions_and_config_are_compared_and_paths_of_data_are_not(tmp_path):
    (tmp_path / "rows.csv").write_text("text,label\na,b\n", encoding="utf-8")
    given = {**QUICK, "data": {"name": "csv", "path": str(tmp_path / "rows.csv")}}
    facts = joint_training._facts(config.load(given).experiment)
    assert facts["training.epochs"] == 3
    assert facts["data.name"] == "csv"
    assert {"the source code of seqlab", "the version of tensorflow", "the version of python"} <= facts.keys()
    assert str(tmp_path) not in str(facts)


@pytest.fixture(scope="module")
def data():
    experiment = config.load(QUICK).experiment
    return prepare_data(experiment, locate(experiment.data), SILENT, import_tensorflow=False)


def test_other_data_are_refused_with_the_split(data):
    other = {**data.metadata, "splits": {**data.metadata["splits"], "train": "0" * 64}}
    of_hosts = (data, replace(data, metadata=other))
    found = on_hosts(2, lambda hosts: refuse_other_data(hosts, of_hosts[hosts.index]))
    assert all("the hosts have other data" in str(each) for each in found)
    assert all("the train split: " in str(each) and "000000000000 on host 1" in str(each) for each in found)
    assert on_hosts(2, lambda hosts: refuse_other_data(hosts, data)) == [None, None]
    refuse_other_data(ALONE, data)


class Variable:
    """What of a Keras variable is needed here, without TensorFlow, which threads would share."""

    def __init__(self, value):
        self.value = np.array(value, np.float32)

    shape = property(lambda self: self.value.shape)
    dtype = property(lambda self: self.value.dtype)

    def numpy(self):
        return self.value

    def assign(self, value):
        self.value = value


def test_all_begin_with_the_state_and_the_values_of_the_chief():
    """The second host has them already; the third one has others, and gets them with all their bits."""
    values = [[0.1, -0.0, 1e-40], [0.1, -0.0, 1e-40], [1.0, 2.0, 3.0]]
    states = [TrainingState(BestEpoch("validation.loss"), epoch=epoch, step=epoch * 10) for epoch in (3, 1, 1)]

    def part(hosts):
        variables = {"a": Variable(values[hosts.index]), "b": Variable(7)}
        return with_state_of_chief(hosts, variables, states[hosts.index]), variables["a"].value.tobytes()

    assert on_hosts(3, part) == [(states[0], np.array(values[0], np.float32).tobytes())] * 3
    assert with_state_of_chief(ALONE, {}, states[1]) is states[1]


def test_a_model_of_another_shape_is_refused():
    def part(hosts):
        variables = {"a": Variable([1.0] * (2 + hosts.index))}
        return with_state_of_chief(hosts, variables, TrainingState(BestEpoch("validation.loss")))

    found = on_hosts(2, part)
    assert "what host 0 (127.0.0.1:" in str(found[1])
    assert "sent does not fit the model of its config: 'a' is float32(2,), not float32(3,)" in str(found[1])


def test_the_chief_computes_for_all():
    asked = []

    def part(hosts):
        return by_chief(hosts, lambda: asked.append(hosts.index) or {"loss": 0.25})()

    assert on_hosts(3, part) == [{"loss": 0.25}] * 3
    assert asked == [0]


def test_the_others_know_the_run_of_the_chief(tmp_path):
    def part(hosts):
        return hosts.finish(str(tmp_path)) if hosts.is_chief else run_of_chief(hosts)

    _, other = on_hosts(2, part)
    assert other.directory == tmp_path
    assert type(other).__name__ == "RunElsewhere"


def test_a_single_host_of_the_environment_trains_alone(monkeypatch, tmp_path):
    monkeypatch.setenv("TF_CONFIG", '{"cluster": {"worker": ["a:1"]}, "task": {"type": "worker", "index": 0}}')
    experiment = config.load(QUICK, ["runtime.hosts=env"]).experiment
    with joined(experiment, tmp_path, single=True, progress=SILENT) as (hosts, folder):
        assert (hosts, folder) == (ALONE, tmp_path)


@pytest.mark.parametrize(
    ("single", "override", "message"),
    [
        (False, "training.epochs=3", "runs of a group or a sweep are trained by single hosts"),
        (True, "training.batch_size=2", "training.batch_size: a batch of 2 cannot be split over 3 devices"),
    ],
)
def test_what_hosts_of_the_environment_cannot_do_is_refused_before_they_meet(
    monkeypatch, tmp_path, single, override, message
):
    workers = '{"worker": ["127.0.0.1:1", "127.0.0.1:2", "127.0.0.1:3"]}'
    monkeypatch.setenv("TF_CONFIG", f'{{"cluster": {workers}, "task": {{"type": "worker", "index": 0}}}}')
    experiment = config.load(QUICK, ["runtime.hosts=env", override]).experiment
    with pytest.raises(RequestError, match=message), joined(experiment, tmp_path, single=single, progress=SILENT):
        pass


def test_commands_for_one_host_refuse_several(tmp_path):
    loaded = config.load(QUICK, ["runtime.hosts=[a:1, b:1]"])
    with pytest.raises(RequestError, match=r"x is for one host: add runtime\.hosts=null"):
        refuse_several_hosts(loaded.experiment, "x")
    for command in (lambda: plan(loaded, tmp_path), lambda: prove_resume(loaded, tmp_path)):
        with pytest.raises(RequestError, match=r"is for one host: add runtime\.hosts=null"):
            command()


def test_a_signal_while_hosts_wait_for_one_another_stops_the_training(tmp_path, monkeypatch):
    """Before there is a run, too: without a handler, SIGTERM would end the process with nothing said."""

    @contextlib.contextmanager
    def waiting(*_, **__):
        signal.raise_signal(signal.SIGTERM)
        raise AssertionError("not stopped")
        yield

    monkeypatch.setattr(import_module("seqlab.experiment.train"), "joined", waiting)
    before = signal.getsignal(signal.SIGTERM)
    with pytest.raises(Stopped, match="SIGTERM") as stop:
        train(config.load(QUICK), tmp_path)
    assert (stop.value.exit_code, signal.getsignal(signal.SIGTERM)) == (75, before)


class UnavailableError(Exception):
    """As TensorFlow names it."""


class Lost(Group):
    """Two hosts, of which the other one is gone."""

    count = 2

    def exchange(self, value):
        return [value, value]


def test_after_a_host_is_lost_only_what_was_in_a_checkpoint_is_called_saved(tmp_path, capsys):
    run = train(config.load(QUICK, ["training.epochs=1", "data.size=200"]), tmp_path)
    with pytest.raises(HostLostError), run_session(run, config.load(QUICK).experiment, terminal_progress()):
        raise HostLostError("host 1 is gone")
    assert "a host is gone; training is saved up to the last checkpoint. To resume" in capsys.readouterr().err


def test_a_host_that_is_lost_while_the_model_is_built_is_named(tmp_path, monkeypatch):
    """Each variable gets its first value from the chief: that fails like a step, and is no bug."""
    module, hosts = import_module("seqlab.experiment.train"), Lost()
    hosts._ended = HostLostError("host 1 is gone")

    def fails(*_):
        raise UnavailableError("Collective ops is aborted")

    monkeypatch.setattr(module, "joined", lambda *_, **__: contextlib.nullcontext((hosts, tmp_path)))
    monkeypatch.setattr(module, "prepare_runtime", lambda *_, **__: None)
    monkeypatch.setattr(module, "report_device", lambda *_: None)
    monkeypatch.setattr(module, "spread", lambda *_: contextlib.nullcontext())
    monkeypatch.setattr(module, "build_model", fails)
    with pytest.raises(HostLostError, match="host 1 is gone"):
        train(config.load(QUICK), tmp_path)
    (summary,) = runs.list_runs(tmp_path)
    assert summary.status == "stopped"
