"""Optimizers and schedules by their Keras names."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import Any, Protocol

import keras

from seqlab.errors import RequestError


class Named(Protocol):
    """What Keras calls `name`, with the options that were given."""

    @property
    def name(self) -> str: ...
    @property
    def options(self) -> Mapping[str, Any]: ...


def build_optimizer(
    optimizer: Named, *, learning_rate: float, schedule: Named | None, clip_norm: float | None, steps: int
) -> keras.optimizers.Optimizer:
    """The optimizer for a training of so many `steps`.

    `schedule` starts at `learning_rate` and, where it has a length, lasts the whole training unless its options say
    otherwise. `clip_norm`: bound of the norm of all gradients together (the optimizer clips, so that under loss
    scaling the true gradients are measured). Raises RequestError when Keras refuses an option's value.
    """
    rate = learning_rate if schedule is None else _schedule(schedule, learning_rate, steps)
    options = {**optimizer.options, "learning_rate": rate, "global_clipnorm": clip_norm}
    built = _built("training.optimizer", type(keras.optimizers.get(optimizer.name)), options)
    if keras.config.dtype_policy().name == "mixed_float16":
        return keras.optimizers.LossScaleOptimizer(built)
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
