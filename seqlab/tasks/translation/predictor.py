"""What a translator makes of a sentence."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Hypothesis:
    """One translation. `score` ranks the hypotheses of a sentence: log-probability / length penalty + coverage."""

    text: str
    tokens: tuple[str, ...]
    score: float
    log_probability: float
    attention: Sequence[Sequence[float]]
    """(tokens and end, source tokens and end): where the model looked at each of its words; zeros if it cannot look."""


@dataclass(frozen=True)
class Answer:
    """What a translator makes of one sentence: its hypotheses, the best first; none of a blank one."""

    source_tokens: tuple[str, ...] = ()
    hypotheses: tuple[Hypothesis, ...] = ()
    steps: tuple[tuple[tuple[str, float], ...], ...] = ()
    """At each step the best candidates and their log-probabilities; empty unless asked for."""
    unknown: int = 0
    """Source tokens that the vocabulary does not hold."""
    backwards: bool = False
    """Whether most of the tokens are unknown, and fewer of them to the vocabulary of the target."""

    @property
    def strange(self) -> bool:
        """Whether hardly anything of the sentence could be read."""
        return self.backwards or 0 < self.unknown == len(self.source_tokens)

    @property
    def label(self) -> str:
        """The translation."""
        return self.hypotheses[0].text if self.hypotheses else ""

    @property
    def probability(self) -> float:
        """Of the translation, as the model sees it."""
        return math.exp(self.hypotheses[0].log_probability) if self.hypotheses else 1.0
