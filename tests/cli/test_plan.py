"""`seqlab plan`: what it prints, its JSON, and requests that are wrong."""

import json
import re

import pytest
from quick import QUICK
from shell import write

SMALL = ("quickstart", "data.size=300", "training.epochs=2")


@pytest.fixture
def wide(monkeypatch):
    """A terminal of 80 columns, as far as tables and paragraphs know."""
    from seqlab.cli import console

    made = console.plain_console

    def narrow(stream):
        found = made(stream)
        found.width = 80
        return found

    monkeypatch.setattr(console, "plain_console", narrow)


@pytest.mark.usefixtures("wide")
def test_what_it_prints(seqlab, tmp_path, monkeypatch):
    monkeypatch.setattr("seqlab.experiment.plan_training.memory_mb", lambda: 100.0)  # MB
    printed = seqlab.works("plan", *SMALL, "--seeds", "1-3")
    lines = printed.splitlines()
    table = lines[: next(number for number, line in enumerate(lines) if line.startswith("in all")) + 1]
    assert max(map(len, table)) <= 80  # a terminal wraps the sentences that follow
    labels = [line[:12].strip() for line in lines[: lines.index("")]]
    shown = ["parameters", "optimizer", "examples", "steps", "step time", "speed", "memory", "disk"]
    assert [label for label in labels if label] == shown
    assert "train 180, validation 60, test 60" in printed
    assert "6 an epoch, 12 in 2 epochs; batch_size 32" in printed
    parts = re.findall(r"^(\w[\w ]*?)  +[\d.]+ \w+", printed[printed.index("share") :], re.MULTILINE)
    assert parts == ["start", "compile", "training", "validation", "saving", "evaluation", "in all"]
    assert "3 runs, one after another: " in printed
    verdict = "memory will not be enough: the first steps needed"
    assert verdict in " ".join(lines)
    assert "the machine has 100 MB. Lower training.batch_size" in " ".join(lines)
    assert "with all epochs" not in printed  # two epochs: patience is of no use
    assert len(list((tmp_path / "runs").iterdir())) == 1  # the one that was there


def test_its_json(seqlab):
    found = json.loads(seqlab.works("plan", *SMALL, "--json", "--steps", "2"))
    assert found["steps"] == {"epoch": 6, "total": 12, "refit": 0}
    assert (found["step_seconds"]["steps_per_round"], len(found["step_seconds"]["rounds"])) == (2, 5)
    assert found["runs"] == 1
    assert found["seconds"]["total"] == found["seconds"]["all_runs"] > 0


def test_it_refuses_what_training_refuses(seqlab):
    seqlab.refuses(2, "plan", "quickstrat", says=["quickstart"])
    seqlab.refuses(2, "plan", *SMALL, "training.epoch=3", says=["did you mean 'epochs'"])
    seqlab.refuses(2, "plan", *SMALL, "--seeds", "5-1", says=["the range 5-1 is empty"])
    seqlab.refuses(2, "plan", *SMALL, "runtime.seed=3", "--seeds", "1-2", says=["leave runtime.seed=… out"])
    seqlab.refuses(2, "plan", "imdb/bigram", says=["the files of the dataset 'imdb' are not on this machine"])
    assert seqlab("plan", *SMALL, "--steps", "0").exit_code == 2


def test_data_that_cannot_be_used(seqlab):
    write("empty.csv", "text,label\n")
    write("mine.yaml", json.dumps({**QUICK, "data": {"name": "csv", "path": "empty.csv"}}))
    seqlab.refuses(1, "plan", "mine.yaml", says=["empty.csv"])
