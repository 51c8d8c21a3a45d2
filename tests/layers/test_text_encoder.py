"""A pretrained encoder as a layer: its variables are weights, and the function reads them."""

import keras
import numpy as np
import tensorflow as tf

from seqlab.layers.text_encoder import TextEncoderLayer


def layer_of():
    table = tf.Variable([[1.0, 2.0], [3.0, 4.0]], name="words/table")
    frozen = tf.Variable([0.0], trainable=False, name="frozen")
    encode = lambda texts: tf.gather(table, tf.strings.length(texts) % 2) + 0 * frozen  # noqa: E731
    return TextEncoderLayer(encode, [table, frozen], 2, name="encoder")


def test_the_variables_are_weights_in_the_same_memory():
    layer = layer_of()
    texts = keras.Input((), dtype="string")
    model = keras.Model(texts, layer(texts))
    assert model.output.shape == (None, 2)
    assert [weight.name for weight in model.weights] == ["words_table", "frozen"]
    assert [weight.name for weight in model.trainable_weights] == ["words_table"]
    given = tf.constant(["ab", "a"])
    assert model(given).numpy().tolist() == [[1, 2], [3, 4]]
    model.weights[0].assign(np.zeros((2, 2)))
    assert model(given).numpy().tolist() == [[0, 0], [0, 0]]


def test_gradients_reach_the_variables():
    layer = layer_of()
    with tf.GradientTape() as tape:
        total = tf.reduce_sum(layer(tf.constant(["ab", "cd", "a"])))
    (gradient,) = tape.gradient(total, layer.trainable_variables)
    assert tf.convert_to_tensor(gradient).numpy().tolist() == [[2, 2], [1, 1]]
