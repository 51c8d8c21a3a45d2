"""Luong's and Bahdanau's attention against the layers of Keras and against the papers' formulas in NumPy."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from closeness import assert_close
from random_tensors import normal

from seqlab.layers.seq2seq_attention import BahdanauAttention, LuongAttention, weighted_mean

LENGTHS, SOURCE, UNITS = [5, 2, 1], 5, 6
MASK = tf.sequence_mask(LENGTHS, SOURCE)


def luong(*, general):
    layer = LuongAttention(UNITS, general=general)
    layer.keys(normal(3, SOURCE, UNITS))
    return layer


def bahdanau(units=UNITS, width=UNITS):
    """A layer whose biases are not zero."""
    layer = BahdanauAttention(units)
    layer(normal(3, 4, units), layer.keys(normal(3, SOURCE, width)), normal(3, SOURCE, width), MASK)
    for number, variable in enumerate(layer.trainable_variables):
        variable.assign_add(0.5 * normal(*variable.shape, seed=number))
    return layer


LAYERS = {"dot": lambda: luong(general=False), "general": lambda: luong(general=True), "bahdanau": bahdanau}
each_layer = pytest.mark.parametrize("name", LAYERS)


def softmax(scores):
    """Over the tokens, without padding, in float64."""
    powers = np.where(MASK.numpy()[:, None], np.exp(scores - scores.max(axis=-1, keepdims=True)), 0)
    return powers / powers.sum(axis=-1, keepdims=True)


def array(tensor):
    return np.asarray(tensor, np.float64)


def test_luong_dot_equals_keras():
    queries, outputs = normal(3, 4, UNITS), normal(3, SOURCE, UNITS, seed=1)
    peer = keras.layers.Attention(use_scale=False)
    expected, weights = peer([queries, outputs], mask=[None, MASK], return_attention_scores=True)
    layer = luong(general=False)
    assert layer.keys(outputs) is outputs
    assert layer.trainable_variables == []
    contexts, ours = layer(queries, layer.keys(outputs), outputs, MASK)
    assert_close(contexts, expected)
    assert_close(ours, weights)


def test_luong_general_is_queries_times_a_matrix_times_outputs():
    queries, outputs = normal(3, 4, UNITS), normal(3, SOURCE, UNITS, seed=1)
    layer = luong(general=True)
    (matrix,) = map(array, layer.trainable_variables)
    weights = softmax(np.einsum("btu,vu,bsv->bts", array(queries), matrix, array(outputs)))
    contexts, ours = layer(queries, layer.keys(outputs), outputs, MASK)
    assert_close(ours, weights)
    assert_close(contexts, weights @ array(outputs))


def test_bahdanau_is_the_formula_of_the_paper():
    """v · tanh(W s + U h + b), appendix A.1.2: one source word and one query at a time."""
    queries, outputs = normal(3, 4, UNITS), normal(3, SOURCE, 7, seed=1)
    layer = bahdanau(width=7)
    (query_kernel, query_bias), (key_kernel,) = (map(array, each.get_weights()) for each in (layer.query, layer.key))
    scores = np.zeros((3, 4, SOURCE))
    for sentence, time, word in np.ndindex(scores.shape):
        query = array(queries)[sentence, time] @ query_kernel + query_bias
        key = array(outputs)[sentence, word] @ key_kernel
        scores[sentence, time, word] = array(layer.scale) @ np.tanh(query + key)
    contexts, ours = layer(queries, layer.keys(outputs), outputs, MASK)
    assert_close(ours, softmax(scores))
    assert_close(contexts, softmax(scores) @ array(outputs))


def test_bahdanau_without_projections_equals_keras():
    queries, outputs = normal(3, 4, UNITS), normal(3, SOURCE, UNITS, seed=1)
    layer = bahdanau()
    layer.query.set_weights([np.eye(UNITS), np.zeros(UNITS)])
    layer.key.set_weights([np.eye(UNITS)])
    peer = keras.layers.AdditiveAttention()
    peer.build([queries.shape, outputs.shape])
    peer.set_weights([layer.scale.numpy()])
    expected, weights = peer([queries, outputs], mask=[None, MASK], return_attention_scores=True)
    contexts, ours = layer(queries, layer.keys(outputs), outputs, MASK)
    assert_close(contexts, expected)
    assert_close(ours, weights)


@each_layer
def test_padding_has_a_weight_of_zero(name):
    layer = LAYERS[name]()
    queries, outputs = 30 * normal(3, 4, UNITS), normal(3, SOURCE, UNITS, seed=1).numpy()
    other = np.where(MASK.numpy()[:, :, None], outputs, 1e4).astype(np.float32)
    (contexts, weights), (same, _) = (
        layer(queries, layer.keys(tf.constant(each)), tf.constant(each), MASK) for each in (outputs, other)
    )
    assert np.all(weights.numpy()[np.broadcast_to(~MASK.numpy()[:, None], weights.shape)] == 0.0)
    assert_close(tf.reduce_sum(weights, axis=-1), 1)
    assert np.all(weights[2, :, 0].numpy() == 1)  # the only token of its sentence
    np.testing.assert_array_equal(contexts, same)


@each_layer
def test_gradients_are_finite_and_none_reaches_padding(name):
    layer = LAYERS[name]()
    queries, outputs = 30 * normal(3, 4, UNITS), normal(3, SOURCE, UNITS, seed=1)
    with tf.GradientTape() as tape:
        tape.watch([queries, outputs])
        contexts, _ = layer(queries, layer.keys(outputs), outputs, MASK)
        loss = tf.reduce_sum(contexts * normal(*contexts.shape, seed=2))
    gradients = tape.gradient(loss, [queries, outputs, *[each.value for each in layer.trainable_variables]])
    for gradient in gradients:
        assert np.all(np.isfinite(gradient))
        assert np.any(gradient.numpy() != 0)
    assert np.all(gradients[1].numpy()[~MASK.numpy()] == 0)
    assert np.all(np.any(gradients[1].numpy()[MASK.numpy()] != 0, axis=-1))


def test_of_one_shape_that_tensorflow_multiplies_wrongly():
    """On a CPU TensorFlow 2.21 writes beyond its memory where `tf.linalg.matvec` broadcasts a vector to this shape."""
    batch, length, units = 64, 14, 512
    layer = BahdanauAttention(units)
    queries, outputs = normal(batch, length, units), normal(batch, length, units, seed=1)
    mask = tf.ones((batch, length), tf.bool)
    keys = layer.keys(outputs)
    _, weights = layer(queries, keys, outputs, mask)
    for sentence in (0, 31, 63):
        compared = np.tanh(array(layer.query(queries[sentence]))[:, None] + array(keys[sentence])[None])
        powers = np.exp(compared @ array(layer.scale))
        assert_close(weights[sentence], powers / powers.sum(axis=-1, keepdims=True))


@pytest.mark.parametrize("policy", ["mixed_float16", "mixed_bfloat16"])
def test_half_precision_weighs_in_float32(policy):
    """Scores of some thousand overflow the exponential of float16."""
    exact, half = BahdanauAttention(UNITS), BahdanauAttention(UNITS, dtype=policy)
    queries, outputs = normal(3, 4, UNITS), normal(3, SOURCE, UNITS, seed=1)
    answers = []
    for layer in (exact, half):
        layer(queries, layer.keys(outputs), outputs, MASK)
        layer.set_weights(exact.get_weights())
        outputs = tf.cast(outputs, layer.compute_dtype)
        answers.append(layer(tf.cast(queries, layer.compute_dtype), layer.keys(outputs), outputs, MASK))
    (_, expected), (contexts, weights) = answers
    assert contexts.dtype == half.compute_dtype
    assert weights.dtype == tf.float32
    assert_close(weights, expected, terms=8, dtype=policy.removeprefix("mixed_"))
    _, weights = weighted_mean(tf.constant([[[6e4, 5e4]]], half.compute_dtype), outputs[:1, :2], MASK[:1, :2])
    np.testing.assert_array_equal(weights, [[[1.0, 0.0]]])
