"""How long texts are: quantiles and a histogram, and texts of another length than the others."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import numpy as np

from seqlab.diagnosis.duplicates import training
from seqlab.diagnosis.examined import Examined
from seqlab.diagnosis.findings import Finding, Outcome
from seqlab.diagnosis.robust import robust_z
from seqlab.metrics.unspaced_text import lengths_of, writing_of
from seqlab.text_format import counted, part_of, verb

BINS = 12
FAR = 6.0
"""Robust deviations of the logarithm of a length from which on a text is an outlier."""
NARROWEST = 0.25
"""The least such deviation: texts of about one length are no reason to report one that is a little longer."""
SAMPLED = 200
"""Texts by which the script is recognized."""
FEWEST = 20
"""Texts of a split whose median tells something."""
DIFFERENT = 2.0
"""The ratio of the median lengths of two splits from which on they are of different kinds."""


def lengths(data: Examined) -> Outcome:
    """Lengths in words, or in characters where words are not apart. Empty texts are another check's."""
    findings: list[Finding] = []
    figures = {}
    for side in data.sides:
        unit, of_split = lengths_by_split(data, side)
        findings += _outliers(data, side, unit, of_split)
        findings += _different(side if data.is_pairs else data.unit, unit, of_split)
        figures[side] = {"unit": unit, **_figures(of_split)}
    return Outcome(findings, figures)


def lengths_by_split(data: Examined, side: str) -> tuple[str, dict[str, np.ndarray]]:
    """The unit, and the length of each text of a side."""
    writing = writing_of(data.splits["train"].texts[side][:SAMPLED])
    unit = "word" if writing == "spaced" else "character"
    return unit, {split: np.array(lengths_of(rows.texts[side], writing), int) for split, rows in data.splits.items()}


def _outliers(data: Examined, side: str, unit: str, of_split: dict[str, np.ndarray]) -> Iterator[Finding]:
    reference = np.log1p(of_split["train"])
    middle = counted(int(np.median(of_split["train"])), unit)
    for split, rows in data.splits.items():
        sizes = of_split[split]
        far = np.where(sizes > 0, robust_z(np.log1p(sizes), reference, NARROWEST), 0)
        if data.is_lines:  # a short line of running text is a heading or the end of a paragraph
            far = np.where(sizes > np.median(of_split["train"]), far, 0)
        if len(found := np.flatnonzero(far > FAR)):
            ordered = found[np.argsort(-far[found], kind="stable")].tolist()
            name = f"{side} sentence" if data.is_pairs else data.unit
            message = (
                f"{part_of(len(found), len(rows), f'{training(split)} {name}')} {verb(len(found), 'is', 'are')} much "
                f"longer or shorter than the median of training, {middle}"
            )
            shown = data.instances((rows, row, counted(int(sizes[row]), unit)) for row in ordered)
            yield Finding("note", message, len(found), shown)


def _different(name: str, unit: str, of_split: dict[str, np.ndarray]) -> Iterator[Finding]:
    """Splits whose texts are of another length than those of training."""
    middle = float(np.median(of_split["train"]))
    for split, sizes in of_split.items():
        other = float(np.median(sizes)) if len(sizes) else middle
        if len(sizes) >= FEWEST and max(middle, other) + 1 > DIFFERENT * (min(middle, other) + 1):
            message = (
                f"the median {name} of {training(split)} has {counted(int(other), unit)}, of training {int(middle):,}: "
                "are they of one kind?"
            )
            yield Finding("warning", message)


def _figures(of_split: dict[str, np.ndarray]) -> dict[str, object]:
    """Quantiles by split, and a histogram whose last bin holds all that is longer than 99 % of all texts."""
    together = np.concatenate(list(of_split.values()))
    shortest, longest = int(together.min()), int(np.quantile(together, 0.99))
    edges = np.unique(np.linspace(shortest, longest + 1, BINS + 1).astype(int))
    counts = {
        split: [int(((sizes >= start) & (sizes < end)).sum()) for start, end in pairwise(edges)]
        + [int((sizes >= edges[-1]).sum())]
        for split, sizes in of_split.items()
    }
    names = {"minimum": 0, "median": 0.5, "p95": 0.95, "maximum": 1}
    quantiles = {
        split: {name: int(np.quantile(sizes, share)) for name, share in names.items()}
        for split, sizes in of_split.items()
        if len(sizes)
    }
    return {"quantiles": quantiles, "edges": edges.tolist(), "histogram": counts}
