"""The predictions of a regression: against the true numbers, and the largest errors."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from seqlab.comparison.predictions import NumberPredictions
from seqlab.reports.html.blocks import Block, Chart, Example, Examples, Series
from seqlab.text_format import number_text

MOST_POINTS = 1_000
"""Of a cloud of points."""


def number_blocks(found: NumberPredictions, texts: Mapping[str, str], most_examples: int) -> Iterator[Block]:
    """`texts`: content id → text, as far as they are known."""
    targets, predicted = found.targets, found.predicted
    chosen = np.arange(len(targets))
    note = ""
    if len(chosen) > MOST_POINTS:
        chosen = np.sort(np.random.default_rng(0).choice(chosen, MOST_POINTS, replace=False))
        note = f"{MOST_POINTS:,} of {len(targets):,} examples, drawn at random."
    points = [(float(targets[row]), float(predicted[row])) for row in chosen]
    yield Chart(
        "Predictions", "true", "predicted", [Series("examples", points)], kind="points", diagonal=True, note=note
    )
    errors = np.abs(predicted - targets)
    items = []
    for row in np.argsort(-errors, kind="stable")[:most_examples]:
        facts = {"true": targets[row], "predicted": predicted[row], "error": predicted[row] - targets[row]}
        content, _ = found.items[row]
        items.append(Example(texts.get(content), [(name, number_text(float(each))) for name, each in facts.items()]))
    yield Examples("Largest errors", items)
