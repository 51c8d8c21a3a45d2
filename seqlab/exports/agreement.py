"""Whether an export answers as its run does."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from seqlab.errors import SeqlabError
from seqlab.tasks.classification.predictor import ClassificationPredictor
from seqlab.tasks.given_rows import Example
from seqlab.tasks.regression.predictor import RegressionPredictor
from seqlab.text_format import counted, quoted

LARGEST_DIFFERENCE = 1e-5
"""Between probabilities, or between numbers in units of the deviation of the training targets."""

MOST_CHANGED = 0.001
"""Share of labels: so much accuracy, a tenth of a point, is the most that rounded weights may cost."""


@dataclass(frozen=True)
class Agreement:
    """The outcome of a comparison."""

    of: str
    """What was compared: `labels`, `translations` …"""
    texts: int
    unequal: Sequence[Example] = ()
    """The texts, or rows, with another answer."""
    difference: float | None = None
    """The largest one; None if answers are equal or not."""
    rounded: bool = False
    """Whether weights were rounded: a few labels may be others then, fewer than MOST_CHANGED of them."""

    @property
    def holds(self) -> bool:
        if self.rounded:
            return not self.unequal or len(self.unequal) < MOST_CHANGED * self.texts
        return not self.unequal and (self.difference is None or self.difference <= LARGEST_DIFFERENCE)

    def __str__(self) -> str:
        same = self.texts - len(self.unequal)
        shown = f"{same:,} of {self.texts:,} {self.of} are equal"
        if self.rounded:
            most = largest_share(len(self.unequal), self.texts)
            shown += f" (with 95 % confidence, at most {most:.2%} of all are others)"
        return shown if self.difference is None else f"{shown}, the largest difference is {self.difference:.1e}"

    def refuse(self, source: str = "") -> None:
        """Raises SeqlabError unless all answers are equal. `source`: what was compared."""
        if not self.holds:
            first = f"; the first other one is of {quoted(self.unequal[0])}" if self.unequal else ""
            if self.rounded:
                of = f" of {source}" if source else ""
                raise SeqlabError(
                    f"8 bits are too few for this model: {self}{of}, and {MOST_CHANGED:.1%} or more others may cost as "
                    "much accuracy. Nothing was written; use `--format sklearn`"
                )
            raise SeqlabError(
                f"the export does not answer as the run does: of {counted(self.texts, 'text')}, {self}{first}. Nothing "
                "was written; please report this"
            )


def largest_share(changed: int, texts: int) -> float:
    """The largest share of changed labels with which so few of so many texts are seen in 5 % of all samples: the upper
    bound of Clopper and Pearson 1934. 1 for no texts."""
    low, high = 0.0, 1.0
    for _ in range(60 if texts else 0):
        share = (low + high) / 2
        seen = sum(math.comb(texts, n) * share**n * (1 - share) ** (texts - n) for n in range(changed + 1))
        low, high = (share, high) if seen > 0.05 else (low, share)
    return high


def of_classes(
    texts: Sequence[Example], labels: Sequence[str], probabilities: np.ndarray, theirs: Sequence[str], other: np.ndarray
) -> Agreement:
    """Labels and probabilities (texts, classes) of a run, and of its export. Where two classes are as probable up to
    rounding, either is right."""
    gaps = _difference(probabilities, other)
    best = np.nan_to_num(np.sort(probabilities, axis=1))
    tied = best[:, -1] - best[:, -2] <= LARGEST_DIFFERENCE
    unequal = [
        text
        for text, one, two, tie in zip(texts, labels, theirs, tied, strict=True)
        if one != two and not (tie and one and two)
    ]
    return Agreement("labels", len(texts), unequal, float(gaps.max(initial=0.0)))


def of_numbers(texts: Sequence[Example], numbers: np.ndarray, other: np.ndarray, deviation: float) -> Agreement:
    """Numbers (texts,) of a run and of its export; `deviation`: of the training targets."""
    return Agreement("numbers", len(texts), (), float(_difference(numbers, other).max(initial=0.0)) / deviation)


def classes_agree(
    predictor: ClassificationPredictor, texts: Sequence[Example], labels: Sequence[str], probabilities: np.ndarray
) -> Agreement:
    """Whether these answers of an export are those of the predictor. probabilities: (texts, classes)."""
    own = list(predictor.predict(texts))
    shares = np.array([list(each.probabilities.values()) for each in own]).reshape(probabilities.shape)
    return of_classes(texts, [each.label for each in own], shares, labels, probabilities)


def numbers_agree(predictor: RegressionPredictor, texts: Sequence[Example], numbers: np.ndarray) -> Agreement:
    """The same of numbers (texts,)."""
    own = [math.nan if each.prediction is None else each.prediction for each in predictor.predict(texts)]
    return of_numbers(texts, np.array(own), numbers, predictor.scale.deviation)


def of_texts(what: str, given: Sequence[str], texts: Sequence[str], other: Sequence[str]) -> Agreement:
    """Texts that a run and its export write for those that are given."""
    return Agreement(what, len(given), [text for text, one, two in zip(given, texts, other, strict=True) if one != two])


def _difference(one: np.ndarray, two: np.ndarray) -> np.ndarray:
    """Absolute; infinite where only one of both is a number."""
    both = np.isnan(one) == np.isnan(two)
    return np.where(both, np.nan_to_num(np.abs(one - two)), np.inf)
