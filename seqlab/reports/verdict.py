"""Compares metrics with the bands that a recipe expects."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from seqlab.metrics.metric_names import lower_is_better
from seqlab.text_format import one_of

SUBSET = "a subset of the data"
CAUSES_OF_WORSE = ("too few epochs", SUBSET, "another vectorizer", "a bug")

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

    def sentence(self, source: str | None = None, *, is_subset: bool = False) -> str:
        """The verdict in words. `source`: where the expected band comes from. `is_subset`: whether data were left out
        by `data.take`."""
        text = f"{self.name} {self.value:.4f} is {self.where} the expected {self.low:g} to {self.high:g}"
        if source:
            text += f" ({source})"
        if self.where == "within":
            return text
        if lower_is_better(self.name):
            text += "; lower is better"
        causes = self._causes_of_better() if self.where.startswith("suspiciously") else CAUSES_OF_WORSE
        if is_subset:
            causes = (f"{SUBSET} (data.take)", *(each for each in causes if each != SUBSET))
        return f"{text}. Likely causes: {one_of(causes)}"

    def _causes_of_better(self) -> tuple[str, ...]:
        split, _, metric = self.name.partition(".")
        if not metric or split == "train":  # of the model, such as how its vectors compare with people
            return ("other data", "another vectorizer", "a bug")
        leak = (
            ("texts that give the answer away",) if split == "test" else ()
        )  # without a test split, none is asked for
        return (f"{split} texts in the training split", *leak, f"another {split} set")


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
