"""Learning curves of runs: one chart per metric, with the runs in it."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from seqlab.reports.html.blocks import Chart, Series

MOST_POINTS = 500
"""Of a line: more than the pixels of a chart."""
SPLITS = ("train", "validation")
MAIN = ("loss",)
PER_CLASS = ("precision", "recall", "f1", "support")
"""Metrics of each class, by the beginnings of their names: too many lines for a chart."""

Epochs = Sequence[Mapping[str, Any]]


def charts_of(histories: Mapping[str, Epochs]) -> list[Chart]:
    """Metric by metric, each split of each run as a line. `histories`: letter of the run → lines of `metrics.jsonl`."""
    names = dict.fromkeys(name for epochs in histories.values() for line in epochs for name in _metrics(line))
    charts = []
    for name in sorted(names, key=lambda each: each not in MAIN):
        series = [
            Series(_name(run, split, histories), points, dashed=split == "train")
            for run, epochs in histories.items()
            for split in SPLITS
            if (points := _thinned(_points(epochs, f"{split}.{name}")))
        ]
        if series and not _repeats(name, histories):
            charts.append(Chart(name.replace("_", " "), "epoch", name.replace("_", " "), series, whole=True))
    return charts


def _repeats(name: str, histories: Mapping[str, Epochs]) -> bool:
    """Whether a metric is the loss once more."""
    keys = [(f"{split}.{name}", f"{split}.loss") for split in SPLITS]
    lines = [line for epochs in histories.values() for line in epochs]
    return name not in MAIN and all(line.get(one) in (None, line.get(loss)) for line in lines for one, loss in keys)


def _name(run: str, split: str, histories: Mapping[str, Epochs]) -> str:
    return split if len(histories) == 1 else f"{run} {split}"


def _metrics(line: Mapping[str, Any]) -> Iterator[str]:
    """Names of the metrics of an epoch without the split."""
    for key, value in line.items():
        split, _, name = key.partition(".")
        if split in SPLITS and isinstance(value, int | float) and name.partition(".")[0] not in PER_CLASS:
            yield name


def _points(epochs: Epochs, key: str) -> list[tuple[float, float]]:
    found = [(line["epoch"], line.get(key)) for line in epochs]
    return [(epoch, value) for epoch, value in found if isinstance(value, int | float) and math.isfinite(value)]


def _thinned(points: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """At most `MOST_POINTS`, the last one among them."""
    step = -(-len(points) // MOST_POINTS) or 1
    return points[::-1][::step][::-1]
