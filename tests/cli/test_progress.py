"""Bars in a terminal, lines elsewhere, never both."""

import io
import itertools
from types import SimpleNamespace

import pytest
from rich.console import Console

from seqlab.cli import progress
from seqlab.cli.progress import BarProgress, LineProgress, epoch_fields, fitted, folded, terminal_progress
from seqlab.metrics.metric_names import metric_outputs
from seqlab.progress import tracked
from seqlab.tasks import TASKS

SHOW_CURSOR = "\x1b[?25h"
FIGURES = {
    "epoch": 3,
    "epochs": 10,
    "step": 960,
    "seconds": 2.1,
    "examples_per_second": 12_400.0,
    "train.loss": 0.24312,
    "validation.loss": 0.28934,
    "validation.accuracy": 0.89641,
    "validation.macro_f1": 0.8961,
}


def test_the_line_of_an_epoch() -> None:
    assert "  ".join(epoch_fields(FIGURES)) == (
        "epoch  3/10  loss 0.2431  validation loss 0.2893 accuracy 0.8964  12k/s  2.1 s"
    )
    assert epoch_fields({"train.loss": 1.0}) == ["loss 1.0000"]


def test_the_line_of_an_epoch_folds_in_a_narrow_terminal() -> None:
    assert len(folded(epoch_fields(FIGURES), 80)) == 1
    assert folded(epoch_fields(FIGURES), 60) == [
        "epoch  3/10  loss 0.2431",
        "             validation loss 0.2893 accuracy 0.8964  12k/s",
        "             2.1 s",
    ]
    assert folded(["one", "two"], 4) == ["one", "     two"]
    assert folded([], 80) == [""]


def test_the_line_of_an_epoch_drops_speed_and_time_before_it_folds() -> None:
    fields = epoch_fields({**FIGURES, "epoch": 13, "epochs": 100, "seconds": 120.0})
    assert fitted(fields, 85) == ["  ".join(fields)]
    assert fitted(fields, 79) == ["epoch  13/100  loss 0.2431  validation loss 0.2893 accuracy 0.8964  120 s"]
    assert fitted(fields, 70) == ["epoch  13/100  loss 0.2431  validation loss 0.2893 accuracy 0.8964"]
    assert fitted(fields, 60) == ["epoch  13/100  validation loss 0.2893 accuracy 0.8964"]
    assert fitted(fields, 50) == folded(fields, 50)


@pytest.mark.parametrize("task", list(TASKS))
def test_the_line_of_an_epoch_fits_80_columns_with_any_metric_of_the_task(task: str) -> None:
    for component in TASKS[task].registries.metrics:
        for name in metric_outputs(component.component_name()):
            if name.endswith("_signature"):
                continue  # a text
            figures = {
                "epoch": 10,
                "epochs": 100,
                "train.loss": 12.3456,
                "validation.loss": 12.3456,
                f"validation.{name}": 0.123456,
                "examples_per_second": 123_456.0,
                "seconds": 12_345.0,
            }
            (line,) = fitted(epoch_fields(figures), 80)
            assert len(line) <= 80
            assert f"{name} 0.1235" in line
            (usual,) = fitted(epoch_fields({**figures, "epoch": 1, "epochs": 10, "seconds": 5.2}), 80)
            assert usual.endswith("5.2 s") or len(name) > len("accuracy")


def test_a_command_is_not_wrapped() -> None:
    screen = Console(file=io.StringIO(), force_terminal=True, width=40, markup=False, highlight=False)
    command = f"  seqlab train --resume {'x' * 60}"
    BarProgress(screen).say(f"{'word ' * 12}\n{command}")
    lines = screen.file.getvalue().splitlines()  # type: ignore[attr-defined]
    assert lines[-1] == command
    assert len(lines) == 3


def test_without_a_terminal_there_are_lines(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(progress, "MIN_LINE_SECONDS", 0.0)
    shown = terminal_progress()
    assert isinstance(shown, LineProgress)
    shown.say("reading [b] \x1b[2J")
    assert list(tracked(range(1200), shown, "reading", 1200, "texts")) == list(range(1200))
    with shown.step("epoch 3/10", 40, "steps") as step:
        step.advance(40, loss=0.3)
    shown.epoch(FIGURES)
    shown.table("data", ("split", "examples"), [("train", "20,000")])
    captured = capsys.readouterr()
    assert captured.out == ""
    lines = captured.err.splitlines()
    assert lines[0] == r"reading [b] \x1b[2J"
    assert lines[1].startswith("reading  1,200 texts  0.")
    assert lines[2].startswith("epoch  3/10  loss")
    assert [line.split() for line in lines[3:]] == [["data"], ["split", "examples"], ["train", "20,000"], []]


def test_a_short_step_is_not_reported(capsys: pytest.CaptureFixture[str]) -> None:
    with terminal_progress().step("blinking", 1, "eyes"), terminal_progress().step("epoch 1/2: validating"):
        pass
    assert capsys.readouterr().err == ""


def test_a_step_without_a_unit_is_named_when_it_begins(capsys: pytest.CaptureFixture[str]) -> None:
    with terminal_progress().step("importing TensorFlow"):
        assert capsys.readouterr().err == "importing TensorFlow\n"
    assert capsys.readouterr().err == ""


def test_a_bar_shows_the_elapsed_time_of_a_step_whose_end_is_unknown() -> None:
    screen = Console(file=io.StringIO(), force_terminal=True, width=80)
    bars = progress._new_bars(screen)
    column = bars.columns[3]
    moments = itertools.count(step=42)
    bars.get_time = lambda: next(moments)
    for total, shown in ((None, "42 s"), (100, "-:--")):
        bars.add_task("importing TensorFlow", total=total)
        assert shown in str(column.render(bars.tasks[-1]))  # type: ignore[attr-defined]


def test_bars_in_a_terminal_and_messages_above_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "REFRESH_SECONDS", 0.0)
    screen = Console(file=io.StringIO(), force_terminal=True, width=80, height=24, markup=False, highlight=False)
    shown = BarProgress(screen)
    with shown.step("outer [b]", 2, "files") as outer:
        outer.advance(1, loss=0.25)
        with shown.step("inner") as inner:
            inner.advance(5)
            screen.file.flush()
            assert shown._bars is not None
            shown._bars.refresh()
        shown.epoch(FIGURES)
    assert shown._bars is None
    drawn = screen.file.getvalue()
    assert "outer [b]" in drawn
    assert "1/2 files" in drawn
    assert "loss 0.2500" in drawn
    assert "epoch  3/10  loss 0.2431" in drawn


def test_the_display_stays_until_the_last_step_of_any_thread_is_closed() -> None:
    shown = BarProgress(Console(file=io.StringIO(), force_terminal=True, width=80))
    first, second = shown.step("encoding"), shown.step("importing TensorFlow")
    first.__enter__()
    second.__enter__()
    first.__exit__(None, None, None)
    assert shown._bars is not None
    second.__exit__(None, None, None)
    assert shown._bars is None


def test_a_bar_disappears_after_an_error() -> None:
    screen = Console(file=io.StringIO(), force_terminal=True, width=80)
    shown = BarProgress(screen)
    with pytest.raises(KeyboardInterrupt), shown.step("counting", 100_000, "texts"):
        raise KeyboardInterrupt
    assert shown._bars is None
    assert SHOW_CURSOR in screen.file.getvalue()  # type: ignore[attr-defined]


def test_a_step_may_advance_very_often(monkeypatch: pytest.MonkeyPatch) -> None:
    """A million times a second, by a clock that goes on by a millionth at each look: the bar is told ten times."""
    moments = itertools.count()
    monkeypatch.setattr(progress, "time", SimpleNamespace(monotonic=lambda: next(moments) / 1_000_000))
    shown = BarProgress(Console(file=io.StringIO(), force_terminal=True, width=80))
    with shown.step("counting", 1_000_000, "texts") as step:
        told = []
        monkeypatch.setattr(shown._bars, "update", lambda task, **fields: told.append(fields["completed"]))
        for _ in range(1_000_000):
            step.advance()
    assert len(told) == 10
