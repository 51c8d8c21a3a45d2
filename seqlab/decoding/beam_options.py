"""Options of beam search, checked without TensorFlow."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import Field

from seqlab.errors import RequestError
from seqlab.registry import MOST_LENGTH_PENALTY, did_you_mean

WIDEST = 1000
"""The largest beam. Published ones have 4 to 100; each hypothesis needs the memory of a sentence."""

MOST_PENALTY = 1_000.0
"""The largest penalty but that of the length, in nats: no token is as unlikely as that."""
Penalty = Annotated[float, Field(ge=0, le=MOST_PENALTY, allow_inf_nan=False)]


@dataclass(frozen=True)
class BeamOptions:
    """How beam search looks for the best sequences; see `beam_search`. A width of 1 is greedy search.

    Raises RequestError for a value out of range.
    """

    width: int = 4
    """Hypotheses that are continued at every step."""
    length_penalty: float = 0.6
    """α of Wu et al. 2016, equation 14: 0 compares sums of log probabilities, more favours longer sequences."""
    coverage_penalty: float = 0.0
    """β of the same equation: the penalty for source positions that receive little attention."""
    unknown_penalty: float = 0.0
    """Subtracted from the log probability of the unknown id, in nats; log 2 halves its probability."""
    n_best: int = 1
    """Sequences to return, at most the width."""

    def changed(self, options: Mapping[str, Any]) -> BeamOptions:
        """With other values, by the names of `seqlab translate`, where the width is `beam_width`. Raises RequestError
        for other names."""
        fields = {"beam_width" if each.name == "width" else each.name: each.name for each in dataclasses.fields(self)}
        for name in options:
            if name not in fields:
                hint = did_you_mean(name, list(fields))
                raise RequestError(f"there is no option '{name}' of translation; {hint}there are {', '.join(fields)}")
        given = {fields[name]: value for name, value in options.items()}
        if "width" not in given and type(found := given.get("n_best")) is int and found > self.width:
            raise RequestError(
                f"n-best is {found}, and the beam width {self.width} (model.decoding): ask for a beam width of {found} "
                "or more too (beam_width, --beam-width)"
            )
        return dataclasses.replace(self, **given)

    def __str__(self) -> str:
        width = f"beam search of width {self.width}" if self.width > 1 else "greedy search"
        penalties = {
            "length penalty": self.length_penalty if self.width > 1 else 0,
            "coverage penalty": self.coverage_penalty if self.width > 1 else 0,
            "unknown penalty": self.unknown_penalty,
        }
        return ", ".join([width, *(f"{name} {value:g}" for name, value in penalties.items() if value)])

    def __post_init__(self) -> None:
        for name in ("width", "n_best"):
            value = getattr(self, name)
            _require(type(value) is int, "beam width" if name == "width" else "n-best", value, "a whole number")
        for name in ("length_penalty", "coverage_penalty", "unknown_penalty"):
            value = getattr(self, name)
            _require(type(value) in (int, float), name.replace("_", " "), value, "a number")
        _require(1 <= self.width <= WIDEST, "beam width", self.width, f"between 1 (greedy) and {WIDEST:,}")
        _require(1 <= self.n_best <= self.width, "n-best", self.n_best, f"between 1 and the beam width, {self.width}")
        # Below zero a longer sequence would gain, and the search could not know when to stop.
        for name in ("length_penalty", "coverage_penalty", "unknown_penalty"):
            value, most = getattr(self, name), MOST_LENGTH_PENALTY if name == "length_penalty" else MOST_PENALTY
            _require(0 <= value <= most, name.replace("_", " "), value, f"between 0 and {most:,g}")


def _require(holds: bool, name: str, value: object, allowed: str) -> None:
    if not holds:
        raise RequestError(f"{name} is {value!r}; it must be {allowed}")
