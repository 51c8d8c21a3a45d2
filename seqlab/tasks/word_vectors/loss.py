"""The loss of word vectors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import keras
    import tensorflow as tf

    from seqlab.training.loss import Sums


class WindowLoss:
    """The loss of all examples of the windows of a batch, in nats per example: a sum and their number.

    Widths of windows and negatives are drawn by the model's generator, whose state is part of a checkpoint.
    """

    metric_names = ("loss",)
    variables: Sequence[keras.Variable] = ()

    def begin_epoch(self) -> None:
        pass

    def __call__(self, model: keras.Model, batch: Mapping[str, tf.Tensor]) -> Sums:
        import tensorflow as tf

        losses, examples = model.losses(batch, tf.cast(model.seeds.next(), tf.int64))
        # A batch of which no two words are in one document has no examples, and changes nothing.
        return {"loss": (tf.reduce_sum(losses), tf.maximum(tf.reduce_sum(examples), 1))}
