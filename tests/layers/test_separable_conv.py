"""Separable convolutions against Keras' with the same weights, both implementations; padding; the block."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from closeness import assert_close
from random_tensors import normal

from seqlab.layers.separable_conv import (
    SeparableConv,
    SeparableConvBlock,
    depthwise,
    depthwise_operation,
    shifted_sums,
)

MASK = tf.constant([[True] * 5, [True, True, False, False, False]])


@pytest.mark.parametrize("kernel", [1, 2, 3, 4, 7])
def test_equals_keras(kernel):
    ours, theirs = SeparableConv(6, kernel), keras.layers.SeparableConv1D(6, kernel, padding="same")
    ours.build((None, None, 4))
    theirs.build((None, None, 4))
    ours.bias.assign(normal(6))
    theirs.set_weights([ours.depthwise[:, :, None], ours.pointwise[None], ours.bias])
    assert_close(ours(normal(2, 5, 4)), theirs(normal(2, 5, 4)))
    assert ours.count_params() == 4 * kernel + 4 * 6 + 6


@pytest.mark.parametrize("kernel", [1, 4, 5])
def test_value_and_gradients_of_both_implementations(kernel):
    results = []
    for way in (depthwise_operation, shifted_sums):
        vectors, weights = tf.Variable(normal(2, 6, 3)), tf.Variable(normal(kernel, 3, seed=1))
        with tf.GradientTape() as tape:
            output = way(vectors, weights)
            loss = tf.reduce_sum(output**3)
        results.append([output, *tape.gradient(loss, [vectors, weights])])
    for one, other in zip(*results, strict=True):
        assert_close(one, other)


def test_by_hand():
    """One channel, kernel (1, 10, 100): the positions before, at and after each one."""
    output = depthwise(tf.constant([[[1.0], [2.0], [3.0]]]), tf.constant([[1.0], [10.0], [100.0]]))
    np.testing.assert_array_equal(output[0, :, 0], [210, 321, 32])


@pytest.mark.parametrize("kernel", [2, 3])
def test_masked_positions_count_as_the_end_of_the_text(kernel):
    layer, vectors = SeparableConv(3, kernel), normal(2, 5, 4)
    masked, cut = layer(vectors, mask=MASK), layer(vectors[1:, :2])
    assert_close(masked[1, :2], cut[0])
    assert not np.allclose(layer(vectors)[1, :2], cut[0], atol=1e-3)


def test_a_block_adds_two_convolutions_to_its_input():
    block, vectors = SeparableConvBlock(4, 3), normal(2, 5, 4)
    block.build((None, None, 4))
    for number, variable in enumerate(block.trainable_variables):
        variable.assign_add(0.2 * normal(*variable.shape, seed=number))
    expected = vectors
    for norm, convolution in zip(block.norms, block.convolutions, strict=True):
        peer = keras.layers.SeparableConv1D(4, 3, padding="same")
        peer.build((None, None, 4))
        peer.set_weights([convolution.depthwise[:, :, None], convolution.pointwise[None], convolution.bias])
        mean, deviation = tf.reduce_mean(expected, -1, True), tf.math.reduce_variance(expected, -1, True)
        normed = (expected - mean) / tf.sqrt(deviation + 1e-5) * norm.gamma + norm.beta
        expected = peer(tf.nn.relu(normed) * tf.cast(MASK, tf.float32)[:, :, None])
    assert_close(block(vectors, mask=MASK), vectors + expected)
    assert block.count_params() == 2 * (4 * 3 + 4 * 4 + 4 + 4 + 4)
