"""Optimizers and schedules by their Keras names. What Keras computes, at the cost of `row_updates`."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import Any, Protocol

import keras

from seqlab.errors import RequestError
from seqlab.training.row_updates import OPTIMIZERS, LossScaleOptimizer


class Named(Protocol):
    """What Keras calls `name`, with the options that were given."""

    @property
    def name(self) -> str: ...
    @property
    def options(self) -> Mapping[str, Any]: ...


def build_optimizer(
    optimizer: Named, *, learning_rate: float, schedule: Named | None, clip_norm: float | None, devices: int, steps: int
) -> keras.optimizers.Optimizer:
    """The optimizer for a training of so many `steps`, each shared by the `devices`.

    `schedule` starts at `learning_rate` and, where it has a length, lasts the whole training unless its options say
    otherwise. `clip_norm`: bound of the norm of all gradients together (the optimizer clips, so that under loss
    scaling the true gradients are measured). Raises RequestError when Keras refuses an option's value.
    """
    bound = None if clip_norm is None else clip_norm / devices  # each device brings an equal part: see `steps.py`
    rate = learning_rate if schedule is None else _schedule(schedule, learning_rate, steps)
    options = {**optimizer.options, "learning_rate": rate, "global_clipnorm": bound}
    kind = OPTIMIZERS.get(optimizer.name) or type(keras.optimizers.get(optimizer.name))
    built = _built("training.optimizer", kind, options)
    if keras.config.dtype_policy().name == "mixed_float16":
        return LossScaleOptimizer(built)
    return built


def _schedule(schedule: Named, learning_rate: float, steps: int) -> keras.optimizers.schedules.LearningRateSchedule:
    built = getattr(keras.optimizers.schedules, schedule.name.title().replace("_", ""))
    supplied = {"initial_learning_rate": learning_rate, "decay_steps": steps}
    accepted = inspect.signature(built).parameters
    supplied = {name: value for name, value in supplied.items() if name in accepted}
    return _built("training.schedule", built, {**supplied, **schedule.options})


def _built(section: str, part: Any, options: Mapping[str, Any]) -> Any:
    try:
        return part(**options)
    except (TypeError, ValueError) as error:
        raise RequestError(f"{section}: Keras' {part.__name__} refuses its options: {error}") from error
