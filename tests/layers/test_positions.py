"""Positions by hand, and their purpose: order, distance."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from closeness import assert_close
from hypothesis import given, settings
from hypothesis import strategies as st

from seqlab.layers.positions import LearnedPositions, SinusoidalPositions, rotate, sinusoidal


def test_waves_by_hand():
    """Width 4: pairs of wavelength 2π and 2π · 100 (10,000 to the power of 2/4)."""
    expected = [
        [0, 1, 0, 1],
        [np.sin(1), np.cos(1), np.sin(0.01), np.cos(0.01)],
        [np.sin(7), np.cos(7), np.sin(0.07), np.cos(0.07)],
    ]
    assert_close(sinusoidal(tf.constant([0, 1, 7]), 4), expected)


def test_waves_equal_keras_sine_positions_but_for_the_order_of_the_numbers():
    waves = sinusoidal(tf.range(50), 6).numpy()
    angles = np.arange(50)[:, None] / 10_000 ** (np.arange(3) / 3)
    assert_close(waves[:, 0::2], np.sin(angles), scale=50)  # of the angles
    assert_close(waves[:, 1::2], np.cos(angles), scale=50)


def test_sinusoidal_positions_add_waves_to_scaled_vectors():
    vectors = tf.random.stateless_normal((2, 5, 16), (1, 2))
    assert_close(SinusoidalPositions()(vectors), 4 * vectors + sinusoidal(tf.range(5), 16))


def test_learned_positions_are_rows_of_a_table():
    layer = LearnedPositions(7)
    layer.build((None, None, 3))
    layer.table.assign(np.arange(21, dtype=np.float32).reshape(7, 3))
    vectors = tf.ones((2, 4, 3))
    np.testing.assert_array_equal(layer(vectors)[1], 1 + np.arange(12).reshape(4, 3))
    assert [variable.name for variable in layer.trainable_variables] == ["table"]


def test_rotation_by_hand():
    """Two numbers are a point in the plane; position m rotates it by m radians."""
    points = tf.constant([[[1.0, 0.0], [1.0, 0.0], [0.0, 2.0]]])
    expected = [[[1, 0], [np.cos(1), np.sin(1)], [-2 * np.sin(2), 2 * np.cos(2)]]]
    assert_close(rotate(points, tf.range(3)), expected)


def test_each_pair_of_four_rotates_at_its_own_frequency():
    rotated = rotate(tf.constant([[[1.0, 0.0, 1.0, 0.0]]]), tf.constant([5]))
    assert_close(rotated[0, 0], [np.cos(5), np.sin(5), np.cos(0.05), np.sin(0.05)])


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 400), st.integers(0, 400), st.integers(0, 1500))
def test_dot_products_depend_on_the_distance_alone(one, other, further):
    query, key = (tf.random.stateless_normal((1, 8), (3, seed)) for seed in (4, 5))

    def product(query_position, key_position):
        rotated = (rotate(query, tf.constant([query_position])), rotate(key, tf.constant([key_position])))
        return float(tf.reduce_sum(rotated[0] * rotated[1]))

    assert product(one, other) == pytest.approx(product(one + further, other + further), abs=2e-3)
    assert product(one, one) == pytest.approx(float(tf.reduce_sum(query * key)), abs=1e-4)


def test_neighbouring_positions_differ_under_half_precision():
    """float16 has no 2,049: angles computed in it would be equal."""
    rotated = rotate(tf.ones((1, 2, 2), tf.float16), tf.constant([2048, 2049]))
    assert rotated.dtype == tf.float16
    np.testing.assert_allclose(rotated[0, 1], [np.cos(2049) - np.sin(2049), np.cos(2049) + np.sin(2049)], atol=2e-3)
    assert float(tf.reduce_max(tf.abs(rotated[0, 0] - rotated[0, 1]))) > 0.5


@pytest.mark.parametrize("layer", [SinusoidalPositions, lambda **options: LearnedPositions(9, **options)])
def test_mixed_precision_keeps_the_compute_dtype(layer):
    assert keras.backend.standardize_dtype(layer(dtype="mixed_bfloat16")(tf.ones((2, 3, 4))).dtype) == "bfloat16"
