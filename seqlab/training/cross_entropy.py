"""What a true id costs, in nats."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from seqlab.runtime import has_gpu

if TYPE_CHECKING:
    import tensorflow as tf


def cross_entropy(wanted: tf.Tensor, logits: tf.Tensor, label_smoothing: float, *, first: int = 0) -> tf.Tensor:
    """Of each place: ids (…), logits (…, vocabulary) → (…); smoothing spreads its share of the target over all ids
    from `first` on (Szegedy et al. 2016, section 7).

    Ids before `first` get no share of it: padding and the start of a sentence never come, nor should the unknown or an
    early end.
    """
    import tensorflow as tf

    if not label_smoothing:
        return tf.nn.sparse_softmax_cross_entropy_with_logits(wanted, logits)
    size = logits.shape[-1]
    losses = _smoothed(tf.reshape(wanted, (-1,)), tf.reshape(logits, (-1, size)), label_smoothing, first)
    return tf.reshape(losses, tf.shape(wanted))


def _smoothed(wanted: tf.Tensor, logits: tf.Tensor, label_smoothing: float, first: int) -> tf.Tensor:
    """ids (places,), logits (places, vocabulary) → (places,).

    With a gradient of its own, that of all parts of the loss in one: softmax − target. A pass over the logits of a
    large vocabulary costs as much as a layer, and left to differentiation the parts take several each.
    """
    import tensorflow as tf

    size = logits.shape[-1]
    share = label_smoothing / (size - first)

    @tf.custom_gradient
    def losses(logits: tf.Tensor) -> tuple[tf.Tensor, Callable[[tf.Tensor], tf.Tensor]]:
        highest = tf.reduce_max(logits, axis=-1, keepdims=True)
        weights = tf.exp(logits - highest)
        total = tf.reduce_sum(weights, axis=-1, keepdims=True)
        of_true = tf.gather(logits, wanted, batch_dims=1)
        of_all = tf.reduce_sum(logits, axis=-1) - tf.reduce_sum(logits[:, :first], axis=-1)
        expected = (1 - label_smoothing) * of_true + share * of_all

        def gradient(upstream: tf.Tensor) -> tf.Tensor:
            spread = tf.where(tf.range(size) < first, 0.0, share)
            of_logits = (weights / total - spread) * upstream[:, None]
            if has_gpu():  # where a deterministic scatter copies everything to the host and back
                return of_logits - tf.one_hot(wanted, size) * ((1 - label_smoothing) * upstream)[:, None]
            places = tf.stack([tf.range(tf.size(wanted)), tf.cast(wanted, tf.int32)], axis=1)
            return tf.tensor_scatter_nd_sub(of_logits, places, (1 - label_smoothing) * upstream)

        return (tf.math.log(total) + highest)[:, 0] - expected, gradient

    return losses(logits)
