"""A Transformer's encoder and decoder: whole sentences against steps, with padding, and against Keras' layers."""

import functools
import itertools

import keras
import numpy as np
import pytest
import tensorflow as tf
from closeness import are_close, assert_close
from random_tensors import normal, scrambled

from seqlab.layers.attention import Attention
from seqlab.layers.transformer import DecoderBlock, Encoded
from seqlab.models.translation import TransformerTranslator, TranslatorContext

SMALL = {"layers": 2, "heads": 2, "width": 8, "feed_forward": 12, "context": 9, "dropout": 0.0}
POSITIONS = ["none", "sinusoidal", "rotary", "learned"]
each_kind = pytest.mark.parametrize("positions", POSITIONS)

SOURCE = tf.constant([[4, 7, 5, 9, 3], [6, 4, 3, 0, 0], [3, 0, 0, 0, 0]])
TARGET = tf.constant([[2, 5, 8, 4, 6, 7], [2, 6, 6, 3, 0, 0], [2, 3, 0, 0, 0, 0]])
MASK = SOURCE != 0


@functools.cache
def built(*, source_size=11, target_size=9, shared=False, **options):
    """No test changes it."""
    keras.utils.set_random_seed(1)  # whichever test comes first
    return scrambled(
        TransformerTranslator(**SMALL | options).build(TranslatorContext(source_size, target_size, shared))
    )


def logits_of(model, source=SOURCE, target=TARGET, **options):
    return model.head(model.hidden(source, target, **options)).numpy()


def stepped(model, time=TARGET.shape[1], room=TARGET.shape[1]):
    memory = model.encode(SOURCE)
    state, steps, looks = model.begin(memory, room), [], []
    for place in range(time):
        logits, state, attention = model.step(TARGET[:, place], state, memory)
        steps.append(logits)
        looks.append(attention)
    assert state.length.numpy().tolist() == [time] * 3
    return np.stack(steps, axis=1), np.stack(looks, axis=1)


@each_kind
@pytest.mark.parametrize("room", [6, 9])
def test_single_steps_equal_the_whole_sentence(positions, room):
    model = built(positions=positions)
    whole = model({"source": SOURCE, "target": TARGET})
    assert_close(stepped(model, room=room)[0], whole)
    assert np.abs(np.diff(whole, axis=1)).max() > 0.1  # the steps do differ


@each_kind
def test_padding_changes_nothing(positions):
    model, there = built(positions=positions), (TARGET != 0).numpy()
    more = tf.pad(SOURCE, [[0, 0], [0, 4]]), tf.pad(TARGET, [[0, 0], [0, 3]])
    whole = logits_of(model)
    assert_close(logits_of(model, *more)[:, :6][there], whole[there])
    for row, (source, target) in enumerate([(5, 6), (3, 4), (1, 2)]):
        alone = logits_of(model, SOURCE[row : row + 1, :source], TARGET[row : row + 1, :target])
        assert_close(alone[0], whole[row, :target])


@each_kind
def test_padding_gets_no_attention(positions):
    _, looks = stepped(built(positions=positions))
    assert looks.dtype == np.float32
    assert np.all(looks[np.broadcast_to(~MASK.numpy()[:, None], looks.shape)] == 0.0)
    assert_close(looks.sum(axis=-1), 1)
    assert np.ptp(looks[0], axis=0).max() > 1e-3  # the steps do differ


def test_no_token_depends_on_later_ones():
    model = built()
    other = tf.concat([TARGET[:, :3], (TARGET[:, 3:] + 1) % 9], axis=1)
    before, after = logits_of(model), logits_of(model, target=other)
    assert_close(after[:, :3], before[:, :3])
    assert np.all(np.abs(after[:, 3:] - before[:, 3:]).max(axis=-1) > 1e-2)


@each_kind
def test_order_of_the_source_matters_where_there_are_positions(positions):
    model = built(positions=positions)
    backwards = logits_of(model, source=SOURCE[:1, ::-1], target=TARGET[:1])
    assert are_close(backwards, logits_of(model)[:1]) is (positions == "none")


@pytest.mark.parametrize("shared", [False, True])
def test_rows_start_about_as_large_as_the_waves(shared):
    """Scaled by √width they have variance 1, positions 1/2: neither drowns the other."""
    model = TransformerTranslator(**SMALL | {"width": 64}).build(TranslatorContext(2000, 2000, shared))
    for table in (model.source_embedding.table.numpy(), model.target_embedding.table.numpy()):
        assert (64**0.5 * table).std() == pytest.approx(1, rel=0.02)
    assert shared or not np.allclose(model.source_embedding.table, model.target_embedding.table)


@pytest.mark.slow
def test_a_table_for_both_sides_and_the_logits_is_one_variable():
    model = built(shared=True, target_size=11)
    assert model.source_embedding is model.target_embedding
    assert model.head.table is model.target_embedding.table
    tables = [each.path for each in model.trainable_variables if each.shape[0] == 11 and len(each.shape) == 2]
    assert tables == [model.target_embedding.table.path]
    apart = built(target_size=11)
    loose = built(target_size=11, tied=False)
    assert apart.count_params() - model.count_params() == 11 * 8
    assert loose.count_params() - apart.count_params() == 11 * 8
    assert apart.source_embedding is not apart.target_embedding
    for each in (model, apart, loose):
        hidden = each.hidden(SOURCE, TARGET).numpy()
        expected = hidden @ each.head.table.numpy().T + each.head.bias.numpy()
        assert_close(each.head(hidden), expected)


def test_parameters_by_hand():
    attention, feed_forward, norm = 4 * (8 * 8 + 8), 8 * 12 + 12 + 12 * 8 + 8, 2 * 8
    encoder, decoder = attention + feed_forward + 2 * norm, 2 * attention + feed_forward + 3 * norm
    assert built().count_params() == (11 + 9) * 8 + 2 * (encoder + decoder) + 2 * norm + 9
    learned = built(positions="learned")
    assert learned.count_params() == built().count_params() + 2 * 9 * 8


def like(peer, layer, *shapes):
    """A Keras layer with the weights of ours."""
    peer.build(*shapes)
    peer.set_weights(
        [mine.reshape(theirs.shape) for mine, theirs in zip(layer.get_weights(), peer.weights, strict=True)]
    )
    return peer


def test_attention_to_a_memory_equals_keras():
    layer = Attention(2, 8)
    layer.build(*[(None, None, 8)] * 3)
    scrambled(layer)
    queries, encoded = normal(3, 4, 8), normal(3, 5, 8, seed=1)
    peer = like(keras.layers.MultiHeadAttention(2, 4), layer, (None, None, 8), (None, None, 8))
    expected, weights = peer(queries, encoded, attention_mask=MASK[:, None], return_attention_scores=True)
    looked, ours = layer.attend_to_memory(queries, layer.memory(encoded), MASK)
    assert_close(looked, expected)
    assert_close(ours, tf.reduce_mean(weights, axis=1))
    assert_close(layer(queries, encoded, encoded, mask=MASK), looked)


def test_a_decoder_block_equals_keras_layers():
    block = DecoderBlock(2, 8, 12)
    block.build()
    scrambled(block)
    shape, vectors, encoded = (None, None, 8), normal(3, 4, 8), normal(3, 5, 8, seed=1)
    norms = [
        like(keras.layers.LayerNormalization(epsilon=1e-5), norm, shape)
        for norm in (block.attention_norm, block.cross_norm, block.feed_forward_norm)
    ]
    attention, cross = (
        like(keras.layers.MultiHeadAttention(2, 4), each, shape, shape) for each in (block.attention, block.cross)
    )
    widen = like(keras.layers.Dense(12, "relu"), block.widen, shape)
    narrow = like(keras.layers.Dense(8), block.narrow, (None, None, 12))
    normed = norms[0](vectors)
    middle = vectors + attention(normed, normed, use_causal_mask=True)
    middle += cross(norms[1](middle), encoded, attention_mask=MASK[:, None])
    expected = middle + narrow(widen(norms[2](middle)))
    output = Encoded(block.cross.memory(encoded), MASK)
    assert_close(block(vectors, output), expected)
    whole, _, _ = block.advance(vectors, block.attention.empty_cache(3, 4), tf.constant(0), output)
    assert_close(whole, expected)


@pytest.mark.slow
def test_dropout_in_training_only_and_on_all_three_sublayers():
    block = DecoderBlock(2, 8, 12, dropout=0.9)
    block.build()
    vectors, encoded = normal(3, 4, 8), normal(3, 5, 8, seed=1)
    output = Encoded(block.cross.memory(encoded), MASK)
    np.testing.assert_array_equal(block(vectors, output), block(vectors, output, training=False))
    unchanged = np.mean([np.isclose(block(vectors, output, training=True), vectors).mean() for _ in range(30)])
    assert unchanged == pytest.approx(0.9**3, abs=0.05)
    model = built(dropout=0.5)
    np.testing.assert_array_equal(logits_of(model), logits_of(model, training=False))
    assert np.abs(logits_of(model, training=True) - logits_of(model)).max() > 0.1


@pytest.mark.slow
def test_every_weight_has_a_gradient_and_one_trace_serves_all_shapes():
    model, traces = built(positions="learned"), itertools.count()
    ids = tf.TensorSpec((None, None), tf.int32)

    @tf.function(input_signature=[ids, ids], autograph=False)
    def step(source, target):
        next(traces)
        with tf.GradientTape() as tape:
            logits = model.head(model.hidden(source, target, training=True))
            loss = tf.reduce_sum(logits**2)
        gradients = tape.gradient(loss, [each.value for each in model.trainable_variables])
        return logits, [tf.convert_to_tensor(each) for each in gradients]

    for rows, source, target in [(3, 5, 6), (1, 1, 1), (2, 9, 3)]:
        inputs = [
            tf.constant(np.random.default_rng(0).integers(3, 9, (rows, time)), tf.int32) for time in (source, target)
        ]
        logits, gradients = step(*inputs)
        assert_close(logits, logits_of(model, *inputs))
        assert all(np.all(np.isfinite(each)) for each in gradients)
        if source > 1:
            assert all(np.any(each != 0) for each in gradients)
    assert next(traces) == 1


@pytest.mark.slow
def test_mixed_precision_gives_float32_logits():
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        model = built.__wrapped__()
        steps, looks = stepped(model)
        assert steps.dtype == looks.dtype == np.float32
        assert_close(steps, logits_of(model), terms=8, dtype="bfloat16")
        assert model.hidden(SOURCE, TARGET).dtype == tf.bfloat16
    finally:
        keras.config.set_dtype_policy("float32")
