"""Compares metrics with the bands that a recipe expects."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from seqlab.metrics.metric_names import lower_is_better

CAUSES_OF_WORSE = "too few epochs, a subset of the data, another vectorizer, or a bug"
CAUSES_OF_BETTER = "test texts in the training split, labels that leak into the text, or another test set"

Where = Literal["within", "below", "above", "suspiciously below", "suspiciously above"]
"""Where a value is. `suspiciously`: outside on the better side."""


@dataclass(frozen=True)
class Verdict:
    """A metric and its expected band."""

    name: str
    value: float
    low: float
    high: float
    where: Where

    def __str__(self) -> str:
        return self.sentence()

    def sentence(self, source: str | None = None) -> str:
        """The verdict in words. `source`: where the expected band comes from."""
        text = f"{self.name} {self.value:.4f} is {self.where} the expected {self.low:g} to {self.high:g}"
        if source:
            text += f" ({source})"
        if self.where == "within":
            return text
        if lower_is_better(self.name):
            text += "; lower is better"
        causes = CAUSES_OF_BETTER if self.where.startswith("suspiciously") else CAUSES_OF_WORSE
        return f"{text}. Likely causes: {causes}"


def verdicts(result: Mapping[str, Any], expected: Mapping[str, Sequence[float]]) -> list[Verdict]:
    """One verdict for each expected band whose metric is in the result."""
    found = []
    for name, (low, high) in expected.items():
        if isinstance(value := result.get(name), int | float):
            found.append(Verdict(name, float(value), low, high, _where(name, float(value), low, high)))
    return found


def _where(name: str, value: float, low: float, high: float) -> Where:
    if low <= value <= high:
        return "within"
    if value < low:
        return "suspiciously below" if lower_is_better(name) else "below"
    return "above" if lower_is_better(name) else "suspiciously above"
