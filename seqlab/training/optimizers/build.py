"""Builds optimizers and schedules from their Keras names."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any, Protocol, TypeVar

import keras
import tensorflow as tf

from seqlab.errors import RequestError
from seqlab.training.optimizers.row_updates import (
    OPTIMIZERS,
    LossScaleOptimizer,
    with_rates,
    with_summed_gradients,
)

T = TypeVar("T")


class Named(Protocol):
    """The name of a class in Keras, and its options."""

    @property
    def name(self) -> str: ...
    @property
    def options(self) -> Mapping[str, Any]: ...


def build_optimizer(
    optimizer: Named,
    *,
    learning_rate: float,
    schedule: Named | None,
    clip_norm: float | None,
    devices: int,
    steps: int,
    factor_of: Callable[[keras.Variable], tf.Tensor] | None = None,
) -> keras.optimizers.Optimizer:
    """The optimizer for a training of this many `steps`, each of which is shared by all `devices`.

    `schedule` starts at `learning_rate`; if it has a length, that is the whole training unless its options say
    otherwise. `clip_norm` bounds the global norm of the gradients; the optimizer clips, so that under loss scaling the
    unscaled gradients are measured. `factor_of`: the factor of each variable's learning rate. Raises RequestError if
    Keras refuses an option.
    """
    rate = learning_rate if schedule is None else _schedule(schedule, learning_rate, steps)
    options = {**optimizer.options, "learning_rate": rate, "global_clipnorm": clip_norm}
    optimizer_class = OPTIMIZERS.get(optimizer.name) or type(keras.optimizers.get(optimizer.name))
    if factor_of is not None:
        optimizer_class = with_rates(optimizer_class, factor_of)
    if devices > 1:
        optimizer_class = with_summed_gradients(optimizer_class)
    built = _built("training.optimizer", optimizer_class, options)
    if keras.config.dtype_policy().name == "mixed_float16":
        return LossScaleOptimizer(built)
    return built


def _schedule(schedule: Named, learning_rate: float, steps: int) -> keras.optimizers.schedules.LearningRateSchedule:
    schedule_class = getattr(keras.optimizers.schedules, schedule.name.title().replace("_", ""))
    defaults = {"initial_learning_rate": learning_rate, "decay_steps": steps}
    accepted = inspect.signature(schedule_class).parameters
    defaults = {name: value for name, value in defaults.items() if name in accepted}
    return _built("training.schedule", schedule_class, {**defaults, **schedule.options})


def _built(section: str, keras_class: Callable[..., T], options: Mapping[str, Any]) -> T:
    try:
        return keras_class(**options)
    except (TypeError, ValueError) as error:
        raise RequestError(f"{section}: Keras' {keras_class.__name__} refuses its options: {error}") from error
