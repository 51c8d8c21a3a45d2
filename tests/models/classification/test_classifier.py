"""Convolutions and Transformers as classifiers: padding never matters, order does, options that cannot be."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from closeness import are_close, assert_close
from hypothesis import given, settings
from hypothesis import strategies as st

from seqlab.models.classification import (
    ClassifierContext,
    SeparableConvClassifier,
    TransformerClassifier,
)

CONTEXT = ClassifierContext(vocabulary_size=12, outputs=3, weighted=False, max_length=40)
POSITIONS = ("none", "learned", "sinusoidal", "rotary")
PARTS = {
    "separable_conv, max": SeparableConvClassifier(embedding=6, filters=8, kernel=3, blocks=2, pooling="max"),
    "separable_conv, mean": SeparableConvClassifier(embedding=6, filters=8, kernel=4, blocks=1, pooling="mean"),
    **{
        f"transformer, {positions}": TransformerClassifier(
            layers=2, heads=2, width=8, feed_forward=12, positions=positions
        )
        for positions in POSITIONS
    },
}


texts = st.lists(st.lists(st.integers(1, 11), min_size=1, max_size=20), min_size=1, max_size=4)


def padded(rows, more=0):
    table = np.zeros((len(rows), max(map(len, rows)) + more), np.int32)
    for number, row in enumerate(rows):
        table[number, : len(row)] = row
    return {"ids": tf.constant(table)}


def compiled(model):
    signature = [{"ids": tf.TensorSpec((None, None), tf.int32, name="ids")}]
    return tf.function(model, input_signature=signature)


@pytest.fixture(scope="module", params=PARTS.values(), ids=PARTS.keys())
def model(request):
    """Weights that are no longer zeros and ones: a bias in the padding would be seen."""
    keras.utils.set_random_seed(1)
    model = request.param.build(CONTEXT)
    for number, variable in enumerate(model.trainable_variables):
        variable.assign_add(0.2 * tf.random.stateless_normal(variable.shape, (1, number)))
    model.forward = compiled(model)
    return model


@settings(deadline=None, max_examples=20)
@given(rows=texts, more=st.integers(1, 20))
def test_padding_never_matters(model, rows, more):
    together = model.forward(padded(rows))
    assert_close(model.forward(padded(rows, more)), together, scale=1)
    alone = np.concatenate([model.forward(padded([row])) for row in rows])
    assert_close(alone, together, scale=1)


def test_the_interface(model):
    assert list(model.input) == ["ids"]
    assert (model.input["ids"].shape, model.input["ids"].dtype) == ((None, None), "int32")
    assert model.output_shape == (None, 3)
    assert model.layers[-1].name == "logits"


def test_every_token_takes_part_in_its_own_text_alone(model):
    rows = [[1, 2, 3, 4, 5], [6, 7]]
    before = model.forward(padded(rows))
    for place in range(5):
        changed = [[*rows[0][:place], 11, *rows[0][place + 1 :]], rows[1]]
        after = model.forward(padded(changed))
        assert not np.allclose(after[0], before[0], atol=1e-4)
        assert_close(after[1], before[1])


@pytest.mark.parametrize("positions", POSITIONS)
def test_without_positions_a_transformer_reads_a_set(positions):
    keras.utils.set_random_seed(2)
    model = TransformerClassifier(layers=2, heads=2, width=8, feed_forward=12, positions=positions).build(CONTEXT)
    there, back = model(padded([[1, 2, 3, 4, 5]])), model(padded([[5, 4, 3, 2, 1]]))
    assert are_close(there, back) is (positions == "none")


@pytest.mark.parametrize("part", [PARTS["separable_conv, mean"], PARTS["transformer, rotary"]], ids=lambda p: p.name)
@pytest.mark.parametrize("policy", ["mixed_float16", "mixed_bfloat16"])
def test_logits_are_float32_under_mixed_precision(part, policy):
    rows = padded([[1, 2, 3], [4] * 30])
    keras.utils.set_random_seed(3)
    exact = part.build(CONTEXT)
    keras.config.set_dtype_policy(policy)
    try:
        half = part.build(CONTEXT)
    finally:
        keras.config.set_dtype_policy("float32")
    half.set_weights(exact.get_weights())
    logits = half(rows)
    assert logits.dtype == tf.float32
    assert {variable.dtype for variable in half.trainable_variables} == {"float32"}
    inner = half.get_layer("block_1").compute_dtype
    assert inner == policy.removeprefix("mixed_")
    assert_close(logits, exact(rows), terms=16, dtype=inner)


def separable_conv_parameters(vocabulary, embedding, filters, kernel, blocks, outputs):
    first = embedding * kernel + embedding * filters + filters
    block = 2 * (filters * kernel + filters * filters + filters + 2 * filters)
    return vocabulary * embedding + first + blocks * block + 2 * filters + filters * outputs + outputs


def transformer_parameters(vocabulary, width, feed_forward, layers, outputs, places=0):
    attention = 4 * (width * width + width)
    block = attention + 2 * width * feed_forward + feed_forward + width + 4 * width
    return (vocabulary + places) * width + layers * block + 2 * width + width * outputs + outputs


@pytest.mark.parametrize(
    ("part", "parameters"),
    [
        (PARTS["separable_conv, max"], separable_conv_parameters(12, 6, 8, 3, 2, 3)),
        (PARTS["separable_conv, mean"], separable_conv_parameters(12, 6, 8, 4, 1, 3)),
        (PARTS["transformer, none"], transformer_parameters(12, 8, 12, 2, 3)),
        (PARTS["transformer, learned"], transformer_parameters(12, 8, 12, 2, 3, places=40)),
        (PARTS["transformer, sinusoidal"], transformer_parameters(12, 8, 12, 2, 3)),
        (PARTS["transformer, rotary"], transformer_parameters(12, 8, 12, 2, 3)),
    ],
)
def test_parameters_by_hand(part, parameters):
    assert part.build(CONTEXT).count_params() == parameters


def which_comes_first(rows, seed):
    """Texts of sevens with one 2 and one 3 in them; the label is whether the 2 stands before the 3."""
    random = np.random.default_rng(seed)
    ids = np.full((rows, 8), 7, np.int32)
    places = np.stack([random.permutation(8)[:2] for _ in range(rows)])
    ids[np.arange(rows), places[:, 0]], ids[np.arange(rows), places[:, 1]] = 2, 3
    return {"ids": tf.constant(ids)}, tf.constant((places[:, 0] < places[:, 1]).astype(np.float32))


SMALL = {"layers": 1, "heads": 2, "width": 16, "feed_forward": 32, "dropout": 0.0}
ORDERLY = {
    "separable_conv": SeparableConvClassifier(embedding=8, filters=16, kernel=5, blocks=1, dropout=0.0),
    "transformer, sinusoidal": TransformerClassifier(**SMALL),
    "transformer, none": TransformerClassifier(positions="none", **SMALL),
}


@pytest.mark.slow
@pytest.mark.parametrize("part", ORDERLY.values(), ids=ORDERLY.keys())
def test_training_learns_what_needs_order(part):
    """And without positions it cannot: both labels have the same words."""
    keras.utils.set_random_seed(4)
    model = part.build(ClassifierContext(8, 1, False, max_length=8))
    optimizer = keras.optimizers.Adam(1e-2)
    optimizer.build(model.trainable_variables)
    inputs, labels = which_comes_first(128, seed=0)

    @tf.function
    def step():
        with tf.GradientTape() as tape:
            logits = model(inputs, training=True)[:, 0]
            loss = tf.reduce_mean(tf.nn.sigmoid_cross_entropy_with_logits(labels, logits))
        variables = [variable.value for variable in model.trainable_variables]
        optimizer.apply(tape.gradient(loss, variables), model.trainable_variables)
        return loss

    first, last = [float(step()) for _ in range(60)][::59]
    assert first > 0.5
    fresh, answers = which_comes_first(200, seed=1)
    right = np.mean((model(fresh)[:, 0] > 0) == (answers > 0.5))
    if getattr(part, "positions", "") == "none":
        assert last > 0.6
        assert right < 0.7
    else:
        assert last < 0.35
        assert right > 0.85
