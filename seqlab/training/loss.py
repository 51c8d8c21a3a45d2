"""What training minimizes, as the training step sees it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import keras
    import tensorflow as tf

    Sums = dict[str, tuple[tf.Tensor, tf.Tensor]]
    """Metric → (sum, count), both scalars; `loss` is what training minimizes. Sums and counts add up over batches,
    replicas and accumulated steps; only their final quotient is a mean."""


class LossFunction(Protocol):
    """The loss and the training metrics of a batch. Called inside the compiled training step."""

    @property
    def metric_names(self) -> tuple[str, ...]:
        """The names of what a call returns, `loss` first."""

    @property
    def variables(self) -> Sequence[keras.Variable]:
        """State carried from batch to batch, which checkpoints must save; empty for most losses."""

    def begin_epoch(self) -> None:
        """Reset what must not be carried over from the epoch before."""

    def __call__(self, model: keras.Model, batch: Mapping[str, tf.Tensor]) -> Sums:
        """The sums and counts of one batch, with the model in training mode."""
