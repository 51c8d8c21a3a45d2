"""What a translator returns for a sentence."""

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
    """(tokens and end, source tokens and end): attention weights; zeros if the model has no attention."""
    complete: bool = True
    """Whether it ended, rather than being cut where it reached the longest length that is allowed."""


@dataclass(frozen=True)
class TranslationResult:
    """The hypotheses for one sentence, best first; none for a blank one."""

    source_tokens: tuple[str, ...] = ()
    hypotheses: tuple[Hypothesis, ...] = ()
    steps: tuple[tuple[tuple[str, float], ...], ...] = ()
    """The best candidates of each decoding step with their log-probabilities; empty unless asked for."""
    unknown: int = 0
    """Number of source tokens that are not in the vocabulary."""
    reversed_direction: bool = False
    """Whether most tokens are unknown, and fewer of them to the vocabulary of the target."""
    cut_off: int = 0
    """Number of tokens at the end of the sentence that were not read, because it is too long."""

    @property
    def unreadable(self) -> bool:
        """Whether the model could read hardly anything of the sentence."""
        return self.reversed_direction or 0 < self.unknown == len(self.source_tokens)

    @property
    def label(self) -> str:
        """The best translation."""
        return self.hypotheses[0].text if self.hypotheses else ""

    @property
    def probability(self) -> float:
        """The model's probability of the best translation; not a number if there is none."""
        return math.exp(self.hypotheses[0].log_probability) if self.hypotheses else math.nan
