"""The trials of a sweep as lines and as a live table."""

import io
import re

import pytest
from rich.console import Console
from small_sweeps import written

from seqlab.cli import sweep_table
from seqlab.cli.sweep_table import SweepDisplay, print_sweep
from seqlab.sweeps.read_sweep import read_sweep
from seqlab.sweeps.summary import Best, TrialRow
from seqlab.sweeps.sweep_directory import SweepDirectory

ROWS = [
    TrialRow(0, "finished", 0.75, 3, {"model.hidden": 8, "training.learning_rate": 1e-3}, "run-0", None),
    TrialRow(1, "failed", None, 0, {"model.hidden": 16}, None, "it [b]diverged\x1b[2J"),
    TrialRow(3, "pruned", 0.5, 1, {}, None, "pruned after epoch 1: bad"),
    TrialRow(2, "running", 0.5, 1, {"model.hidden": 16}, "run-2", None),
]


@pytest.fixture
def shown(tmp_path, monkeypatch):
    """`shown(terminal)`: the display and the stream that it writes to."""

    def make(*, terminal, width=100, **sweep):
        stream = io.StringIO()
        console = Console(file=stream, width=width, force_terminal=terminal, markup=False, highlight=False)
        monkeypatch.setattr(sweep_table, "independent_console", lambda: console)
        monkeypatch.setattr(sweep_table, "result_console", lambda: console)
        return SweepDisplay(read_sweep(written(tmp_path, **sweep))), stream

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


WIDE = {
    "training.learning_rate": [1e-4, 1e-3],
    "training.optimizer": ["adam", {"name": "adamw", "weight_decay": 0.01}],
    "model.dropout": [0.1, 0.2],
    "training.epochs": [2, 3],
    "training.schedule": [None, "cosine_decay"],
    "training.refit": [True, False],
}


def test_a_terminal_has_short_headings_and_as_many_keys_as_it_has_room_for(shown, capsys):
    display, stream = shown(terminal=True, width=80, space=WIDE)
    rows = [TrialRow(0, "finished", 0.5, 2, {key: values[1] for key, values in WIDE.items()}, "r", None)]
    with display:
        display.show(rows)
    lines = [line.rstrip() for line in re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", stream.getvalue()).splitlines()]
    headings = next(line for line in lines if line.startswith("trial"))
    assert headings.split() == ["trial", "validation.accuracy", "learning_rate", "optimizer", "epochs", "status"]
    assert max(map(len, lines)) <= 80
    assert any("  {name: adamw, w…  " in line for line in lines)
    print_sweep(display._sweep, None, rows, None)
    left_out = "model.dropout, training.epochs, training.schedule, training.refit"
    assert f"no room for {left_out}: --json shows all" in " ".join(capsys.readouterr().err.split())


def test_elsewhere_a_table_has_all_keys_and_their_whole_values(shown, tmp_path, capsys):
    display, _ = shown(terminal=False, space=WIDE)
    values = {**{key: choices[0] for key, choices in WIDE.items()}, "training.optimizer": WIDE["training.optimizer"][1]}
    print_sweep(display._sweep, None, [TrialRow(0, "failed", None, 0, values, None, "bad")], None)
    headings, row, *_ = capsys.readouterr().out.splitlines()
    assert headings.split()[2:] == [
        "learning_rate", "optimizer", "dropout", "training.epochs", "schedule", "refit", "epochs", "status",
    ]  # fmt: skip
    assert row.endswith(" failed")
    assert "  {name: adamw, weight_decay: 0.01}  " in row
    assert "  null  " in row
    assert "  true  " in row


def test_a_choice_that_is_a_mapping_is_shown_as_one(shown):
    display, stream = shown(terminal=False)
    model = {"name": "recurrent", "cell": "gru"}
    with display:
        display.begin([])
        display.show([TrialRow(0, "finished", 0.5, 3, {"model": model, "training.schedule": None}, "run-0", None)])
    assert stream.getvalue().rstrip().endswith("  model={name: recurrent, cell: gru}  training.schedule=null")


@pytest.mark.parametrize("finished", [1, 2])
def test_a_deleted_run_of_the_best_trial_is_told_and_one_trial_was_not_chosen_among_others(tmp_path, capsys, finished):
    sweep, directory = read_sweep(written(tmp_path)), SweepDirectory(tmp_path / "20250101-000000-small-sweep")
    rows = [TrialRow(number, "finished", 0.5, 3, {}, f"run-{number}", None) for number in range(finished)]
    print_sweep(sweep, directory, rows, Best(rows[0], None, {}, None))
    said = capsys.readouterr()
    assert "0, run run-0 (deleted)" in said.out
    assert "Its run was deleted, and the result on the test split with it" in said.err
    assert ("the best of 2 trials on validation looks better than it is" in said.err) == (finished == 2)


def test_a_small_difference_from_the_base_is_not_rounded_to_nothing(tmp_path, capsys):
    sweep, directory = read_sweep(written(tmp_path)), SweepDirectory(tmp_path / "20250101-000000-small-sweep")
    rows = [TrialRow(number, "finished", value, 3, {}, "r", None) for number, value in enumerate([2e-5, 5e-5])]
    print_sweep(sweep, directory, rows, Best(rows[1], rows[0], {}, None))
    assert "5.0e-05  (base config 2.0e-05, difference +3.0e-05)" in capsys.readouterr().out


def test_a_sweep_without_a_finished_trial_says_why_and_what_to_do(tmp_path, capsys):
    sweep = read_sweep(written(tmp_path))
    print_sweep(sweep, None, ROWS[1:2], None)
    said = capsys.readouterr().err
    assert "no trial finished: it [b]diverged\\x1b[2J. Change the space, and give the sweep file another name" in said
    print_sweep(sweep, None, [], None)
    assert capsys.readouterr().err == "no trial finished\n"
