"""The figures of a run, as they are printed."""

import pytest

from seqlab.cli.metrics import print_metrics


def test_splits_stand_side_by_side_then_what_saving_cost_then_the_rest(capsys: pytest.CaptureFixture[str]) -> None:
    result = {"test.accuracy": 0.9, "train.accuracy": 0.95, "validation.loss": 0.25}
    print_metrics({**result, "checkpoint.saves": 1200, "checkpoint.seconds": 0.2373, "epochs": 4, "seconds": None})
    lines = [line.split() for line in capsys.readouterr().out.splitlines() if line]
    assert lines == [
        ["test", "validation", "train"],
        ["accuracy", "0.9000", "0.9500"],
        ["loss", "0.2500"],
        ["checkpoints", "1,200", "saved", "in", "0.2373", "seconds"],
        ["epochs", "4", "seconds"],
    ]


def test_what_saved_nothing_says_nothing_of_it(capsys: pytest.CaptureFixture[str]) -> None:
    print_metrics({"test.accuracy": 0.9})
    assert "checkpoints" not in capsys.readouterr().out
