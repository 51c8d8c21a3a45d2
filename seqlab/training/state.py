"""Where training stands: with the variables, everything that decides how it goes on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Self

from seqlab.training.early_stopping import BestEpoch


@dataclass(frozen=True)
class TrainingState:
    """A place between two steps.

    `epoch` is under way (from 1) and `step_in_epoch` of its steps are done; `step` counts all. `totals`: figure →
    (sum, count) over this epoch so far. `history`: bytes of the metrics file that belong to this position. The
    seconds and examples only feed figures of speed.
    """

    best: BestEpoch
    epoch: int = 1
    step_in_epoch: int = 0
    step: int = 0
    totals: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    history: int = 0
    epoch_seconds: float = 0.0
    seconds: float = 0.0
    examples: int = 0

    def after_steps(self, steps: int, totals: Mapping[str, tuple[float, float]], seconds: float) -> Self:
        return replace(
            self,
            step_in_epoch=self.step_in_epoch + steps,
            step=self.step + steps,
            totals=totals,
            epoch_seconds=self.epoch_seconds + seconds,
            seconds=self.seconds + seconds,
        )

    def next_epoch(self, best: BestEpoch, examples: int) -> Self:
        return replace(
            self,
            best=best,
            epoch=self.epoch + 1,
            step_in_epoch=0,
            totals={},
            epoch_seconds=0.0,
            examples=self.examples + examples,
        )

    @property
    def means(self) -> dict[str, float]:
        """Figure → its mean over the epoch so far."""
        return {name: total / count for name, (total, count) in self.totals.items()}

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> Self:
        """Floats survive JSON to the last bit. Raises TypeError, KeyError or ValueError on anything else."""
        totals = {name: (float(total), float(count)) for name, (total, count) in content["totals"].items()}
        return cls(**{**content, "best": BestEpoch(**content["best"]), "totals": totals})
