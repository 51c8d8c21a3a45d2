"""The config's section `training`: the options that all tasks share. Each task adds those that only it understands.

Read without TensorFlow and Keras.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import BeforeValidator, Field, SerializeAsAny, WithJsonSchema

from seqlab.registry import Options, Positive, PositiveNumber, Rate, Registry
from seqlab.training.keras_names import OPTIMIZERS, SCHEDULES, KerasComponent


def _from_keras(registry: Registry[KerasComponent]) -> BeforeValidator:
    return BeforeValidator(lambda value, info: registry.read(value, info.context))


# Their JSON schemas are made from the registries, in config/schema.py.
Optimizer = Annotated[SerializeAsAny[KerasComponent], _from_keras(OPTIMIZERS), WithJsonSchema({})]
Schedule = Annotated[SerializeAsAny[KerasComponent], _from_keras(SCHEDULES), WithJsonSchema({})]


class Checkpoint(Options):
    """When to save what a resume needs, besides the end of training."""

    every_seconds: PositiveNumber | None = 60.0
    """Save after so many seconds; null: not by time."""
    every_epochs: Positive | None = 1
    """Save after so many epochs; null: not by epochs."""


class TrainingOptions(Options):
    """How the weights are learned."""

    epochs: Positive = 10
    """Maximum number of passes over the training split."""
    batch_size: Positive = 32
    """Examples per step, over all devices together."""
    optimizer: Optimizer = OPTIMIZERS["rmsprop"](name="rmsprop")
    """A Keras optimizer: its name, or a mapping of its name and options (`{name: adamw, weight_decay: 0.01}`)."""
    learning_rate: PositiveNumber = 1e-3
    """Learning rate; the initial one if there is a schedule."""
    schedule: Schedule | None = None
    """How the learning rate changes: a Keras schedule's name, or its name and options; null: constant."""
    clip_norm: PositiveNumber | None = None
    """Upper bound of the global gradient norm; null: no clipping."""
    label_smoothing: Rate = 0.0
    """Share of the target probability that is spread over all labels."""
    monitor: str | None = None
    """Metric that chooses the best epoch (`validation.loss`); null: the task's own."""
    patience: Positive | None = None
    """Stop after so many epochs without improvement; null: never stop early."""
    refit: bool = False
    """Train once more on training and validation examples together, for as many epochs as were best."""
    average_checkpoints: Annotated[int, Field(ge=2, le=50)] | None = None
    """Validate and save the mean of the weights after so many last epochs; null: the last weights alone."""
    checkpoint: Checkpoint = Checkpoint()
    """When to save what a resume needs."""
