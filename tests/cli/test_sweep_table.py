"""The trials of a sweep as lines and as a live table."""

import io

import pytest
from rich.console import Console
from small_sweeps import written

from seqlab.cli import sweep_table
from seqlab.cli.sweep_table import SweepDisplay
from seqlab.sweeps.read_sweep import read_sweep
from seqlab.sweeps.summary import TrialRow

ROWS = [
    TrialRow(0, "finished", 0.75, 3, {"model.hidden": 8, "training.learning_rate": 1e-3}, "run-0", None),
    TrialRow(1, "failed", None, 0, {"model.hidden": 16}, None, "it [b]diverged\x1b[2J"),
    TrialRow(3, "pruned", 0.5, 1, {}, None, "pruned after epoch 1: bad"),
    TrialRow(2, "running", 0.5, 1, {"model.hidden": 16}, "run-2", None),
]


@pytest.fixture
def shown(tmp_path, monkeypatch):
    """`shown(terminal)`: the display and the stream that it writes to."""

    def make(*, terminal):
        stream = io.StringIO()
        console = Console(file=stream, width=100, force_terminal=terminal, markup=False, highlight=False)
        monkeypatch.setattr(sweep_table, "independent_console", lambda: console)
        return SweepDisplay(read_sweep(written(tmp_path))), stream

    return make


def test_elsewhere_each_trial_that_ends_is_told_once(shown):
    display, stream = shown(terminal=False)
    with display:
        display.begin([])
        assert display.show(ROWS[:1]) == 1
        assert display.show(ROWS) == 3
    assert stream.getvalue().splitlines() == [
        "trial 0 finished: validation.accuracy 0.7500  model.hidden=8  training.learning_rate=0.001",
        "trial 1 failed: it [b]diverged\\x1b[2J  model.hidden=16",
        "trial 3 pruned after epoch 1: bad",
    ]


def test_trials_of_an_earlier_command_are_not_told_again(shown):
    display, stream = shown(terminal=False)
    with display:
        display.begin(ROWS)
        display.show(ROWS)
    assert stream.getvalue() == ""


def test_a_terminal_shows_a_table_that_disappears(shown):
    display, stream = shown(terminal=True)
    with display:
        display.show(ROWS)
    text = stream.getvalue()
    assert "3 of 4 trials ended, 1 running" in text
    assert "\x1b[2J" not in text
