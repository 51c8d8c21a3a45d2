"""The loss of a classifier, by hand."""

import math

import keras
import numpy as np
import pytest
import tensorflow as tf
from closeness import assert_close

from seqlab.errors import RequestError
from seqlab.tasks.classification.loss import LOSSES, ClassificationLoss, class_weights_of


def sums(logits, targets, **options):
    """The sums of a batch whose logits are given."""
    given = {"loss": None, "class_weights": None, "label_smoothing": 0.0} | options
    logits = np.array(logits, np.float32)
    x = keras.Input(logits.shape[1:], name="x")
    classes = max(logits.shape[1], 2)
    batch = {"x": tf.constant(logits), "targets": tf.constant(targets)}
    found = ClassificationLoss(classes, **given)(keras.Model({"x": x}, keras.layers.Identity()(x)), batch)
    return {name: tuple(float(each) for each in pair) for name, pair in found.items()}


def test_two_classes_by_hand():
    found = sums([[math.log(3)], [math.log(3)], [-1.0]], [1, 0, 0])
    assert_close(found["loss"], (-math.log(3 / 4) - math.log(1 / 4) + math.log(1 + math.exp(-1)), 3))
    assert found["accuracy"] == (2, 3)


def test_three_classes_by_hand():
    found = sums([[math.log(2), 0, 0], [0, 0, math.log(6)]], [0, 1])
    assert_close(found["loss"], (math.log(2) + math.log(8), 2))
    assert found["accuracy"] == (1, 2)


def test_label_smoothing_of_equal_logits_changes_nothing():
    assert_close(sums([[0.0, 0, 0]], [2], label_smoothing=0.3)["loss"], (math.log(3), 1))


def test_class_weights_weigh_the_sum_and_the_count():
    plain, weighted = (sums([[1.0], [1.0]], [0, 1], class_weights=w) for w in (None, np.array([3.0, 0.5])))
    by_class = [math.log(1 + math.e), math.log(1 + math.exp(-1))]
    assert_close(plain["loss"], (sum(by_class), 2))
    assert_close(weighted["loss"], (3 * by_class[0] + 0.5 * by_class[1], 3.5))
    assert weighted["accuracy"] == plain["accuracy"]


def test_balanced_weights_are_those_of_scikit_learn():
    weights = class_weights_of("balanced", ["a", "b"], np.array([0, 0, 0, 1]))
    assert_close(weights, [4 / (2 * 3), 4 / (2 * 1)])
    assert class_weights_of(None, ["a", "b"], np.array([0])) is None
    assert_close(class_weights_of({"b": 2.0, "a": 1.0}, ["a", "b"], np.array([0])), [1, 2])


@pytest.mark.parametrize(
    ("given", "message"),
    [({"a": 1.0, "c": 2.0}, "names no label of the data: c; the labels are a, b"), ({"a": 1.0}, "misses b")],
)
def test_weights_of_other_labels_are_refused(given, message):
    with pytest.raises(RequestError, match=message):
        class_weights_of(given, ["a", "b"], np.array([0, 1]))


@pytest.mark.parametrize("classes", [2, 3])
def test_every_loss_is_finite_and_those_of_other_cases_are_refused(classes):
    case, other = LOSSES["two classes"], LOSSES["more than two classes"]
    case, other = (case, other) if classes == 2 else (other, case)
    logits = [[0.5]] if classes == 2 else [[0.5, -0.5, 0.0]]
    assert all(math.isfinite(sums(logits, [1], loss=name)["loss"][0]) for name in case)
    for name in other:
        with pytest.raises(RequestError, match=f"'{name}' does not fit"):
            sums(logits, [1], loss=name)
