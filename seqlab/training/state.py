"""The state of training: together with the variables, all that decides how it continues."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Self

from seqlab.training.early_stopping import BestEpoch


@dataclass(frozen=True)
class TrainingState:
    """The state between two training steps. A value: each event gives a new one."""

    best: BestEpoch
    epoch: int = 1
    """The current epoch, from 1."""
    step_in_epoch: int = 0
    """Steps of the current epoch that are done."""
    step: int = 0
    """Steps of all epochs that are done."""
    totals: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    """Metric → (sum, count) over the current epoch so far."""
    history: int = 0
    """Bytes of the metrics file that belong to this state."""
    epoch_seconds: float = 0.0
    """Training time of the current epoch. Like `seconds` and `examples`, it only feeds metrics of speed."""
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
        """Metric → its mean over the current epoch so far."""
        return {name: total / count for name, (total, count) in self.totals.items()}

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> Self:
        """Floats survive JSON to the last bit. Raises TypeError, KeyError or ValueError on anything else."""
        totals = {name: (float(total), float(count)) for name, (total, count) in content["totals"].items()}
        return cls(**{**content, "best": BestEpoch(**content["best"]), "totals": totals})
