"""Labels and numbers to predict: their balance, how they differ between splits, and what is odd about them."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping

import numpy as np

from seqlab.data.records import SplitName
from seqlab.data.splits.feature_checks import notes_on_features
from seqlab.data.splits.label_checks import notes_on_labels
from seqlab.diagnosis.duplicates import training
from seqlab.diagnosis.examined import Examined
from seqlab.diagnosis.findings import Finding, Outcome
from seqlab.diagnosis.robust import robust_z
from seqlab.text_format import number_text, part_of, quoted, verb

RARE = 0.2
"""How frequent the rarest label is, relative to equal frequencies, below which accuracy says little."""
SIGNIFICANT = 1e-3
NOTICEABLE = 0.1
"""Cramér's V from which on a difference between splits is more than significant."""
FAR = 8.0
"""Robust deviations from the median from which on a number is an outlier."""


def labels(data: Examined) -> Outcome:
    """How often each label is in each split, and labels that look like mistakes."""
    counts = {split: Counter(rows.labels) for split, rows in data.splits.items()}
    findings = [Finding("warning", note) for note in notes_on_labels(data.corpus.splits)]
    statistic, p = chi_square(list(counts.values()))
    size = cramers_v(statistic, list(counts.values()))
    if p < SIGNIFICANT:
        message = (
            f"the splits have different shares of labels (chi-square {statistic:,.1f}, p = {p:.1g}, Cramér's V "
            f"{size:.2f}): {_most_different(counts)}"
        )
        findings.append(Finding("warning" if size >= NOTICEABLE else "note", message))
    findings += _imbalance(counts["train"])
    figures = {"counts": {split: dict(sorted(count.items())) for split, count in counts.items()}, "chi_square_p": p}
    return Outcome(findings, figures)


def numbers(data: Examined) -> Outcome:
    """Outliers among the numbers to predict, and one number that most rows have."""
    findings = []
    train = np.array(data.splits["train"].numbers, float)
    for split, rows in data.splits.items():
        values = np.array(rows.numbers, float)
        far = robust_z(values, train)
        if len(outliers := np.flatnonzero(far > FAR)):
            ordered = outliers[np.argsort(-far[outliers], kind="stable")]
            message = (
                f"{part_of(len(outliers), len(rows), f'{training(split)} number')} {verb(len(outliers), 'is', 'are')} "
                f"far from the median of training, {number_text(float(np.median(train)))}"
            )
            shown = data.instances((rows, int(row), rows.answer(int(row))) for row in ordered)
            findings.append(Finding("warning", message, len(outliers), shown))
    (value, count), *_ = Counter(train.tolist()).most_common(1)
    if 2 * count > len(train):
        message = f"{part_of(count, len(train), 'training row')} have the number {number_text(value)}"
        findings.append(Finding("warning", message, count))
    quantiles = np.quantile(train, [0, 0.25, 0.5, 0.75, 1])
    names = ("minimum", "lower_quartile", "median", "upper_quartile", "maximum")
    return Outcome(findings, dict(zip(names, map(float, quantiles), strict=True)))


def features(data: Examined) -> Outcome:
    """What training says of categories and numbers beside a text."""
    return Outcome([Finding("note", note) for note in notes_on_features(data.corpus.splits, data.dataset)])


def chi_square(counts: list[Counter[str]]) -> tuple[float, float]:
    """Pearson's statistic of the labels by split, and the probability of a larger one if all splits are drawn alike."""
    table = _table(counts)
    expected = table.sum(axis=1, keepdims=True) * table.sum(axis=0, keepdims=True) / table.sum()
    statistic = float(((table - expected) ** 2 / expected).sum())
    return statistic, chi_square_tail(statistic, (table.shape[0] - 1) * (table.shape[1] - 1))


def cramers_v(statistic: float, counts: list[Counter[str]]) -> float:
    """The size of a difference from 0 to 1, independent of how many rows there are."""
    table = _table(counts)
    return math.sqrt(statistic / (table.sum() * max(min(table.shape) - 1, 1)))


def chi_square_tail(statistic: float, freedom: int) -> float:
    """P(X > statistic) for a chi-square variable (Abramowitz and Stegun, 26.4.4 and 26.4.5: finite sums)."""
    half = statistic / 2
    if freedom == 0 or half == 0:
        return 1.0
    first = 0.5 if freedom % 2 else 1.0
    tail = math.erfc(math.sqrt(half)) if freedom % 2 else math.exp(-half)
    orders = [first + step for step in range((freedom - 1) // 2)]
    return min(tail + sum(math.exp(order * math.log(half) - half - math.lgamma(order + 1)) for order in orders), 1.0)


def _table(counts: list[Counter[str]]) -> np.ndarray:
    names = sorted({label for each in counts for label in each})
    return np.array([[each[label] for label in names] for each in counts if each], float)


def _most_different(counts: Mapping[SplitName, Counter[str]]) -> str:
    """The label whose share differs most between two splits."""
    shares = {
        label: {split: count[label] / max(count.total(), 1) for split, count in counts.items()}
        for label in {label for count in counts.values() for label in count}
    }
    label = max(sorted(shares), key=lambda each: max(shares[each].values()) - min(shares[each].values()))
    named = ", ".join(f"{share:.1%} of {training(split)}" for split, share in shares[label].items())
    return f"{quoted(label)} is {named}"


def _imbalance(count: Counter[str]) -> Iterator[Finding]:
    (frequent, most), *_, (rare, least) = count.most_common()
    total = count.total()
    if least * len(count) < RARE * total:
        message = (
            f"the label {quoted(rare)} is {least / total:.1%} of training, {quoted(frequent)} {most / total:.1%}: "
            f"always answering {quoted(frequent)} has that accuracy, so read F1"
        )
        yield Finding("note", message, least)
