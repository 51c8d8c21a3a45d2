"""What a training will cost, as `seqlab plan` tells it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from seqlab.config import Experiment, dump
from seqlab.experiment.cost_estimate import Amounts, Costs, Disk, Memory, seconds_of, verdicts
from seqlab.runs.selection import flattened
from seqlab.tasks import TASKS


@dataclass(frozen=True)
class ModelSize:
    """`parameters`: all; `trained`: those that training changes; `layers`: layer → its parameters, shared ones with the
    first layer that uses them; `optimizer`: numbers that the optimizer keeps besides them."""

    parameters: int
    trained: int
    layers: Mapping[str, int]
    optimizer: int


@dataclass(frozen=True)
class Preparation:
    """`seconds`: of preparing the data, or of opening the cache. `now`: whether they were prepared now. `examples`:
    split → its examples."""

    seconds: float
    now: bool
    examples: Mapping[str, int]


@dataclass(frozen=True)
class TrainingCost:
    """What a training will cost. `runs`: how often it is trained."""

    experiment: Experiment
    data: Preparation
    model: ModelSize
    amounts: Amounts
    costs: Costs
    memory: Memory
    disk: Disk
    notes: tuple[str, ...] = ()
    runs: int = 1

    @cached_property
    def seconds(self) -> dict[str, float]:
        """Part of a run → its seconds; `epoch`; `total` of a run; `all_runs` of all, which import TensorFlow once."""
        seconds = seconds_of(self.costs, self.amounts, self.experiment.training.checkpoint)
        all_runs = seconds["total"] * self.runs - self.costs.importing * (self.runs - 1)
        return seconds | {"all_runs": all_runs}

    @property
    def is_upper_bound(self) -> bool:
        """Whether early stopping may end it sooner."""
        patience = self.experiment.training.patience
        return patience is not None and patience < self.amounts.epochs

    @property
    def verdicts(self) -> tuple[str, ...]:
        """What will not do on this machine, or takes long."""
        keys = dict(flattened(dump(self.experiment)))
        return tuple(verdicts(self.seconds["all_runs"], self.memory, self.disk, keys))

    @property
    def examples_per_second(self) -> float:
        """In training steps alone, in the unit of the task's speed, as `metrics.jsonl` records them."""
        return self._per_second(self.amounts.examples)

    @property
    def tokens_per_second(self) -> float:
        """The same of tokens, padding not counted; 0 for data without a text."""
        return self._per_second(self.amounts.tokens)

    @property
    def batch_size(self) -> tuple[str, int]:
        """The option of `training` that decides how large a batch is, and its value."""
        options = self.experiment.training
        tokens: int | None = getattr(options, "batch_tokens", None)  # only translators have it
        return ("batch_size", options.effective_batch_size) if tokens is None else ("batch_tokens", tokens)

    @property
    def speed_unit(self) -> str:
        """What `examples_per_second` counts."""
        return TASKS[self.experiment.task].speed_unit

    def as_json(self) -> dict[str, Any]:
        """Plain values, whose names do not change."""
        options, amounts, steps = self.experiment.training, self.amounts, self.costs.steps
        return {
            "parameters": {
                "total": self.model.parameters, "trained": self.model.trained, "layers": dict(self.model.layers)
            },
            "optimizer": {"name": options.optimizer.name, "values": self.model.optimizer},
            "data": {
                "examples": dict(self.data.examples), "prepared_now": self.data.now, "seconds": self.data.seconds
            },
            "batch": dict([self.batch_size]),
            "epochs": amounts.epochs,
            "steps": {"epoch": amounts.steps_per_epoch, "total": amounts.steps, "refit": amounts.refit_steps},
            "step_seconds": {
                "median": steps.seconds,
                "least": min(steps.rounds),
                "most": max(steps.rounds),
                "rounds": list(steps.rounds),
                "steps_per_round": steps.steps,
                "compiling": steps.compiling,
            },
            "speed_unit": self.speed_unit,
            "examples_per_second": self.examples_per_second,
            "tokens_per_second": self.tokens_per_second,
            "seconds": self.seconds,
            "upper_bound": self.is_upper_bound,
            "runs": self.runs,
            "memory": {
                "peak_mb": self.memory.peak, "machine_mb": self.memory.machine, "gpu_peak_mb": self.memory.gpu_peak
            },
            "disk": {
                "weights_mb": self.disk.weights,
                "checkpoint_mb": self.disk.checkpoint,
                "run_mb": self.disk.run,
                "free_mb": self.disk.free,
            },
            "notes": list(self.notes),
            "verdicts": list(self.verdicts),
        }  # fmt: skip

    def _per_second(self, units: int) -> float:
        return units / max(self.amounts.steps_per_epoch * self.costs.steps.seconds, 1e-9)
