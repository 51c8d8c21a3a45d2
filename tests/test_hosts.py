"""Two processes of this machine train one model together: as one process does, and as if none had been killed."""

import os
import signal
import sys
import time

import pytest
from divided import GIVEN, losses
from quick import trained
from several_hosts import Host, hosts, trained_on

from seqlab import runs
from seqlab.experiment.resume_selftest import differences
from seqlab.training.checkpoints import saved

OFTEN = {**GIVEN["bag"]["training"], "epochs": 8, "checkpoint": {"every_seconds": 0.02}}
CLASSES = {**GIVEN["bag"], "training": OFTEN}
"""Batches of 33 rows, 17 on one host and 16 on the other."""

pytestmark = [
    pytest.mark.process,
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform == "win32", reason="needs a fork server and SIGKILL"),
]


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """The folder of a training on two hosts, and its run."""
    folder = tmp_path_factory.mktemp("whole")
    return folder, trained_on(2, CLASSES, folder)


def test_two_hosts_train_as_one_and_only_the_chief_writes(whole, tmp_path):
    folder, run = whole
    assert losses(run) == pytest.approx(losses(trained(tmp_path, given=CLASSES)), rel=1e-6)
    assert len(run.metadata()["hosts"]) == 2
    chief, other = ((folder / f"said-by-{index}.txt").read_text("utf-8") for index in (0, 1))
    assert f"ended: Run {run.id}" in chief
    assert f"ended: RunElsewhere {run.id}" in other
    # The runs folder holds the chief's run and nothing else, and nobody else has a checkpoint or a result.
    assert [each.name for each in (folder / "runs").iterdir()] == [run.id]
    assert sorted(each.name for each in folder.iterdir()) == ["runs", "said-by-0.txt", "said-by-1.txt"]


def killed_in_the_middle(given, folder):
    """Two hosts, of which the second one is killed within an epoch, after a checkpoint."""
    both = hosts(given, folder)
    while both[0].process.is_alive():
        checkpoints = [each.name for run in folder.glob("runs/*/checkpoints") for each in saved(run)]
        if any(name.endswith("-00003") for name in checkpoints):
            break
        time.sleep(0.01)
    os.kill(both[1].process.pid, signal.SIGKILL)
    return both


def test_a_host_is_killed_all_stop_and_the_restart_ends_as_if_it_had_not_been(whole, tmp_path):
    chief, other = killed_in_the_middle(CLASSES, tmp_path)
    started = time.monotonic()
    assert chief.exit_code() == 75
    assert time.monotonic() - started < 30
    assert other.exit_code() == -signal.SIGKILL
    assert "host 1 (127.0.0.1:" in chief.said()
    assert "start seqlab on all hosts again, with --resume" in chief.said()
    (stopped,) = runs.list_runs(tmp_path / "runs")
    assert stopped.status == "stopped"
    assert f"seqlab train --resume {stopped.run.directory}" in chief.said()
    # Hosts that differ are refused before anything is done.
    addresses = stopped.run.metadata()["hosts"]
    differing = [Host(index, CLASSES, addresses, tmp_path, [f"training.epochs={8 + index}"]) for index in (0, 1)]
    assert [each.exit_code() for each in differing] == [2, 2]
    for each in differing:
        assert f"training.epochs: 8 on host 0 ({addresses[0]}), 9 on host 1 ({addresses[1]})" in each.said()
    # The second host has no checkpoint: it gets the chief's state.
    assert differences(whole[1], trained_on(2, CLASSES, tmp_path)) == []
