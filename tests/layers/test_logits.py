"""Logits from rows against Keras' dense layer; some of them against all of them."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from closeness import assert_close
from random_tensors import normal

from seqlab.layers.embedding import Embedding
from seqlab.layers.logits import Logits, TiedLogits

SIZE, WIDTH = 9, 4


def plain():
    layer = Logits(SIZE)
    layer.build((None, None, WIDTH))
    layer.bias.assign(normal(SIZE, seed=1))
    return layer


def tied():
    embedding = Embedding(SIZE, WIDTH, initializer="uniform")
    embedding.build()
    embedding.table.assign(normal(SIZE, WIDTH, seed=2))
    layer = TiedLogits(embedding)
    layer.build((None, None, WIDTH))
    layer.bias.assign(normal(SIZE, seed=1))
    return layer


each_kind = pytest.mark.parametrize("make", [plain, tied])


@each_kind
@pytest.mark.parametrize("shape", [(7,), (2, 3), (2, 3, 5)])
def test_equals_a_dense_layer_with_the_rows_as_columns(make, shape):
    layer, dense, vectors = make(), keras.layers.Dense(SIZE), normal(*shape, WIDTH)
    dense.build((None, WIDTH))
    dense.set_weights([layer.table.numpy().T, layer.bias.numpy()])
    assert_close(layer(vectors), dense(vectors))


def test_it_starts_as_a_dense_layer_does():
    layer, dense = Logits(300), keras.layers.Dense(300)
    for each in (layer, dense):
        each.build((None, 200))
    assert np.std(layer.table) == pytest.approx(np.std(dense.kernel), rel=0.05)
    np.testing.assert_array_equal(layer.bias, np.zeros(300))
    assert layer.count_params() == dense.count_params()


@each_kind
def test_those_of_some_ids_are_columns_of_all(make):
    layer, vectors = make(), normal(6, WIDTH)
    whole = layer(vectors).numpy()
    shared = [3, 0, 8, 3]
    assert_close(layer.of(vectors, tf.constant(shared)), whole[:, shared])
    own = [[3], [0], [8], [8], [1], [2]]
    assert_close(layer.of(vectors, tf.constant(own)), np.take_along_axis(whole, np.array(own), 1))


@each_kind
def test_the_gradient_of_some_ids_reaches_their_rows_only(make):
    layer = make()
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(layer.of(normal(6, WIDTH), tf.constant([3, 8])) ** 2)
    gradients = tape.gradient(loss, [layer.table.value, layer.bias.value])
    for gradient in gradients:
        assert isinstance(gradient, tf.IndexedSlices)
        reached = np.any(np.reshape(tf.convert_to_tensor(gradient), (SIZE, -1)) != 0, axis=1)
        assert np.flatnonzero(reached).tolist() == [3, 8]


def test_tied_logits_have_a_bias_and_no_other_table():
    layer = tied()
    assert layer.table is layer.tied_to.table
    assert {each.path for each in layer.trainable_variables} == {layer.table.path, layer.bias.path}
    vectors, before = normal(6, WIDTH), layer(normal(6, WIDTH))
    layer.tied_to.table.assign(2 * layer.tied_to.table)
    assert_close(layer(vectors) - layer.bias, 2 * (before - layer.bias))


def test_of_vectors_in_half_precision_in_float32():
    """As in a model under a mixed policy: its logits layer is float32."""
    layer = Logits(SIZE, dtype="float32")
    vectors = tf.cast(normal(6, WIDTH), tf.bfloat16)
    whole, some = layer(vectors), layer.of(vectors, tf.constant([1, 2]))
    assert whole.dtype == some.dtype == tf.float32
    assert_close(some, whole[:, 1:3])
