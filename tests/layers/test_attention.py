"""Attention against Keras' own with the same weights, masks, causality, order."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from closeness import are_close, assert_close
from random_tensors import normal

from seqlab.layers.attention import Attention, attend, future_keys, join_heads, split_heads

MASK = tf.constant([[True, True, True, False], [True, True, False, False]])


def pair(heads, width, query_width, key_width):
    """Our layer and Keras' `MultiHeadAttention` with the same weights."""
    ours = Attention(heads, width)
    theirs = keras.layers.MultiHeadAttention(heads, width // heads, output_shape=width)
    ours.build((None, None, query_width), (None, None, key_width), (None, None, key_width))
    theirs.build((None, None, query_width), (None, None, key_width))
    for mine, its in zip(ours.trainable_variables, theirs.trainable_variables, strict=True):
        mine.assign(0.3 * normal(*mine.shape, seed=mine.shape[-1] + len(mine.path)))
        its.assign(tf.reshape(mine, its.shape))
    return ours, theirs


@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize("mask", [None, MASK])
def test_self_attention_equals_keras(mask, causal):
    ours, theirs = pair(2, 6, 6, 6)
    vectors = normal(2, 4, 6)
    expected = theirs(vectors, vectors, attention_mask=None if mask is None else mask[:, None], use_causal_mask=causal)
    assert_close(ours(vectors, vectors, vectors, mask=mask, causal=causal), expected)


def test_attention_to_another_text_equals_keras():
    ours, theirs = pair(3, 12, 5, 7)
    queries, keys, values = normal(2, 3, 5), normal(2, 4, 7, seed=1), normal(2, 4, 7, seed=2)
    expected = theirs(queries, values, keys, attention_mask=MASK[:, None])
    assert_close(ours(queries, keys, values, mask=MASK), expected)


def test_gradients_equal_keras():
    ours, theirs = pair(2, 6, 6, 6)
    vectors = normal(2, 4, 6)
    with tf.GradientTape(persistent=True) as tape:
        mine = tf.reduce_sum(ours(vectors, vectors, vectors, mask=MASK) ** 2)
        its = tf.reduce_sum(theirs(vectors, vectors, attention_mask=MASK[:, None]) ** 2)
    found = tape.gradient(mine, [variable.value for variable in ours.trainable_variables])
    expected = tape.gradient(its, [variable.value for variable in theirs.trainable_variables])
    scale = max(np.abs(each).max() for each in expected)  # that of the keys' bias is a difference of such numbers: 0
    for gradient, peer in zip(found, expected, strict=True):
        assert_close(gradient, tf.reshape(peer, gradient.shape), scale=scale)


def test_by_hand():
    """Scores 0 and √2·ln 3 / √2: weights 1/4 and 3/4."""
    queries = tf.constant([[[[1.0, 0.0]]]])
    keys = tf.constant([[[[0.0, 9.0], [np.sqrt(2) * np.log(3), 0.0]]]], tf.float32)
    values = tf.constant([[[[4.0, 0.0], [0.0, 4.0]]]])
    assert_close(attend(queries, keys, values)[0, 0, 0], [1, 3])
    np.testing.assert_array_equal(attend(queries, keys, values, tf.constant([[True, False]]))[0, 0, 0], [4, 0])


def test_masked_keys_have_no_influence():
    vectors, other = normal(2, 4, 6).numpy(), normal(2, 4, 6).numpy()
    other[~MASK.numpy()] = 1e4
    layer = Attention(2, 6)
    outputs = [layer(tensor, tensor, tensor, mask=MASK)[MASK] for tensor in (vectors, other)]
    np.testing.assert_array_equal(*outputs)


@pytest.mark.parametrize("rotary", [False, True])
def test_the_last_queries_alone_give_the_same_result(rotary):
    """So a text can be continued token by token with cached keys."""
    layer, vectors = Attention(2, 8, rotary=rotary), normal(1, 5, 8)
    whole = layer(vectors, vectors, vectors, causal=True)
    for count in (1, 2):
        part = layer(vectors[:, -count:], vectors, vectors, causal=True)
        assert_close(part, whole[:, -count:])
    earlier = layer(vectors[:, :3], vectors[:, :3], vectors[:, :3], causal=True)
    assert_close(earlier, whole[:, :3])


def test_future_keys():
    expected = [[0, 0, 0, 1], [0, 0, 0, 0]]
    np.testing.assert_array_equal(future_keys(tf.constant(2), tf.constant(4)), np.array(expected, bool))


def test_order_matters_with_rotary_positions_only():
    vectors = normal(1, 6, 8)
    for rotary in (False, True):
        layer = Attention(2, 8, rotary=rotary)
        backwards = vectors[:, ::-1]
        there, back = layer(vectors, vectors, vectors), layer(backwards, backwards, backwards)[:, ::-1]
        assert are_close(there, back) is not rotary


def test_heads_are_split_and_joined():
    vectors = tf.reshape(tf.range(24.0), (1, 3, 8))
    heads = split_heads(vectors, 2)
    np.testing.assert_array_equal(heads[0, 1], [[4, 5, 6, 7], [12, 13, 14, 15], [20, 21, 22, 23]])
    np.testing.assert_array_equal(join_heads(heads), vectors)


@pytest.mark.parametrize("policy", ["mixed_float16", "mixed_bfloat16"])
def test_half_precision_stays_finite_and_near(policy):
    """Scores of a few hundred overflow a float16 exponential."""
    exact, half = Attention(2, 8), Attention(2, 8, dtype=policy)
    vectors = 12 * normal(2, 4, 8)
    expected = exact(vectors, vectors, vectors, mask=MASK)
    half.build(*[(None, None, 8)] * 3)
    half.set_weights(exact.get_weights())
    output = half(vectors, vectors, vectors, mask=MASK)
    assert output.dtype == half.compute_dtype
    assert np.all(np.isfinite(tf.cast(output, tf.float32)))
    assert output.shape == expected.shape


def test_in_a_functional_model_of_any_length():
    inputs, mask = keras.Input((None, 6)), keras.Input((None,), dtype="bool")
    model = keras.Model([inputs, mask], Attention(2, 4)(inputs, inputs, inputs, mask=mask))
    assert model.output_shape == (None, None, 4)
    assert model([normal(2, 4, 6), MASK]).shape == (2, 4, 4)
    assert model.count_params() == 3 * (6 * 4 + 4) + (4 * 4 + 4)
