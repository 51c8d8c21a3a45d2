"""The loss of a language model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from seqlab.training.cross_entropy import cross_entropy

if TYPE_CHECKING:
    import keras
    import tensorflow as tf

    from seqlab.training.loss import Sums


class NextTokenLoss:
    """Cross-entropy of the next id at every position of every window, and how often it was the most probable.

    `batch["ids"]`: (batch, window + 1); all but the last id are read, all but the first are predicted. `streams`: the
    batch size if the model's state is carried from batch to batch; None: each window starts from the initial state.
    """

    metric_names = ("loss", "accuracy")

    def __init__(self, model: keras.Model, *, label_smoothing: float, streams: int | None) -> None:
        self.label_smoothing = label_smoothing
        self.carried = _variables_for(model.initial_state(streams)) if streams else ()

    def begin_epoch(self) -> None:
        """The text starts again: so does the carried state."""
        import tensorflow as tf

        for variable in tf.nest.flatten(self.carried):
            variable.assign(tf.zeros_like(variable.value))

    @property
    def variables(self) -> Sequence[keras.Variable]:
        """The carried state."""
        import tensorflow as tf

        return tuple(tf.nest.flatten(self.carried))

    def __call__(self, model: keras.Model, batch: Mapping[str, tf.Tensor]) -> Sums:
        import tensorflow as tf

        from seqlab.training.device_shares import with_rows_of_share

        inputs, targets = batch["ids"][:, :-1], batch["ids"][:, 1:]
        if self.carried:
            before = tf.nest.map_structure(lambda variable: _share_of(variable, batch), self.carried)
            logits, after = model.advance(inputs, before, training=True)
            for variable, value in zip(self.variables, tf.nest.flatten(after), strict=True):
                variable.assign(with_rows_of_share(variable.value, batch, value))
        else:
            logits = model({"ids": inputs}, training=True)
        losses = cross_entropy(targets, logits, self.label_smoothing)
        correct = tf.cast(tf.argmax(logits, axis=-1, output_type=targets.dtype) == targets, losses.dtype)
        count = tf.cast(tf.size(targets), losses.dtype)
        return {"loss": (tf.reduce_sum(losses), count), "accuracy": (tf.reduce_sum(correct), count)}


def _share_of(variable: keras.Variable, batch: Mapping[str, tf.Tensor]) -> tf.Tensor:
    """The value for the streams of this batch without its gradient, of unknown batch size: the batches of the input
    pipeline have no static one."""
    import tensorflow as tf

    from seqlab.training.device_shares import rows_of_share

    value = rows_of_share(tf.stop_gradient(variable.value), batch, tf.shape(batch["ids"])[0])
    return tf.compat.v1.placeholder_with_default(value, (None, *value.shape[1:]))


def _variables_for(state: Any) -> Any:
    import keras
    import tensorflow as tf

    def variable(value: tf.Tensor) -> keras.Variable:
        """Every device has the states of all streams, and writes the same."""
        return keras.Variable(value, trainable=False, name="carried", aggregation="only_first_replica")

    return tf.nest.map_structure(variable, state)
