"""The loss of a model that predicts numbers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import keras
    import tensorflow as tf

    from seqlab.training.loss import Sums

RegressionLossName = Literal["mean_squared_error", "mse", "mean_absolute_error", "mae", "huber", "log_cosh"]
DEFAULT: RegressionLossName = "mean_squared_error"
SQUARED = (None, "mean_squared_error", "mse")
"""The options that give the mean squared error."""


class RegressionLoss:
    """A Keras loss of standardized targets, as a sum over the batch; None: the mean squared error."""

    metric_names = ("loss",)
    variables = ()

    def __init__(self, loss: RegressionLossName | None) -> None:
        import keras

        self.loss = keras.losses.get(loss or DEFAULT)

    def begin_epoch(self) -> None:
        """Examples are independent: nothing is carried over."""

    def __call__(self, model: keras.Model, batch: Mapping[str, tf.Tensor]) -> Sums:
        import tensorflow as tf

        predicted = tf.cast(model({name: batch[name] for name in model.input}, training=True), tf.float32)  # (batch, 1)
        losses = self.loss(batch["targets"][:, None], predicted)  # (batch,)
        return {"loss": (tf.reduce_sum(losses), tf.cast(tf.size(losses), losses.dtype))}
