"""Does a figure lie where its recipe says it should?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from seqlab.metrics.metric_names import lower_is_better

LIKELY = {
    "below": "trained too short, a smaller part of the data, another vectorizer, or a bug",
    "suspiciously above": "test texts among the training texts, labels readable from the text, or another test set",
}


@dataclass(frozen=True)
class Verdict:
    """One figure against its expected band. `above` and `below` mean better and worse, whichever way that is."""

    name: str
    value: float
    low: float
    high: float
    where: Literal["within", "below", "suspiciously above"]

    def __str__(self) -> str:
        said = f"{self.name} {self.value:.4f} is {self.where} the expected {self.low:g} to {self.high:g}"
        return said if self.where == "within" else f"{said}. Likely: {LIKELY[self.where]}"


def verdicts(result: Mapping[str, Any], expected: Mapping[str, Sequence[float]]) -> list[Verdict]:
    """One verdict per band whose figure is in the result."""
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
