"""What the training of a language model lowers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from seqlab.training.cross_entropy import cross_entropy

if TYPE_CHECKING:
    import keras
    import tensorflow as tf

    from seqlab.tasks.task import Sums


class NextTokenLoss:
    """Cross-entropy of the id that comes next, at every place of every window, and how often it was the likeliest.

    `batch["ids"]`: (batch, window + 1); each id but the last is read, each but the first is foretold. `rows`: where the
    model's state is carried from batch to batch, the batch size that it has then; None: each window begins anew.
    """

    figures = ("loss", "accuracy")

    def __init__(self, model: keras.Model, *, label_smoothing: float, rows: int | None) -> None:
        self.label_smoothing = label_smoothing
        self.carried = _variables_for(model.initial_state(rows)) if rows else ()

    def begin_epoch(self) -> None:
        """The text begins anew."""
        import tensorflow as tf

        for variable in tf.nest.flatten(self.carried):
            variable.assign(tf.zeros_like(variable.value))

    @property
    def variables(self) -> Sequence[keras.Variable]:
        """What a checkpoint must hold besides model and optimizer."""
        import tensorflow as tf

        return tuple(tf.nest.flatten(self.carried))

    def __call__(self, model: keras.Model, batch: Mapping[str, tf.Tensor]) -> Sums:
        import tensorflow as tf

        read, wanted = batch["ids"][:, :-1], batch["ids"][:, 1:]
        if self.carried:
            before = tf.nest.map_structure(_of_any_batch, self.carried)
            logits, after = model.advance(read, before, training=True)
            tf.nest.map_structure(lambda variable, value: variable.assign(value), self.carried, after)
        else:
            logits = model({"ids": read}, training=True)
        losses = cross_entropy(wanted, logits, self.label_smoothing)
        right = tf.cast(tf.argmax(logits, axis=-1, output_type=wanted.dtype) == wanted, losses.dtype)
        count = tf.cast(tf.size(wanted), losses.dtype)
        return {"loss": (tf.reduce_sum(losses), count), "accuracy": (tf.reduce_sum(right), count)}


def _of_any_batch(variable: keras.Variable) -> tf.Tensor:
    """The value, through which no gradient flows. Batches do not tell their size before they come; nor may it."""
    import tensorflow as tf

    value = tf.stop_gradient(variable.value)
    return tf.compat.v1.placeholder_with_default(value, (None, *value.shape[1:]))


def _variables_for(state: Any) -> Any:
    import keras
    import tensorflow as tf

    return tf.nest.map_structure(lambda value: keras.Variable(value, trainable=False, name="carried"), state)
