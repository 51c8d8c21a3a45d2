"""What may be chosen when a model writes, checked before TensorFlow is imported."""

from __future__ import annotations

import math
from dataclasses import dataclass

from seqlab.errors import RequestError

LARGEST_SEED = 2**63 - 1


@dataclass(frozen=True)
class Sampling:
    """How the next id is drawn from what the model says. The defaults draw from the model's own distribution.

    Applied in the order of Hugging Face's `generate`: repetition penalty, temperature, top-k, top-p, min-p. Each filter
    looks at what the one before it has left, and the most probable id always stays. Raises RequestError for values
    that mean nothing.
    """

    temperature: float = 1.0
    """Logits are divided by it: below 1 bolder, above 1 flatter; 0 always takes the most probable id."""
    top_k: int | None = None
    """Only the k most probable ids (Fan et al. 2018, section 5.4); of equals those with the lower ids."""
    top_p: float = 1.0
    """Only the fewest most probable ids that hold this share of the probability (Holtzman et al. 2020, section 3.1)."""
    min_p: float = 0.0
    """Only ids at least this share as probable as the most probable one (Nguyen et al. 2024, section 3)."""
    repetition_penalty: float = 1.0
    """Above 1, ids that the prompt or the text so far holds get less probable (Keskar et al. 2019, section 4.1)."""
    seed: int = 0

    def __post_init__(self) -> None:
        _require(_from(0, self.temperature), "temperature", self.temperature, "0 (greedy) or more, and finite")
        _require(self.top_k is None or self.top_k >= 1, "top-k", self.top_k, "1 or more; leave it out to keep all")
        _require(0 < self.top_p <= 1, "top-p", self.top_p, "above 0 and at most 1, which keeps all")
        _require(0 <= self.min_p <= 1, "min-p", self.min_p, "between 0, which keeps all, and 1")
        penalty = self.repetition_penalty
        _require(_from(0, penalty) and penalty > 0, "repetition penalty", penalty, "above 0 and finite; 1 is none")
        _require(0 <= self.seed <= LARGEST_SEED, "seed", self.seed, f"between 0 and {LARGEST_SEED}")

    @property
    def filters(self) -> bool:
        """Whether anything but the temperature changes what is drawn."""
        return (self.top_k, self.top_p, self.min_p, self.repetition_penalty) != (None, 1, 0, 1)


@dataclass(frozen=True)
class Beam:
    """How the best sequences are looked for; see `beam_search`. Width 1 is greedy search, to the first end.

    Raises RequestError for values that mean nothing.
    """

    width: int = 4
    """Beginnings that are kept at every step."""
    length_penalty: float = 0.6
    """α of Wu et al. 2016, equation 14: 0 compares sums of log-probabilities, more favours longer sequences."""
    coverage_penalty: float = 0.0
    """β of the same equation: how much it costs to leave places of the source without attention."""
    unknown_penalty: float = 0.0
    """Nats taken from the unknown id's log-probability; log 2 halves its probability."""
    n_best: int = 1
    """Sequences to give, at most the width."""

    def __post_init__(self) -> None:
        _require(self.width >= 1, "beam width", self.width, "1 (greedy) or more")
        _require(1 <= self.n_best <= self.width, "n-best", self.n_best, f"between 1 and the beam width, {self.width}")
        # Below zero a longer sequence would gain, and no search could know when to stop.
        for name in ("length_penalty", "coverage_penalty", "unknown_penalty"):
            value = getattr(self, name)
            _require(_from(0, value), name.replace("_", " "), value, "0 or more, and finite")


def _from(lowest: float, value: float) -> bool:
    return math.isfinite(value) and value >= lowest


def _require(holds: bool, name: str, value: object, wanted: str) -> None:
    if not holds:
        raise RequestError(f"{name} is {value}; it must be {wanted}")
