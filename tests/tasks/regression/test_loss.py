"""The losses of numbers, by hand."""

import math

import keras
import numpy as np
import pytest
import tensorflow as tf

from seqlab.tasks.regression.loss import RegressionLoss


def mean_of(loss, predicted=(0.0, 3.0, -0.5), targets=(0.5, 0.0, -0.5)):
    """The sum and the count of a batch whose outputs are given."""
    x = keras.Input((1,), name="x")
    batch = {"x": tf.constant(np.array(predicted, np.float32)[:, None]), "targets": tf.constant(targets, tf.float32)}
    total, count = RegressionLoss(loss)(keras.Model({"x": x}, keras.layers.Identity()(x)), batch)["loss"]
    return float(total), float(count)


@pytest.mark.parametrize(
    ("loss", "total"),
    [
        (None, 0.25 + 9),
        ("mean_squared_error", 0.25 + 9),
        ("mse", 0.25 + 9),
        ("mean_absolute_error", 0.5 + 3),
        ("mae", 0.5 + 3),
        ("huber", 0.5 * 0.25 + (3 - 0.5)),
        ("log_cosh", math.log(math.cosh(0.5)) + math.log(math.cosh(3))),
    ],
)
def test_sums_over_the_batch(loss, total):
    assert mean_of(loss) == (pytest.approx(total), 3)
