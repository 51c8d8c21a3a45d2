"""The config's section `training`: the options that all tasks share. Each task adds those that only it understands.

Read without TensorFlow and Keras.
"""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from pydantic import Field

from seqlab.keras_names import OPTIMIZERS, Optimizer, Schedule
from seqlab.registry import Options, Positive, PositiveNumber, Rate
from seqlab.sinks import Sinks

NOT_SCALED = frozenset({"ftrl", "muon", "schedulefreeadamw"})
"""Optimizers whose updates, or whose weight decay, are not proportional to the learning rate that a step is given: with
a rate of 0 they move weights."""


BatchSize: TypeAlias = Positive | Literal["auto"]


class Checkpoint(Options):
    """When to save checkpoints, besides the end of training."""

    every_seconds: PositiveNumber | None = 60.0
    """Seconds between two saves; null: not by time."""
    every_epochs: Positive | None = 1
    """Epochs between two saves; null: not by epochs."""
    keep_last: bool = True
    """Keep the last checkpoint of a finished run, so that it can continue with more epochs."""


class TrainingOptions(Options):
    """How the model is trained."""

    epochs: Positive = 30
    """Maximum number of passes over the training split."""
    batch_size: BatchSize = 32
    """Examples per step, summed over all devices; `auto`: the default, and each batch is computed in more and more
    parts (`accumulate`) when memory runs out."""
    accumulate: Positive = 1
    """Number of parts in which the gradient of each batch is computed, one after another: less memory, the same steps
    (gradient accumulation)."""
    optimizer: Optimizer = OPTIMIZERS["adam"](name="adam")
    """A Keras optimizer: its name, or a mapping of its name and options (`{name: adamw, weight_decay: 0.01}`)."""
    learning_rate: PositiveNumber = 2e-3
    """Learning rate; the initial value if there is a schedule."""
    schedule: Schedule | None = None
    """A Keras learning rate schedule: its name, or a mapping of its name and options; null: constant."""
    clip_norm: PositiveNumber | None = None
    """Maximum global norm of the gradients; null: no clipping."""
    label_smoothing: Rate = 0.0
    """Probability mass that is spread evenly over all labels."""
    layer_decay: Annotated[float, Field(ge=1, le=1000, allow_inf_nan=False)] = 1.0
    """Quotient of the learning rates of each layer and the one below it, for layers that were trained before
    (discriminative fine-tuning with 2.6: Howard & Ruder 2018, section 3.2); 1: one rate for all."""
    unfreeze_epochs: Positive | None = None
    """Epochs after which the next lower layer is trained too, beginning with the last layer alone (gradual unfreezing:
    Howard & Ruder 2018, section 3.3); null: all layers from the beginning."""
    monitor: str | None = None
    """Metric that selects the best epoch (`validation.loss`); null: the default of the task."""
    patience: Positive | None = 5
    """Number of epochs without improvement after which training stops; null: no early stopping."""
    refit: bool = False
    """Train again on the training and validation splits together, for the best number of epochs."""
    average_checkpoints: Annotated[int, Field(ge=2, le=50)] | None = None
    """Number of last epochs whose mean weights are validated and saved; null: the weights of the last epoch alone."""
    checkpoint: Checkpoint = Checkpoint()
    """When to save checkpoints."""
    tensorboard: bool = False
    """Write events for TensorBoard into the run: curves, samples and word vectors (`tensorboard --logdir runs`)."""
    sinks: Sinks = ()
    """Where config and metrics are sent besides: `[mlflow]`, or mappings of a name and options."""

    @property
    def effective_batch_size(self) -> int:
        """Examples per step: `batch_size`; if that is `auto`, its default for the task."""
        default: int = type(self).model_fields["batch_size"].default
        return default if self.batch_size == "auto" else self.batch_size

    @property
    def examples_per_step(self) -> int | None:
        """How many each step has, apart from the last ones of an epoch; None: their lengths decide."""
        return self.effective_batch_size
