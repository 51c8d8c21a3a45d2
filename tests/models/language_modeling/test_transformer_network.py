"""A causal Transformer: its cache against whole passes, its context, its weights."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from closeness import assert_close

from seqlab.decoding.sampling import Sampler
from seqlab.decoding.sampling_options import SamplingOptions
from seqlab.models.language_modeling import LanguageModelContext, TransformerLanguageModel

POSITIONS = ["none", "learned", "sinusoidal", "rotary"]
SMALL = {"layers": 2, "heads": 2, "width": 8, "feed_forward": 12, "context": 16, "dropout": 0.0}


def built(**options):
    keras.utils.set_random_seed(3)
    model = TransformerLanguageModel(**SMALL | options).build(LanguageModelContext(9))
    model({"ids": tf.zeros((1, 1), tf.int32)})
    for number, variable in enumerate(model.trainable_variables):
        variable.assign_add(0.2 * tf.random.stateless_normal(variable.shape, (5, number)))
    return model


def ids_of(rows, length):
    return tf.constant(np.random.default_rng(0).integers(0, 9, (rows, length)), tf.int32)


@pytest.mark.parametrize("positions", POSITIONS)
def test_reading_in_pieces_equals_reading_at_once(positions):
    model, ids = built(positions=positions), ids_of(2, 16)
    state, pieces = model.initial_state(2), []
    for first, last in ((0, 5), (5, 6), (6, 6), (6, 16)):
        piece, state = model.advance(ids[:, first:last], state)
        pieces.append(piece)
    assert_close(tf.concat(pieces, axis=1), model({"ids": ids}))
    assert state.length.numpy().tolist() == [16, 16]


@pytest.mark.parametrize("positions", POSITIONS)
def test_beyond_its_context_it_continues_from_the_last_half(positions):
    model, ids = built(positions=positions), ids_of(2, 18)
    _, state = model.advance(ids[:, :16], model.initial_state(2))
    first, state = model.advance(ids[:, 16:17], state)
    second, _ = model.advance(ids[:, 17:], state)
    expected = model({"ids": ids[:, 8:]})[:, -2:]
    assert_close(tf.concat([first, second], axis=1), expected)


@pytest.mark.parametrize(("read", "coming", "kept"), [(16, 12, 4), (3, 14, 2), (16, 16, 0), (5, 12, 4)])
def test_the_part_read_again_leaves_room(read, coming, kept):
    model, ids = built(), ids_of(1, read + coming)
    _, state = model.advance(ids[:, :read], model.initial_state(1))
    logits, state = model.advance(ids[:, read:], state)
    assert_close(logits, model({"ids": ids[:, read - kept :]})[:, kept:])
    assert state.length.numpy().tolist() == [kept + coming]


def test_no_token_depends_on_later_ones():
    model, ids = built(), ids_of(1, 12)
    changed = tf.concat([ids[:, :7], (ids[:, 7:] + 1) % 9], axis=1)
    whole, other = model({"ids": ids}), model({"ids": changed})
    assert_close(whole[:, :7], other[:, :7])
    assert np.abs(whole[:, 7:] - other[:, 7:]).max() > 1e-2


@pytest.mark.parametrize(
    ("options", "extra"), [({}, 8 * 9), ({"positions": "learned"}, 8 * 9 + 16 * 8), ({"tied": True}, 0)]
)
def test_parameters_by_hand(options, extra):
    block = 4 * (8 * 8 + 8) + 8 * 12 + 12 + 12 * 8 + 8 + 2 * 16
    assert built(**options).count_params() == 9 * 8 + 2 * block + 16 + 9 + extra


@pytest.mark.slow
def test_generating_beyond_the_context_reads_again_and_traces_once():
    """Greedy, checked id by id against whole passes over the context of the model."""
    model, traces = built(positions="rotary"), []

    def step(ids, state):
        traces.append(1)
        logits, state = model.advance(ids[:, None], state, training=False)
        return logits[:, 0], state

    sampler, prompt = Sampler(step, 9), ids_of(1, 4)
    carry, text, begin = sampler.start(model.initial_state(1), prompt), prompt.numpy()[0].tolist(), 0
    written = []
    for count in (20, 20):
        ids, carry = sampler.advance(carry, SamplingOptions(temperature=0), count)
        written += ids.numpy()[0].tolist()
    for index in written:
        logits = model({"ids": tf.constant([text[begin:]])})[0, -1].numpy()
        assert logits[index] >= logits.max() - 1e-4
        text.append(index)
        if len(text) - begin > 16:
            begin = len(text) - 9  # the eight ids before the one that did not fit
    assert len(traces) <= 2  # one for feeding, one for drawing


def test_mixed_precision_gives_float32_logits():
    import keras

    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        model, ids = built(), ids_of(2, 6)
        logits, _ = model.advance(ids, model.initial_state(2))
        assert logits.dtype == tf.float32
        assert_close(logits, model({"ids": ids}), terms=8, dtype="bfloat16")
    finally:
        keras.config.set_dtype_policy("float32")
