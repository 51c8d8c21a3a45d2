"""The predictions of a classifier: confusion, classes, calibration, thresholds, and the most confident errors."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from seqlab.comparison.predictions import ClassPredictions
from seqlab.metrics.classification import class_scores, confidence_bins, confusion_counts
from seqlab.reports.html.blocks import Block, Chart, Example, Examples, Series, Table, level_of
from seqlab.text_format import part_of, verb, visible_name

BINS = 10
"""Of confidence."""
THRESHOLDS = 101
MOST_CLASSES = 30
"""A confusion matrix with more classes shows those with the most errors."""


def class_blocks(found: ClassPredictions, texts: Mapping[str, str], most_examples: int) -> Iterator[Block]:
    """`texts`: content id → text, as far as they are known."""
    counts = confusion_counts(found.targets, found.predicted, len(found.labels))
    yield from _confusion(found, counts)
    yield _classes(found, counts)
    yield _calibration(found)
    if len(found.labels) == 2:
        yield _thresholds(found)
    yield _errors(found, texts, most_examples)


def _confusion(found: ClassPredictions, counts: np.ndarray) -> Iterator[Block]:
    wrong = counts.sum(axis=1) + counts.sum(axis=0) - 2 * np.diagonal(counts)
    shown = np.sort(np.argsort(-wrong, kind="stable")[:MOST_CLASSES])
    names = [visible_name(found.labels[each]) for each in shown]
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    note = "A row is a true class, a column a predicted one. The share is that of the examples of the row."
    if len(shown) < len(found.labels):
        note += f" Of {len(found.labels):,} classes, the {len(shown)} with the most errors."
    yield Table(
        "Confusion matrix",
        ["true class", *names],
        [
            [name, *(f"{counts[row, column]:,} ({shares[row, column]:.1%})" for column in shown)]
            for name, row in zip(names, shown, strict=True)
        ],
        note,
        [[level_of(float(shares[row, column])) for column in shown] for row in shown],
    )


def _classes(found: ClassPredictions, counts: np.ndarray) -> Table:
    columns = zip(found.labels, *class_scores(counts), counts.sum(axis=1), strict=True)
    rows = [[visible_name(label), *(f"{value:.4f}" for value in values), f"{n:,}"] for label, *values, n in columns]
    return Table("Classes", ["class", "precision", "recall", "F1", "examples"], rows)


def calibration(found: ClassPredictions) -> list[tuple[float, float, int]]:
    """Mean confidence, accuracy and number of examples of each bin of confidence that has any."""
    confidence = found.probabilities.max(axis=1)
    right = (found.predicted == found.targets).astype(float)
    bin_of = confidence_bins(confidence, BINS)
    sizes = np.bincount(bin_of, minlength=BINS)
    means = [np.bincount(bin_of, values, BINS) for values in (confidence, right)]
    return [(float(means[0][i] / n), float(means[1][i] / n), int(n)) for i, n in enumerate(sizes) if n]


def _calibration(found: ClassPredictions) -> Chart:
    bins = calibration(found)
    sizes = ", ".join(f"{n:,}" for _, _, n in bins)
    return Chart(
        "Calibration",
        "mean confidence",
        "accuracy",
        [Series("examples by confidence", [(confidence, accuracy) for confidence, accuracy, _ in bins])],
        diagonal=True,
        note="On the dashed line confidence and accuracy are equal; below it the model is overconfident. "
        f"Examples from the lowest confidence to the highest: {sizes}.",
    )


def _thresholds(found: ClassPredictions) -> Chart:
    """Precision, recall and F1 of the second class, if it is predicted from a probability on."""
    of_second, is_second = found.probabilities[:, 1], found.targets == 1
    lines: dict[str, list[tuple[float, float]]] = {"precision": [], "recall": [], "F1": []}
    for threshold in np.linspace(0, 1, THRESHOLDS):
        predicted = of_second >= threshold
        hits = int((predicted & is_second).sum())
        for name, whole in (("precision", predicted.sum()), ("recall", is_second.sum())):
            if whole:
                lines[name].append((float(threshold), hits / int(whole)))
        if whole := int(predicted.sum() + is_second.sum()):
            lines["F1"].append((float(threshold), 2 * hits / whole))
    label = visible_name(found.labels[1])
    return Chart(
        f"Thresholds of {label}",
        f"least probability to predict {label}",
        "score",
        [Series(name, points, dashed=name == "recall") for name, points in lines.items()],
    )


def _errors(found: ClassPredictions, texts: Mapping[str, str], most: int) -> Examples:
    wrong = np.flatnonzero(found.predicted != found.targets)
    confidence = found.probabilities[wrong, found.predicted[wrong]]
    chosen = wrong[np.argsort(-confidence, kind="stable")[:most]]
    items = []
    for row in chosen:
        content, target = found.items[row]
        predicted = found.labels[found.predicted[row]]
        probability = found.probabilities[row, found.predicted[row]]
        facts = [("true", visible_name(target)), ("predicted", f"{visible_name(predicted)} ({probability:.4f})")]
        items.append(Example(texts.get(content), facts))
    share = part_of(len(wrong), len(found.items), "example")
    return Examples("Most confident errors", items, f"{share} {verb(len(wrong), 'is', 'are')} wrong.")
