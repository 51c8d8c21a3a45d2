"""What a true id costs, in nats."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import tensorflow as tf


def cross_entropy(wanted: tf.Tensor, logits: tf.Tensor, label_smoothing: float, *, first: int = 0) -> tf.Tensor:
    """Of each place: ids (…), logits (…, vocabulary) → (…); smoothing spreads its share of the target over all ids
    from `first` on (Szegedy et al. 2016, section 7).

    Ids before `first` get no share of it: padding and the start of a sentence never come, nor should the unknown or an
    early end.
    """
    import tensorflow as tf

    losses = tf.nn.sparse_softmax_cross_entropy_with_logits(wanted, logits)
    if not label_smoothing:
        return losses
    everywhere = tf.reduce_logsumexp(logits, axis=-1) - tf.reduce_mean(logits[..., first:], axis=-1)
    return (1 - label_smoothing) * losses + label_smoothing * everywhere
