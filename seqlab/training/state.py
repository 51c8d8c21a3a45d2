"""The state of training: together with the variables, all that decides how it continues."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Annotated, Any, ClassVar, Self

from pydantic import ConfigDict, Field, FiniteFloat, TypeAdapter

from seqlab.training.early_stopping import BestEpoch

Seconds = Annotated[FiniteFloat, Field(ge=0)]
Compiling = tuple[Annotated[int, Field(ge=0)], Seconds]


@dataclass(frozen=True)
class TrainingState:
    """The state between two training steps. A value: each event gives a new one."""

    __pydantic_config__: ClassVar = ConfigDict(extra="forbid")

    best: BestEpoch
    epoch: Annotated[int, Field(ge=1)] = 1
    """The current epoch, from 1."""
    step_in_epoch: Annotated[int, Field(ge=0)] = 0
    """Steps of the current epoch that are done."""
    step: Annotated[int, Field(ge=0)] = 0
    """Steps of all epochs that are done."""
    totals: Mapping[str, tuple[FiniteFloat, FiniteFloat]] = field(default_factory=dict)
    """Metric → (sum, count) over the current epoch so far."""
    history: Annotated[int, Field(ge=0)] = 0
    """Bytes of the metrics file that belong to this state."""
    epoch_seconds: Seconds = 0.0
    """Training time of the current epoch. Like `seconds` and `examples`, it only feeds metrics of speed."""
    seconds: Seconds = 0.0
    examples: Annotated[int, Field(ge=0)] = 0
    epoch_compiling: Compiling = (0, 0.0)
    """Of the current epoch, steps and seconds of calls that compiled the training step. No rate counts them."""
    compiling: Compiling = (0, 0.0)

    def after_steps(
        self, steps: int, totals: Mapping[str, tuple[float, float]], seconds: float, *, compiled: bool = False
    ) -> Self:
        """`compiled`: whether the seconds include compiling the training step."""
        added = (steps, seconds) if compiled else (0, 0.0)
        return replace(
            self,
            step_in_epoch=self.step_in_epoch + steps,
            step=self.step + steps,
            totals=totals,
            epoch_seconds=self.epoch_seconds + seconds,
            seconds=self.seconds + seconds,
            epoch_compiling=_sum(self.epoch_compiling, added),
            compiling=_sum(self.compiling, added),
        )

    def next_epoch(self, best: BestEpoch, examples: int) -> Self:
        return replace(
            self,
            best=best,
            epoch=self.epoch + 1,
            step_in_epoch=0,
            totals={},
            epoch_seconds=0.0,
            epoch_compiling=(0, 0.0),
            examples=self.examples + examples,
        )

    def epoch_rate(self, units: int) -> float:
        """Units per second, of so many in the current epoch."""
        return _rate(units, self.step_in_epoch, self.epoch_seconds, self.epoch_compiling)

    @property
    def examples_per_second(self) -> float:
        """Of all whole epochs."""
        return _rate(self.examples, self.step, self.seconds, self.compiling)

    @property
    def means(self) -> dict[str, float]:
        """Metric → its mean over the current epoch so far."""
        return {name: total / count for name, (total, count) in self.totals.items()}

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> Self:
        """Floats survive JSON to the last bit. Raises ValueError for anything that `to_json` does not write."""
        return TypeAdapter(cls).validate_python(content)


def _sum(one: Compiling, other: Compiling) -> Compiling:
    return one[0] + other[0], one[1] + other[1]


def _rate(units: float, steps: int, seconds: float, compiling: Compiling) -> float:
    """Units per second of the steps that compiled nothing; of all, if there are no others."""
    others = steps - compiling[0]
    if others > 0:
        units, seconds = units * others / steps, seconds - compiling[1]
    return units / max(seconds, 1e-9)
