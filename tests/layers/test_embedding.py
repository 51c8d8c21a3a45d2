"""Rows of a table, gathered before they are cast."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from closeness import assert_close

from seqlab.layers.embedding import ColumnEmbeddings, Embedding, token_mask


def test_rows_and_gradient_are_those_of_keras():
    ours, theirs = Embedding(6, 3, name="embedding", initializer="uniform"), keras.layers.Embedding(6, 3)
    ours.build()
    theirs.build()
    theirs.set_weights(ours.get_weights())
    ids = tf.constant([[1, 4, 4], [5, 0, 1]])
    with tf.GradientTape(persistent=True) as tape:
        a, b = tf.reduce_sum(tf.exp(ours(ids))), tf.reduce_sum(tf.exp(theirs(ids)))
    np.testing.assert_array_equal(ours(ids), theirs(ids))
    gradient = tape.gradient(a, ours.table.value)
    assert isinstance(gradient, tf.IndexedSlices)
    expected = tf.convert_to_tensor(tape.gradient(b, theirs.embeddings.value))
    assert_close(tf.convert_to_tensor(gradient), expected)
    assert [v.path for v in ours.trainable_variables] == ["embedding/table"]


@pytest.mark.parametrize("policy", ["mixed_float16", "mixed_bfloat16"])
def test_under_mixed_precision_only_rows_are_cast(policy):
    layer = Embedding(1000, 2, dtype=policy, initializer="uniform")
    layer.build()
    assert layer.table.dtype == "float32"
    with tf.GradientTape() as tape:
        vectors = layer(tf.constant([[7, 9]]))
        loss = tf.reduce_sum(vectors)
    assert vectors.dtype == layer.compute_dtype
    gradient = tape.gradient(loss, layer.table.value)
    assert isinstance(gradient, tf.IndexedSlices)
    assert gradient.values.dtype == tf.float32
    assert sorted(gradient.indices.numpy()) == [7, 9]


def test_starts_as_keras_does():
    keras.utils.set_random_seed(1)
    layer = Embedding(2000, 8, initializer="uniform")
    layer.build()
    values = layer.table.numpy()
    assert np.abs(values).max() <= 0.05
    assert values.std() == pytest.approx(0.05 / np.sqrt(3), rel=0.05)


def test_in_a_functional_model():
    ids = keras.Input((None,), dtype="int32")
    vectors = Embedding(9, 4, dtype="mixed_float16", initializer="uniform")(ids)
    assert (vectors.shape, vectors.dtype) == ((None, None, 4), "float16")
    assert keras.Model(ids, vectors)(np.array([[1, 2]])).shape == (1, 2, 4)


def test_padding_is_no_token():
    np.testing.assert_array_equal(
        token_mask(tf.constant([[3, 1, 0], [2, 0, 0]])), [[True, True, False], [True, False, False]]
    )
    assert token_mask(keras.Input((None,), dtype="int32")).dtype == "bool"


def test_each_column_has_rows_of_its_own():
    layer = ColumnEmbeddings((2, 3), 2)
    layer.build()
    table = np.arange(10, dtype=np.float32).reshape(5, 2)
    layer.table.assign(table)
    found = layer(tf.constant([[0, 0], [1, 2]]))
    np.testing.assert_array_equal(found, [[*table[0], *table[2]], [*table[1], *table[4]]])
    symbolic = layer(keras.Input((2,), dtype="int32"))
    assert symbolic.shape == (None, 4)
