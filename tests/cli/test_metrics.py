"""The metrics of a run, as they are printed."""

import pytest

from seqlab.cli.console import format_duration
from seqlab.cli.metrics import print_metrics

Capture = pytest.CaptureFixture[str]

CLASSES = {
    **{f"{split}.{name}.{label}": 0.5 for split in ("test", "validation") for name in ("precision", "recall", "f1")
       for label in ("good", "very.bad")},
    "test.support.good": 1200,
    "test.support.very.bad": 3,
}  # fmt: skip


def printed(capsys: Capture, result: dict[str, object]) -> list[list[str]]:
    print_metrics(result)
    return [line.split() for line in capsys.readouterr().out.splitlines()]


def test_splits_stand_side_by_side_and_the_main_metrics_last(capsys: Capture) -> None:
    result = {"test.loss": 0.25, "test.accuracy": 0.9, "test.macro_f1": 0.8, "test.calibration_error": 0.1}
    result |= {"train.loss": 0.2, "validation.loss": 0.3}
    assert printed(capsys, result) == [
        ["test", "validation", "train"],
        ["calibration_error", "0.1000"],
        ["loss", "0.2500", "0.3000", "0.2000"],
        ["accuracy", "0.9000"],
        ["macro_f1", "0.8000"],
    ]


def test_one_row_for_each_class(capsys: Capture) -> None:
    assert printed(capsys, {"test.accuracy": 0.9, **CLASSES}) == [
        ["test,", "per", "class", "precision", "recall", "F1", "n"],
        ["good", "0.5000", "0.5000", "0.5000", "1,200"],
        ["very.bad", "0.5000", "0.5000", "0.5000", "3"],
        [],
        ["test"],
        ["accuracy", "0.9000"],
    ]


def test_classes_of_a_run_without_their_numbers(capsys: Capture) -> None:
    older = {name: value for name, value in CLASSES.items() if "support" not in name}
    assert printed(capsys, older)[0] == ["test,", "per", "class", "precision", "recall", "F1"]
    validation = {name: value for name, value in older.items() if name.startswith("validation")}
    assert printed(capsys, validation)[0] == ["validation,", "per", "class", "precision", "recall", "F1"]


def test_times_have_names_and_units_and_checkpoints_are_not_printed(capsys: Capture) -> None:
    times = {
        "test.accuracy": 0.9,
        "checkpoint.saves": 12,
        "checkpoint.seconds": 0.2373,
        "best_epoch": 3,
        "epochs": 4,
        "train.seconds": 3.21,
        "train.examples_per_second": 1462.3,
        "seconds": 401.2,
        "peak_memory_mb": 735.4,
        "another": 7,
    }
    print_metrics(times)
    lines = capsys.readouterr().out.splitlines()
    assert lines[:3] == [
        "4 epochs; best epoch 3; training time 3.2 s; total time 6 min 41 s",
        "1,462 examples/s; peak memory 735 MB",
        "another 7",
    ]
    assert lines[3:] == ["", "            test", "accuracy  0.9000"]
    print_metrics(times, "tokens")
    assert "1,462 tokens/s; peak memory 735 MB" in capsys.readouterr().out


def test_what_is_missing_is_not_printed(capsys: Capture) -> None:
    assert printed(capsys, {"test.accuracy": 0.9, "peak_memory_mb": None, "seconds": None}) == [
        ["test"],
        ["accuracy", "0.9000"],
    ]


def test_the_log_loss_is_printed_only_where_it_differs_from_the_loss(capsys: Capture) -> None:
    same = {"test.loss": 0.25, "test.log_loss": 0.25000001, "train.loss": 0.2}
    assert [line[0] for line in printed(capsys, same)] == ["test", "loss"]
    weighted = {"test.loss": 0.25, "test.log_loss": 0.35}
    assert [line[0] for line in printed(capsys, weighted)] == ["test", "log_loss", "loss"]


def test_a_signature_comes_before_the_metrics(capsys: Capture) -> None:
    result = {"test.bleu": 40.1, "test.bleu_signature": "nrefs:1", "validation.bleu_signature": "nrefs:1"}
    assert printed(capsys, result) == [["bleu_signature", "nrefs:1"], [], ["test"], ["bleu", "40.1000"]]


def test_texts_that_differ_between_splits_are_printed_for_each(capsys: Capture) -> None:
    result = {"test.bleu": 4.0, "test.bleu_signature": "eff:yes", "validation.bleu_signature": "eff:no"}
    assert printed(capsys, result)[:2] == [["test.bleu_signature", "eff:yes"], ["validation.bleu_signature", "eff:no"]]


def test_diagnostics_come_first_and_a_baseline_below_its_metric(capsys: Capture) -> None:
    names = ["loss", "accuracy", "baseline_accuracy", "macro_f1", "roc_auc", "average_precision", "baseline_new"]
    result = {f"test.{name}": 0.5 for name in names} | {"validation.threshold": 0.4, "validation.threshold_f1": 0.9}
    assert [line[0] for line in printed(capsys, result)[1:]] == [
        *("average_precision", "roc_auc", "threshold_f1", "threshold"),
        *("loss", "accuracy", "baseline_accuracy", "macro_f1", "baseline_new"),
    ]


def test_a_wide_confidence_interval_is_printed_and_a_narrow_one_is_not(capsys: Capture) -> None:
    result = {"test.accuracy": 0.75, "test.accuracy_low": 0.4677, "test.accuracy_high": 0.9111}
    result |= {"validation.accuracy": 0.9, "validation.accuracy_low": 0.88, "validation.accuracy_high": 0.92}
    print_metrics(result)
    assert capsys.readouterr().out.splitlines() == [
        "            test  validation",
        "accuracy  0.7500      0.9000",
        "",
        "test.accuracy is between 0.4677 and 0.9111 with 95 % confidence: the split is small",
    ]


def test_the_metrics_of_six_classes_fit_a_terminal_of_24_lines(capsys: Capture) -> None:
    """The accuracy is among the last lines, with what `train` prints below it."""
    classes = {
        f"{split}.{name}.class {number}": 0.5
        for split in ("test", "validation") for name in ("precision", "recall", "f1", "support") for number in range(6)
    }  # fmt: skip
    main = {f"{split}.{name}": 0.5 for split in ("test", "validation") for name in ("loss", "accuracy", "macro_f1",
            "baseline_accuracy", "calibration_error", "roc_auc", "average_precision")}  # fmt: skip
    lines = printed(capsys, {**classes, **main, "epochs": 3, "peak_memory_mb": 700.0})
    assert lines[0] == ["test,", "per", "class", "precision", "recall", "F1", "n"]
    below = 5  # a verdict, the run, two commands, the prompt
    assert len(lines) - [line[:1] for line in lines].index(["accuracy"]) + below < 12
    assert len(lines) <= 20


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.04, "0.0 s"), (9.96, "10.0 s"), (48.4, "48 s"), (99.6, "1 min 40 s"), (200, "3 min 20 s"), (7500, "2 h 5 min")],
)
def test_durations(seconds: float, text: str) -> None:
    assert format_duration(seconds) == text
