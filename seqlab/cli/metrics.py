"""Tables of the metrics of a run, and verdicts on expected metrics."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from seqlab.cli.console import format_duration, format_value, print_line, print_sentence, print_table, print_text
from seqlab.text_format import counted

if TYPE_CHECKING:
    from seqlab.reports.verdict import Verdict

SPLITS = ("test", "validation", "train")
CLASS_COLUMNS = {"precision": "precision", "recall": "recall", "f1": "F1", "support": "n"}
"""Prefix of a metric per class (`f1.positive`) → heading of its column."""
DIAGNOSTICS = ("log_loss", "calibration_error", "average_precision", "roc_auc", "threshold_f1", "threshold")
"""Printed before the main metrics, in this order."""
BASELINE = "baseline_"
"""`baseline_accuracy` is printed below `accuracy`."""
INTERVAL = ("accuracy_low", "accuracy_high")
WIDE_INTERVAL = 0.1
"""A wider confidence interval is printed."""
NOT_PRINTED = ("checkpoint.saves", "checkpoint.seconds")


def print_metrics(result: Mapping[str, Any], speed_unit: str = "examples") -> None:
    """Print a result: metrics per class, epochs and times, then the other metrics with the main metrics last.

    `speed_unit`: what `train.examples_per_second` counts.
    `result` has the keys of `result.json`, such as `test.accuracy`, `test.f1.positive` and `epochs`.
    """
    by_split: dict[str, dict[str, Any]] = {}
    texts: dict[str, dict[str, str]] = {}
    other = {}
    for key, value in result.items():
        split, _, name = key.partition(".")
        if isinstance(value, str):
            texts.setdefault(name, {})[split] = value
        elif split in SPLITS and name and key not in ("train.seconds", "train.examples_per_second"):
            by_split.setdefault(split, {})[name] = value
        elif key not in NOT_PRINTED:
            other[key] = value
    intervals = list(_intervals(by_split))
    if (class_split := _class_split(by_split)) is not None:
        _print_class_table(class_split, by_split[class_split])
        print_line()
    lines = [*_time_lines(other, speed_unit), *_text_lines(texts)]
    if lines:
        print_text("\n".join([*lines, ""]))
    _print_metric_table(by_split)
    if intervals:
        print_text("\n".join(["", *intervals]))


def _text_lines(texts: Mapping[str, Mapping[str, str]]) -> Iterator[str]:
    """Signatures and notes: once if they are the same for all splits that have one, else one for each split."""
    for name, by_split in texts.items():
        if len(set(by_split.values())) == 1:
            yield f"{name}  {next(iter(by_split.values()))}"
        else:
            yield from (f"{split}.{name}  {text}" for split, text in by_split.items())


def _intervals(by_split: Mapping[str, dict[str, Any]]) -> Iterator[str]:
    """Takes the bounds of confidence intervals out of the metrics. A line for each that is wide: the split is small."""
    for split, metrics in by_split.items():
        low, high = (metrics.pop(bound, None) for bound in INTERVAL)
        if low is not None and high is not None and high - low > WIDE_INTERVAL:
            yield f"{split}.accuracy is between {low:.4f} and {high:.4f} with 95 % confidence: the split is small"


def _class_split(by_split: Mapping[str, Mapping[str, Any]]) -> str | None:
    """The split whose metrics per class are printed: test if there is one."""
    return next((split for split in SPLITS if any(map(_is_per_class, by_split.get(split, ())))), None)


def _is_per_class(name: str) -> bool:
    return name.partition(".")[0] in CLASS_COLUMNS and "." in name


def _print_class_table(split: str, metrics: Mapping[str, Any]) -> None:
    """One row per class: precision, recall, F1 and the number of examples."""
    columns = [column for column in CLASS_COLUMNS if any(name.startswith(f"{column}.") for name in metrics)]
    classes = dict.fromkeys(name.partition(".")[2] for name in metrics if _is_per_class(name))
    rows = [(label, *(_cell(column, metrics.get(f"{column}.{label}")) for column in columns)) for label in classes]
    print_table((f"{split}, per class", *(CLASS_COLUMNS[column] for column in columns)), rows)


def _cell(column: str, value: float | None) -> float | int | None:
    return round(value) if column == "support" and value is not None else value


def _print_metric_table(by_split: Mapping[str, Mapping[str, Any]]) -> None:
    """One row per metric and one column per split. Diagnostics come first, the main metrics last."""
    present = [split for split in SPLITS if not all(map(_is_per_class, by_split.get(split, ())))]
    rows: dict[str, list[Any]] = {}
    for name in dict.fromkeys(name for metrics in by_split.values() for name in metrics if not _is_per_class(name)):
        rows[name] = [by_split[split].get(name) for split in present]
    # The log loss is printed only if it differs from the loss, as it does with class weights or another loss.
    if _equal_where_present(rows.get("log_loss"), rows.get("loss")):
        del rows["log_loss"]
    print_table(("", *present), [(name, *rows[name]) for name in _ordered(list(rows))])


def _ordered(names: list[str]) -> list[str]:
    """Diagnostics, then the main metrics, each with its baseline below it."""
    main = [name for name in names if name not in DIAGNOSTICS and not name.startswith(BASELINE)]
    ordered = [name for name in DIAGNOSTICS if name in names]
    for name in main:
        ordered += [each for each in (name, BASELINE + name) if each in names]
    return ordered + [name for name in names if name not in ordered]


def _equal_where_present(one: Sequence[Any] | None, other: Sequence[Any] | None) -> bool:
    """Whether two metrics look the same in every split that has both."""
    if one is None or other is None:
        return False
    pairs = [pair for pair in zip(one, other, strict=True) if None not in pair]
    return bool(pairs) and all(format_value(a) == format_value(b) for a, b in pairs)


def _time_lines(other: Mapping[str, Any], speed_unit: str) -> list[str]:
    """Epochs and times on one line, speed and memory on the next, then everything else."""
    known = {key: value for key, value in other.items() if value is not None}
    rest = {key: value for key, value in known.items() if key not in _TIME_FIELDS}
    lines = []
    times = ("epochs", "best_epoch", "train.seconds", "seconds")
    for keys in (times, ("train.examples_per_second", "peak_memory_mb", "gpu_peak_memory_mb")):
        if fields := [_TIME_FIELDS[key](known[key], speed_unit) for key in keys if key in known]:
            lines.append("; ".join(fields))
    return lines + [f"{name} {format_value(value)}" for name, value in rest.items()]


_TIME_FIELDS: dict[str, Callable[[Any, str], str]] = {
    "epochs": lambda epochs, _: counted(epochs, "epoch"),
    "best_epoch": lambda epoch, _: f"best epoch {epoch}",
    "train.seconds": lambda seconds, _: f"training time {format_duration(seconds)}",
    "seconds": lambda seconds, _: f"total time {format_duration(seconds)}",
    "train.examples_per_second": lambda speed, unit: f"{speed:,.0f} {unit}/s",
    "peak_memory_mb": lambda memory, _: f"peak memory {memory:,.0f} MB",
    "gpu_peak_memory_mb": lambda memory, _: f"on the GPU {memory:,.0f} MB",
}
"""Key of `result.json` → its text; the second argument is the unit of speeds."""


def print_verdicts(verdicts: Sequence[Verdict], source: str | None, *, is_subset: bool = False) -> None:
    """Print each expected metric with its band, if the config expects any. `is_subset`: whether it has `data.take`."""
    if verdicts:
        print_line()
    for verdict in verdicts:
        print_sentence(verdict.sentence(source, is_subset=is_subset))
