"""What a test says, in words, and Holm's correction for several comparisons."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

from seqlab.text_format import counted

LEVEL = 0.05
"""Below, a difference is unlikely to be chance."""
DETECTED = (1.959964 + 0.841621) ** 2
"""Squared distance from 0, in standard errors, of a difference that a test at 5 % finds with a probability of 80 %."""
MOST_ITEMS = 1e9
LEAST_P = 1e-300
"""Smaller ones are hardly numbers of a computer."""


def holm(p_values: Sequence[float]) -> list[float]:
    """The p-values corrected for their number (Holm 1979): the probability of any false alarm stays below the level."""
    order = sorted(range(len(p_values)), key=lambda index: p_values[index])
    corrected, largest = [0.0] * len(p_values), 0.0
    for rank, index in enumerate(order):
        largest = max(largest, min((len(p_values) - rank) * p_values[index], 1.0))
        corrected[index] = largest
    return corrected


class Effect(NamedTuple):
    """A difference as it is told."""

    delta: float
    interval: tuple[float, float]
    """95 %, of `delta`."""
    unit: str
    lower_is_better: bool

    def told(self, name: str) -> str:
        """`B is better by 1.3 points (95 %: 0.9 to 1.7)`, where negative bounds mean the opposite."""
        better = (self.delta < 0) if self.lower_is_better else (self.delta > 0)
        digits = decimals(self.interval[1] - self.interval[0])
        sign = 1 if self.delta > 0 else -1
        low, high = sorted(sign * bound for bound in self.interval)
        bounds = f"(95 %: {low:z.{digits}f} to {high:z.{digits}f})"
        if round(self.delta, digits) == 0:
            return f"{name} and A are equal to {counted(digits, 'decimal')} {bounds}"
        amount = f"{abs(self.delta):.{digits}f}"
        size = " ".join(filter(None, (amount, self.unit.removesuffix("s") if amount == "1" else self.unit)))
        return f"{name} is {'better' if better else 'worse'} by {size} {bounds}"


def verdict(name: str, effect: Effect, p: float, comparisons: int = 1, more: str = "") -> str:
    """Whether a run called `name` is better than the first, A. `p`: corrected for so many `comparisons`; `more`: what
    else there is to say where no difference is shown."""
    corrected = f" (Holm, {comparisons} comparisons)" if comparisons > 1 else ""
    said = f"{effect.told(name)}, p = {p_text(p)}{corrected}"
    return f"{said}: unlikely to be chance" if p < LEVEL else f"no difference shown: {said}{more}"


def items_needed(size: int, noun: str, delta: float, variance: float) -> str:
    """The end of a sentence: of how many items a difference so small would show four times in five."""
    needed = size * DETECTED * (variance / delta) / delta if delta else math.inf  # no square, which may overflow
    if not size < needed < MOST_ITEMS:
        return ""
    magnitude = 10 ** (math.floor(math.log10(needed)) - 1)
    return f"; to see one so small takes about {round(needed / magnitude) * magnitude:,} {noun}"


def p_text(p: float) -> str:
    """`1`, `0.62`, `0.0031`, `2e-12`."""
    if p < LEAST_P:
        return f"{LEAST_P:.0e} or less"
    if p < 5e-5:  # what is shown as 0.0001 is that much, or hardly less: the smallest p of 10,000 draws
        return f"{p:.0e}"
    return f"{p:.4f}" if p < 0.01 else f"{p:.2g}"


def decimals(width: float) -> int:
    """Decimals that show two digits of half the width of an interval."""
    return min(max(1 - math.floor(math.log10(width / 2)), 0), 8) if width > 0 else 4
