"""The arithmetic of `seqlab plan`: from what was measured to the seconds of a whole training, and verdicts on them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from seqlab.experiment.cost_of_evaluation import EvaluationCost
from seqlab.experiment.cost_of_steps import StepCost
from seqlab.training.checkpoints import LARGEST_SHARE
from seqlab.training.options import Checkpoint

NEARLY_ALL = 0.9
"""The share of the memory of a machine from which on a verdict warns: other programs need some as well."""
LONG = 3 * 3600.0
"""Seconds from which on a verdict names what would shorten a training."""

OF_MEMORY = ("batch_tokens", "batch_size", "window", "context", "max_length", "max_tokens", "units", "width", "layers")
OF_TIME = ("epochs", "patience", "units", "width", "layers", "max_length")
"""Keys, without their section, on which memory and time depend most."""


@dataclass(frozen=True)
class Amounts:
    """What a training consists of. `steps`: of all epochs; `examples`, `tokens`: of an epoch, `examples` in the unit of
    its speed; `validation`, `test`: the sizes of the stores of these splits, 0 without a test split; `refit_steps`: of
    the second training that `training.refit` asks for."""

    epochs: int
    steps: int
    steps_per_epoch: int
    examples: int
    tokens: int
    validation: int
    test: int
    refit_steps: int = 0


@dataclass(frozen=True)
class Costs:
    """What was measured, in seconds. `start`: from the command to the first step, with data from the cache;
    `importing`: the part of it that imports TensorFlow; `planning`: the order of the data of an epoch; `averaging`:
    putting the mean weights in place; `evaluation`: all metrics and predictions; `report`: samples and plots;
    `weights`, `checkpoint`: a save."""

    start: float
    importing: float
    steps: StepCost
    validation: EvaluationCost
    evaluation: EvaluationCost
    report: float
    weights: float
    checkpoint: float
    planning: float = 0.0
    averaging: float = 0.0


@dataclass(frozen=True)
class Memory:
    """MB; None where it is not known. `peak`: of this process so far; `machine`: of the machine or its container."""

    peak: float | None
    machine: float | None
    gpu_peak: float | None = None


@dataclass(frozen=True)
class Disk:
    """MB. `run`: of a run directory while it trains, with two checkpoints; `free`: where runs are."""

    weights: float
    checkpoint: float
    run: float
    free: float


def seconds_of(costs: Costs, amounts: Amounts, when: Checkpoint) -> dict[str, float]:
    """Part of a training → its seconds; their sum is `total`, and `epoch` the mean of an epoch with its validation and
    saves.

    Of all epochs: early stopping can only end it sooner. `when`: when checkpoints are saved.
    """
    epochs, between = amounts.epochs, costs.steps.between + costs.planning
    compiling = costs.validation.compiling + costs.evaluation.compiling
    training = amounts.steps * costs.steps.seconds + epochs * between
    validation = epochs * (costs.validation.of(amounts.validation) + costs.averaging)
    saves = number_of_saves((training + validation) / epochs, epochs, costs.checkpoint, when)
    saving = epochs * costs.weights + saves * costs.checkpoint  # each epoch may be the best so far
    refit = 0.0
    if amounts.refit_steps:  # a new model: its steps, and those of its evaluation, are compiled again
        refit = costs.steps.compiling + amounts.refit_steps * costs.steps.seconds + epochs * between + compiling
    parts = {
        "start": costs.start,
        "compile": costs.steps.compiling + compiling,
        "training": training,
        "validation": validation,
        "saving": saving,
        "refit": refit,
        "evaluation": sum(costs.evaluation.of(size) for size in (amounts.validation, amounts.test) if size)
        + costs.report,
    }
    return parts | {"epoch": (training + validation + saving) / epochs, "total": sum(parts.values())}


def number_of_saves(epoch: float, epochs: int, cost: float, when: Checkpoint) -> int:
    """How many checkpoints are saved in so many epochs of so many seconds, by the rules of `Checkpoints`: by time; and
    after epochs, as far as that takes a small share of the time. At least the last one."""
    periods = [] if when.every_seconds is None else [when.every_seconds]
    if when.every_epochs is not None:
        periods.append(max(when.every_epochs * epoch, cost / LARGEST_SHARE))
    return max(1, round(epochs * epoch / max(min(periods), 1e-9))) if periods else 1


def verdicts(seconds: float, memory: Memory, disk: Disk, keys: Mapping[str, Any]) -> Iterator[str]:
    """What will not do on this machine, or takes long, with the keys of the config (dotted key → value) to change.

    `seconds`: of all runs.
    """
    peak, machine = memory.peak, memory.machine
    if peak is not None and machine is not None and peak > NEARLY_ALL * machine:
        yield (
            f"memory will not be enough: the first steps needed {peak:,.0f} MB, and the machine has {machine:,.0f} MB. "
            f"Lower {_named(keys, OF_MEMORY)}"
        )
    if disk.run > disk.free:
        yield (
            f"the disk will be full: a run needs {disk.run:,.0f} MB, and {disk.free:,.0f} MB are free. Free some, or "
            "use --runs-dir"
        )
    if seconds > LONG:
        yield (
            f"this takes more than {int(seconds // 3600)} hours. Lower {_named(keys, OF_TIME)}, set data.take, or use "
            "a GPU (runtime.device)"
        )


def _named(keys: Mapping[str, Any], names: tuple[str, ...]) -> str:
    """Those keys of the config that have a number, in the order of the names."""
    found = [
        key
        for name in names
        for key, value in keys.items()
        if key.rpartition(".")[2] == name and isinstance(value, int | float) and not isinstance(value, bool)
    ]
    if "training.batch_tokens" in found:  # then batch_size has no effect
        found.remove("training.batch_size")
    return ", ".join(found[:5]) or "the size of the model"
