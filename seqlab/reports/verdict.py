"""Compares metrics with the bands that a recipe expects."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from seqlab.metrics.metric_names import lower_is_better

LIKELY_CAUSES = {
    "below": "too few epochs, a subset of the data, another vectorizer, or a bug",
    "suspiciously above": "test texts in the training split, labels that leak into the text, or another test set",
}


@dataclass(frozen=True)
class Verdict:
    """A metric and its expected band. `above` means better and `below` worse, also for metrics to minimize."""

    name: str
    value: float
    low: float
    high: float
    where: Literal["within", "below", "suspiciously above"]

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
            text += "; lower is better"  # a loss of 3 is below the expected, although it is not below 1.5
        return f"{text}. Likely causes: {LIKELY_CAUSES[self.where]}"


def verdicts(result: Mapping[str, Any], expected: Mapping[str, Sequence[float]]) -> list[Verdict]:
    """One verdict for each expected band whose metric is in the result."""
    found = []
    for name, (low, high) in expected.items():
        if isinstance(value := result.get(name), int | float):
            found.append(Verdict(name, float(value), low, high, _where(name, float(value), low, high)))
    return found


def _where(name: str, value: float, low: float, high: float) -> Literal["within", "below", "suspiciously above"]:
    if low <= value <= high:
        return "within"
    better = value < low if lower_is_better(name) else value > high
    return "suspiciously above" if better else "below"
