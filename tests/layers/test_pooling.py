"""Pooling by hand; vectors at padding never matter."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from closeness import assert_close

from seqlab.layers.pooling import masked_max, masked_mean

VECTORS = tf.constant([[[1.0, -5.0], [3.0, -7.0], [50.0, 90.0]], [[2.0, -1.0], [60.0, 80.0], [70.0, 70.0]]])
MASK = tf.constant([[True, True, False], [True, False, False]])


def test_by_hand():
    np.testing.assert_array_equal(masked_mean(VECTORS, MASK), [[2, -6], [2, -1]])
    np.testing.assert_array_equal(masked_max(VECTORS, MASK), [[3, -5], [2, -1]])


def test_without_a_mask_all_positions_count():
    assert_close(masked_mean(VECTORS), [[18, 26], [44, 149 / 3]])
    np.testing.assert_array_equal(masked_max(VECTORS), [[50, 90], [70, 80]])


@pytest.mark.parametrize("pool", [masked_mean, masked_max])
def test_gradients_reach_tokens_only(pool):
    vectors = tf.Variable(VECTORS)
    with tf.GradientTape() as tape:
        total = tf.reduce_sum(pool(vectors, MASK))
    gradient = tf.convert_to_tensor(tape.gradient(total, vectors)).numpy()
    assert np.all(gradient[~MASK.numpy()] == 0)
    assert_close(gradient.sum(axis=1), np.ones((2, 2)))


@pytest.mark.parametrize("dtype", [tf.float16, tf.bfloat16])
def test_half_precision(dtype):
    """A sum of 5,000 ones does not fit bfloat16, and of 5,000 hundreds not float16."""
    vectors, mask = tf.fill((1, 6000, 1), tf.constant(100, dtype)), tf.sequence_mask([5000], 6000)
    assert masked_mean(vectors, mask).dtype == masked_max(vectors, mask).dtype == dtype
    assert float(masked_mean(vectors, mask)[0, 0]) == float(masked_max(-vectors, mask)[0, 0]) * -1 == 100


def test_in_a_functional_model():
    vectors, mask = keras.Input((None, 2)), keras.Input((None,), dtype="bool")
    model = keras.Model([vectors, mask], [masked_mean(vectors, mask), masked_max(vectors, mask)])
    assert model.output_shape == [(None, 2), (None, 2)]
    mean, highest = model([VECTORS, MASK])
    np.testing.assert_array_equal(mean, [[2, -6], [2, -1]])
    np.testing.assert_array_equal(highest, [[3, -5], [2, -1]])
