"""Sums of rows equal the dense product, in value and in gradient, by both implementations."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from closeness import assert_close

from seqlab.data.ragged import Ragged
from seqlab.layers.bag import NaiveBayesRows, SumOfRows, gathered_sum, rows_of_tokens, sparse_product

ROWS = [[1, 3], [0], [], [3, 2, 1, 0]]
WEIGHTS = [0.5, 2.0, 1.0, 1.0, 3.0, 0.25, 4.0]


def batch():
    tokens = Ragged.from_rows(ROWS)
    return tf.constant(tokens.values), tf.constant(tokens.offsets, tf.int32), tf.constant(WEIGHTS)


def dense_bags():
    bags = np.zeros((len(ROWS), 5), np.float32)
    weights = iter(WEIGHTS)
    for row, tokens in enumerate(ROWS):
        for token in tokens:
            bags[row, token] = next(weights)
    return bags


def test_equals_a_dense_layer_on_the_bags():
    layer, dense = SumOfRows(5, 3), keras.layers.Dense(3)
    dense(dense_bags())
    layer.build()
    layer.table.assign(dense.kernel)
    layer.bias.assign([0.5, -1.0, 2.0])
    dense.bias.assign([0.5, -1.0, 2.0])
    assert_close(layer(*batch()), dense(dense_bags()))


@pytest.mark.parametrize("way", [gathered_sum, sparse_product])
def test_value_and_gradient_of_each_implementation(way):
    table = tf.Variable(np.arange(15, dtype=np.float32).reshape(5, 3))
    tokens, offsets, weights = batch()
    rows = tf.constant(np.repeat(np.arange(4), np.diff(offsets)))
    with tf.GradientTape() as tape:
        sums = way(table, tokens, rows, tf.constant(4), weights)
        loss = tf.reduce_sum(tf.square(sums))
    assert_close(sums, dense_bags() @ table.numpy())
    expected = 2 * dense_bags().T @ (dense_bags() @ table.numpy())
    assert_close(tf.convert_to_tensor(tape.gradient(loss, table)), expected)


@pytest.mark.parametrize("lengths", [[2, 0, 0, 3], [0, 0, 1], [0], [4], [0, 2, 0]])
def test_the_text_of_each_token_is_found_without_counting_anew(lengths):
    offsets = np.cumsum([0, *lengths]).astype(np.int32)
    expected = np.repeat(np.arange(len(lengths)), lengths)
    np.testing.assert_array_equal(rows_of_tokens(tf.constant(offsets), tf.constant(offsets[-1])), expected)


def test_sums_on_a_gpu_are_the_same(simulated_gpu):
    test_equals_a_dense_layer_on_the_bags()


def test_without_weights_every_token_counts_once():
    layer = SumOfRows(5, 1, bias=False)
    layer.build()
    layer.table.assign(np.array([[1], [10], [100], [1000], [10000]], np.float32))
    tokens, offsets, _ = batch()
    np.testing.assert_array_equal(layer(tokens, offsets)[:, 0], [1010, 1, 0, 1111])


@pytest.mark.parametrize("policy", ["mixed_float16", "mixed_bfloat16"])
def test_sums_are_float32_under_mixed_precision(policy):
    layer = SumOfRows(5, 1, dtype=policy, bias=False)
    layer.build()
    layer.table.assign(np.full((5, 1), 1.0))
    many = tf.zeros(5000, tf.int32)
    # 5,000 ones do not add up in half precision; the cast comes last.
    assert float(layer(many, tf.constant([0, 5000]))[0, 0]) == pytest.approx(5000, rel=1e-2)
    assert layer(many, tf.constant([0, 5000])).dtype == layer.compute_dtype


def test_naive_bayes_rows_interpolate():
    ratio = np.array([[2.0], [-1.0], [0.5]], np.float32)
    layer = NaiveBayesRows(3, 1, log_count_ratio=ratio, beta=0.25)
    layer.build()
    assert_close(layer.effective_table(), ratio)  # w = 1: naive Bayes itself
    layer.table.assign([[4.0], [-2.0], [0.0]])
    mean = 2.0
    by_hand = ratio * (0.75 * mean + 0.25 * np.array([[4.0], [-2.0], [0.0]]))
    assert_close(layer.effective_table(), by_hand)
    assert [v.name for v in layer.trainable_variables] == ["table", "bias"]
