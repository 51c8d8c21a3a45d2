"""The loss of a classifier."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from seqlab.errors import RequestError
from seqlab.text_format import visible_name

if TYPE_CHECKING:
    import keras
    import tensorflow as tf

    from seqlab.training.loss import Sums

LOSSES = {
    "two classes": ("binary_crossentropy", "binary_focal_crossentropy", "hinge", "squared_hinge"),
    "more than two classes": ("categorical_crossentropy", "categorical_focal_crossentropy", "categorical_hinge"),
}
"""Keras losses that take logits and one target per text (hinge losses: a score whose sign is the class)."""


class ClassificationLoss:
    """Cross-entropy, or another Keras loss, of a batch and its accuracy, as sums.

    Two classes have one logit. `class_weights`: (classes,) or None; the loss is then a weighted mean: its count is
    the sum of the weights.
    """

    metric_names = ("loss", "accuracy")
    variables = ()

    def __init__(
        self, classes: int, *, loss: str | None, class_weights: np.ndarray | None, label_smoothing: float
    ) -> None:
        self.classes, self.class_weights = classes, class_weights
        self.loss = _keras_loss(loss, classes, label_smoothing)

    def begin_epoch(self) -> None:
        """Examples are independent: nothing is carried over."""

    def __call__(self, model: keras.Model, batch: Mapping[str, tf.Tensor]) -> Sums:
        import tensorflow as tf

        targets = batch["targets"]
        logits = tf.cast(model({name: batch[name] for name in model.input}, training=True), tf.float32)
        if self.classes == 2:
            expected = tf.cast(targets, tf.float32)[:, None]
            predicted = tf.cast(logits[:, 0] > 0, targets.dtype)
        else:
            expected = tf.one_hot(targets, self.classes)
            predicted = tf.argmax(logits, axis=1, output_type=targets.dtype)
        losses = self.loss.call(expected, logits)  # `self.loss(…)` would apply a mask that outlived its time axis
        weights = tf.ones_like(losses)
        if self.class_weights is not None:
            weights = tf.gather(tf.constant(self.class_weights, losses.dtype), targets)
        correct = tf.cast(tf.equal(predicted, targets), losses.dtype)
        return {
            "loss": (tf.reduce_sum(weights * losses), tf.reduce_sum(weights)),
            "accuracy": (tf.reduce_sum(correct), tf.cast(tf.size(correct), losses.dtype)),
        }


def class_weights_of(given: Any, labels: Sequence[str], targets: np.ndarray) -> np.ndarray | None:
    """(classes,) from `None`, `balanced` (n / (classes · n of the class), as scikit-learn) or label → weight."""
    if given is None:
        return None
    if given == "balanced":
        sizes = np.bincount(targets, minlength=len(labels))
        return len(targets) / (len(labels) * sizes)
    unknown = sorted(set(given) - set(labels))
    missing = sorted(set(labels) - set(given))
    if unknown or missing:
        problem = f"names no label of the data: {_named(unknown)}" if unknown else f"misses {_named(missing)}"
        raise RequestError(f"training.class_weights {problem}; the labels are {_named(labels)}")
    return np.array([given[label] for label in labels])


def _named(labels: Sequence[str]) -> str:
    return ", ".join(map(visible_name, labels))


def loss_of(name: str | None, classes: int) -> str:
    """The name of a Keras loss; None: cross-entropy. Raises RequestError for one that does not fit so many classes."""
    case = "two classes" if classes == 2 else "more than two classes"
    name = name or LOSSES[case][0]
    if name not in LOSSES[case]:
        raise RequestError(f"training.loss: '{name}' does not fit {case}; there are {', '.join(LOSSES[case])}")
    return name


def is_cross_entropy(name: str | None, classes: int) -> bool:
    return loss_of(name, classes) in ("binary_crossentropy", "categorical_crossentropy")


def _keras_loss(name: str | None, classes: int, label_smoothing: float) -> keras.losses.Loss:
    """A loss per text on logits, unreduced."""
    import keras

    name = loss_of(name, classes)
    options: dict[str, Any] = {"reduction": "none"}
    if name.endswith("crossentropy"):
        options |= {"from_logits": True, "label_smoothing": label_smoothing}
    return getattr(keras.losses, name.title().replace("_", ""))(**options)
