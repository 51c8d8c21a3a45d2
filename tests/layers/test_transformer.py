"""The encoder block, rebuilt from Keras' layers."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from closeness import assert_close
from random_tensors import scrambled

from seqlab.layers.normalization import layer_norm
from seqlab.layers.transformer import TransformerBlock

MASK = tf.constant([[True, True, True, True], [True, True, False, False]])


def vectors(width=8):
    return tf.random.stateless_normal((2, 4, width), (7, 7))


@pytest.mark.parametrize("causal", [False, True])
def test_equals_keras_layers(causal):
    block = TransformerBlock(2, 8, 12)
    block.build((None, None, 8))
    scrambled(block)
    weights = iter(block.get_weights())

    def like(peer, *shapes):
        peer.build(*shapes)
        peer.set_weights([next(weights).reshape(weight.shape) for weight in peer.weights])
        return peer

    shape = (None, None, 8)
    first = like(keras.layers.LayerNormalization(epsilon=1e-5), shape)
    attention = like(keras.layers.MultiHeadAttention(2, 4), shape, shape)
    second = like(keras.layers.LayerNormalization(epsilon=1e-5), shape)
    widen, narrow = (
        like(keras.layers.Dense(12, "relu"), shape),
        like(keras.layers.Dense(8), (None, None, 12)),
    )
    inputs = vectors()
    normed = first(inputs)
    middle = inputs + attention(normed, normed, attention_mask=MASK[:, None], use_causal_mask=causal)
    expected = middle + narrow(widen(second(middle)))
    assert_close(block(inputs, mask=MASK, causal=causal)[MASK], expected[MASK])
    assert next(weights, None) is None


def test_parameters_by_hand():
    block = TransformerBlock(4, 16, 40)
    block(vectors(16))
    attention, feed_forward, norms = 4 * (16 * 16 + 16), 16 * 40 + 40 + 40 * 16 + 16, 2 * (16 + 16)
    assert block.count_params() == attention + feed_forward + norms


def test_a_causal_block_does_not_depend_on_later_tokens():
    block, inputs = TransformerBlock(2, 8, 12, rotary=True), vectors().numpy()
    before = block(inputs, causal=True)
    inputs[:, 2:] += 1
    after = block(inputs, causal=True)
    np.testing.assert_array_equal(before[:, :2], after[:, :2])
    assert not np.allclose(before[:, 2:], after[:, 2:])


def test_dropout_in_training_only_and_on_both_sublayers():
    block, inputs = TransformerBlock(2, 8, 12, dropout=0.9), vectors()
    np.testing.assert_array_equal(block(inputs), block(inputs, training=False))
    unchanged = np.mean([np.isclose(block(inputs, training=True), inputs).mean() for _ in range(30)])
    assert unchanged == pytest.approx(0.9**2, abs=0.05)


def test_norms_are_over_each_token_alone():
    norm = scrambled(layer_norm("norm"))
    norm.build((None, None, 8))
    inputs = vectors()
    assert_close(norm(inputs)[:, :2], norm(inputs[:, :2]))
    variances = tf.math.reduce_variance(inputs, -1, True)
    by_hand = (inputs - tf.reduce_mean(inputs, -1, True)) / tf.sqrt(variances + 1e-5)
    assert_close(norm(inputs), by_hand)
