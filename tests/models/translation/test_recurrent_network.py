"""A recurrent encoder and decoder: whole sentences against single steps, against Keras' layers, and with padding."""

import functools
import itertools

import keras
import numpy as np
import pytest
import tensorflow as tf
from closeness import assert_close
from keras_twins import keras_twin

from seqlab.layers.embedding import Embedding
from seqlab.models.translation.recurrent_network import RecurrentTranslatorNetwork

SOURCE_SIZE, TARGET_SIZE, UNITS, EMBEDDING = 11, 9, 8, 6
PLAIN = {
    "cell": "lstm",
    "units": UNITS,
    "layers": 1,
    "embedding": EMBEDDING,
    "bidirectional": False,
    "bridge": False,
    "attention": "none",
    "general": False,
    "context_alone": False,
    "input_feeding": False,
    "dropout": 0.0,
    "output_dropout": 0.0,
    "tied": False,
}
LUONG, BAHDANAU = {"attention": "luong"}, {"attention": "bahdanau"}
KINDS = {
    "plain": {},
    "plain, deep, gru, both ways": {"cell": "gru", "layers": 2, "bidirectional": True},
    "plain, bridged, deep, both ways": {"bridge": True, "layers": 2, "bidirectional": True},
    "plain, tied": {"cell": "simple_rnn", "tied": True},
    "dot": {**LUONG, "bidirectional": True},
    "dot, alone, tied": {**LUONG, "context_alone": True, "tied": True, "layers": 2},
    "general, alone, gru": {**LUONG, "general": True, "context_alone": True, "cell": "gru", "layers": 2},
    "general, tied to vectors as wide": {**LUONG, "general": True, "tied": True, "embedding": UNITS},
    "feeding": {**LUONG, "input_feeding": True, "layers": 2, "bidirectional": True},
    "feeding, general, alone, gru": {
        **LUONG, "input_feeding": True, "general": True, "context_alone": True, "cell": "gru",
    },
    "feeding, tied": {**LUONG, "input_feeding": True, "tied": True},
    "bahdanau": {**BAHDANAU, "bidirectional": True},
    "bahdanau, bridged, gru": {**BAHDANAU, "cell": "gru", "bridge": True},
    "bahdanau, deep, gru, tied": {**BAHDANAU, "cell": "gru", "layers": 2, "tied": True},
}  # fmt: skip
each_kind = pytest.mark.parametrize("kind", KINDS)
LOOKING = [kind for kind, options in KINDS.items() if "attention" in options]

SOURCE = tf.constant([[4, 7, 5, 9, 3], [6, 4, 3, 0, 0], [3, 0, 0, 0, 0]])
TARGET = tf.constant([[2, 5, 8, 4, 6, 7], [2, 6, 6, 3, 0, 0], [2, 3, 0, 0, 0, 0]])
THERE = (TARGET != 0).numpy()


@functools.cache
def built(kind="plain", **options):
    """A model whose weights are large and whose biases are not zero, so that each of them matters. Tests share it."""
    keras.utils.set_random_seed(1)  # whichever test comes first
    given = PLAIN | KINDS[kind] | options
    width = given.pop("embedding")
    embeddings = (
        Embedding(n, width, initializer="uniform", name=s)
        for n, s in ((SOURCE_SIZE, "source"), (TARGET_SIZE, "target"))
    )
    model = RecurrentTranslatorNetwork(*embeddings, TARGET_SIZE, **given)
    model({"source": SOURCE, "target": TARGET})
    for number, variable in enumerate(model.trainable_variables):
        variable.assign_add(3 / model.units**0.5 * tf.random.stateless_normal(variable.shape, (6, number)))
    return model


@pytest.mark.parametrize(("cell", "count"), [("gru", 2), ("lstm", 4)])
def test_a_bridge_leads_to_each_state_of_the_decoder(cell, count, monkeypatch):
    model = built(cell=cell, layers=2, bidirectional=True, bridge=True)
    begun = keras.tree.flatten(model.encode(SOURCE).states)
    bridge = model.bridge
    monkeypatch.setattr(model, "bridge", [])
    left = keras.tree.flatten(model.encode(SOURCE).states)
    assert len(begun) == len(bridge) == count
    for before, layer, after in zip(left, bridge, begun, strict=True):
        kernel, bias = layer.get_weights()
        assert_close(after, np.tanh(before @ kernel + bias))


def logits_of(model, source=SOURCE, target=TARGET, **options):
    return model.head(model.hidden(source, target, **options)).numpy()


def stepped(model, chosen, source=SOURCE, time=TARGET.shape[1]):
    """Logits (batch, time, vocabulary) and attention (batch, time, source) of one step after the other.

    `chosen(place, likeliest)`: the ids of a step, given what was likeliest before.
    """
    memory = model.encode(source, training=False)
    state, said, steps, looks = model.begin(memory, time), None, [], []
    for place in range(time):
        logits, state, attention = model.step(chosen(place, said), state, memory)
        said = tf.argmax(logits, axis=-1, output_type=tf.int32)
        steps.append(logits)
        looks.append(attention)
    return np.stack(steps, axis=1), np.stack(looks, axis=1)


def truth(place, _):
    return TARGET[:, place]


@each_kind
def test_single_steps_equal_the_whole_sentence(kind):
    model = built(kind)
    steps, _ = stepped(model, truth)
    whole = model({"source": SOURCE, "target": TARGET})
    assert_close(steps, whole)
    assert np.abs(np.diff(whole, axis=1)).max() > 0.01  # the steps do differ


@each_kind
def test_teacher_forcing_of_one_equals_the_whole_sentence(kind):
    model = built(kind)
    assert_close(logits_of(model, teacher_forcing=tf.constant(1.0)), logits_of(model))


@each_kind
def test_without_teacher_forcing_it_reads_its_own_predictions(kind):
    model = built(kind)
    steps, _ = stepped(model, lambda place, said: said if place else TARGET[:, 0])
    free = logits_of(model, teacher_forcing=tf.constant(0.0))
    assert_close(free, steps)
    assert np.abs(free - logits_of(model)).max() > 0.01
    other = tf.concat([TARGET[:, :1], (TARGET[:, 1:] + 1) % TARGET_SIZE], axis=1)
    np.testing.assert_array_equal(logits_of(model, target=other, teacher_forcing=tf.constant(0.0)), free)
    before = model.seeds.state.numpy()
    np.testing.assert_array_equal(logits_of(model, teacher_forcing=0.0), free)
    np.testing.assert_array_equal(model.seeds.state, before, "an evaluation throws no coins")


@pytest.mark.parametrize("kind", ["dot", "feeding", "bahdanau"])
def test_teacher_forcing_is_drawn_for_each_sentence(kind, monkeypatch):
    model = built(kind)
    told = tf.constant(np.random.default_rng(1).random((6, 3)) < 0.5)
    monkeypatch.setattr(model, "_forced", lambda teacher_forcing, time, batch: told)
    steps, _ = stepped(
        model, lambda place, said: tf.where(told[place], TARGET[:, place], said) if place else truth(0, 0)
    )
    assert_close(logits_of(model, teacher_forcing=tf.constant(0.5)), steps)


def test_ids_are_forced_with_the_probability_and_the_first_always():
    keras.utils.set_random_seed(1)
    told = built()._forced(tf.constant(0.3), tf.constant(101), tf.constant(60)).numpy()
    assert told.shape == (101, 60)
    assert told[0].all()
    assert told[1:].mean() == pytest.approx(0.3, abs=0.03)
    assert np.std(told[1:].mean(axis=0)) < 0.1 > np.std(told[1:].mean(axis=1))
    assert len(np.unique(told, axis=1).T) == 60


@each_kind
def test_padding_changes_nothing(kind):
    model = built(kind)
    more = tf.pad(SOURCE, [[0, 0], [0, 4]]), tf.pad(TARGET, [[0, 0], [0, 3]])
    whole = logits_of(model)
    assert_close(logits_of(model, *more)[:, :6][THERE], whole[THERE])
    for row, (source, target) in enumerate([(5, 6), (3, 4), (1, 2)]):
        alone = logits_of(model, SOURCE[row : row + 1, :source], TARGET[row : row + 1, :target])
        assert_close(alone[0], whole[row, :target])


@pytest.mark.parametrize("kind", LOOKING)
def test_padding_gets_no_attention(kind):
    _, looks = stepped(built(kind), truth)
    padding = np.broadcast_to((SOURCE == 0).numpy()[:, None], looks.shape)
    assert np.all(looks[padding] == 0.0)
    assert_close(looks.sum(axis=-1), 1)
    assert np.ptp(looks[0], axis=0).max() > 1e-3  # the steps do differ


def test_without_attention_its_weights_are_zero():
    _, looks = stepped(built(), truth)
    assert looks.shape == (3, 6, 5)
    assert not looks.any()


@pytest.mark.parametrize("kind", ["dot", "feeding", "bahdanau"])
def test_each_source_token_matters_even_to_the_last_step(kind):
    model, sentence = built(kind), SOURCE[0].numpy()
    changed = np.where(np.eye(5, dtype=bool), 8, sentence)  # another token in each row
    target = tf.repeat(TARGET[:1], 5, axis=0)
    differences = logits_of(model, tf.constant(changed), target)[:, -1] - logits_of(model)[0, -1]
    assert np.all(np.abs(differences).max(axis=-1) > 1e-4)


@pytest.mark.slow
@pytest.mark.parametrize("cell", ["lstm", "gru"])
@pytest.mark.parametrize("bidirectional", [False, True])
def test_without_attention_it_equals_keras_layers(cell, bidirectional):
    """The concatenated last states of the encoder are the initial states of the decoder."""
    model = built(cell=cell, bidirectional=bidirectional, layers=2)
    embeddings = model.source_embedding.table.numpy(), model.target_embedding.table.numpy()
    hidden, states = embeddings[0][SOURCE.numpy()], []
    for layer in model.encoder:
        hidden, *final = keras_twin(layer)(hidden, mask=SOURCE != 0)
        number = len(final) // (1 + bidirectional)
        states.append([np.concatenate(final[place::number], axis=-1) for place in range(number)])
    hidden = embeddings[1][TARGET.numpy()]
    for layer, initial in zip(model.decoder, states, strict=True):
        hidden, *_ = keras_twin(layer)(hidden, initial_state=initial)
    dense = keras.layers.Dense(TARGET_SIZE)
    dense.build((None, UNITS))
    dense.set_weights([model.head.table.numpy().T, model.head.bias.numpy()])
    assert_close(logits_of(model), dense(hidden))


def test_luong_is_equation_5_over_the_states_of_keras_layers():
    model = built("dot", bidirectional=False)
    (encoder,), (decoder,) = model.encoder, model.decoder
    outputs, *states = keras_twin(encoder)(model.source_embedding(SOURCE), mask=SOURCE != 0)
    hidden, *_ = keras_twin(decoder)(model.target_embedding(TARGET), initial_state=states)
    context = keras.layers.Attention()([hidden, outputs], mask=[None, SOURCE != 0])
    expected = np.tanh(np.concatenate([context, hidden], axis=-1) @ model.combine.get_weights()[0])
    assert_close(model.hidden(SOURCE, TARGET), expected)


def test_input_feeding_adds_the_vector_of_the_last_logits():
    """One step by a Keras cell, whose input is the embedding and the vector of the step before."""
    model = built("feeding", layers=1, bidirectional=False)
    memory = model.encode(SOURCE)
    state = model.begin(memory, 6)
    assert not state.last_output.numpy().any()
    _, state, _ = model.step(TARGET[:, 0], state, memory)
    assert_close(state.last_output, model.hidden(SOURCE, TARGET)[:, 0])
    inputs = np.concatenate([model.target_embedding(TARGET[:, 1]), state.last_output], axis=-1)[:, None]
    _, hidden, _ = keras_twin(model.decoder[0])(inputs, initial_state=list(state.states[0]))
    _, after, _ = model.step(TARGET[:, 1], state, memory)
    assert_close(after.states[0][0], hidden)


def test_bahdanau_reads_the_context_and_applies_maxout():
    """Appendix A.2.2, the steps of a sentence by a Keras cell and NumPy."""
    model = built("bahdanau", bidirectional=False, cell="gru")
    outputs, state = keras_twin(model.encoder[0])(model.source_embedding(SOURCE), mask=SOURCE != 0)
    kernel, bias = model.readout.get_weights()
    steps = []
    for place in range(TARGET.shape[1]):
        word = model.target_embedding(TARGET[:, place]).numpy()
        (query, query_bias), (key,) = model.bahdanau.query.get_weights(), model.bahdanau.key.get_weights()
        scores = np.tanh((state.numpy() @ query + query_bias)[:, None] + outputs.numpy() @ key) @ model.bahdanau.scale
        powers = np.exp(scores) * (SOURCE != 0).numpy()
        context = np.einsum("bs,bsu->bu", powers / powers.sum(axis=-1, keepdims=True), outputs)
        inputs = np.concatenate([word, context], axis=-1)[:, None]
        _, state = keras_twin(model.decoder[0])(inputs, initial_state=state)
        pieces = np.concatenate([state, context, word], axis=-1) @ kernel + bias
        steps.append(np.maximum(pieces[:, :EMBEDDING], pieces[:, EMBEDDING:]))
    assert_close(model.hidden(SOURCE, TARGET), np.stack(steps, axis=1))


@pytest.mark.parametrize("kind", ["plain, tied", "dot, alone, tied", "feeding, tied", "bahdanau, deep, gru, tied"])
def test_tied_logits_are_products_with_the_target_embedding(kind):
    model, loose = built(kind), built(kind, tied=False)
    tables = [each for each in model.trainable_variables if each.shape[0] == TARGET_SIZE and len(each.shape) == 2]
    assert [each.path for each in tables] == [model.target_embedding.table.path]
    hidden = model.hidden(SOURCE, TARGET).numpy()
    expected = hidden @ model.target_embedding.table.numpy().T + model.head.bias.numpy()
    assert_close(model.head(hidden), expected)
    if "bahdanau" in kind:  # its maxout layer is as wide as an embedding anyway
        assert loose.count_params() - model.count_params() == TARGET_SIZE * EMBEDDING


def batch_of(rows, source, target, seed=0):
    generator = np.random.default_rng(seed)
    return [tf.constant(generator.integers(3, 9, (rows, length)), tf.int32) for length in (source, target)]


# Up to 64 units XLA would compile the training of an LSTM, for seconds per shape.
WIDE = {"units": 72, "embedding": 16}


@pytest.mark.slow
@pytest.mark.parametrize("share", [0.5, 0.0])
@pytest.mark.parametrize("kind", ["dot", "feeding", "bahdanau"])
def test_dropout_in_training_only_and_the_same_by_steps(kind, share):
    """`share` of the vectors for the logits is zero, the rest is scaled; the layers before have lost half."""
    model = built(kind, dropout=0.5, output_dropout=share, bidirectional=False, layers=2, **WIDE)
    source, target = batch_of(20, 5, 7)
    still = model.hidden(source, target, training=False)
    np.testing.assert_array_equal(still, model.hidden(source, target, training=False))
    assert np.all(still != 0)
    for teacher_forcing in (None, tf.constant(1.0)):
        first, second = (
            model.hidden(source, target, teacher_forcing=teacher_forcing, training=True).numpy() for _ in range(2)
        )
        for dropped in (first, second):
            assert (dropped == 0).mean() == pytest.approx(share, abs=0.03)
            kept, times = dropped != 0, 1 / (1 - share)
            if kind != "bahdanau":  # times · tanh
                assert np.abs(dropped).max() == pytest.approx(times, abs=0.05)
            assert not np.isclose(dropped[kept], times * still.numpy()[kept], atol=1e-3).mean() > 0.2
        agreeing = share**2 + (1 - share) ** 2
        assert ((first == 0) == (second == 0)).mean() == pytest.approx(agreeing, abs=0.03)
        assert np.abs(first - second).max() > 0.1


@pytest.mark.parametrize("kind", ["dot", "plain"])
def test_gradients_step_by_step_equal_those_of_the_whole_sentence(kind):
    model = built(kind, bidirectional=False, **WIDE)
    source, target = batch_of(4, 5, 6)
    weights = [each.value for each in model.trainable_variables]
    gradients = []
    for teacher_forcing in (None, tf.constant(1.0)):
        with tf.GradientTape() as tape:
            hidden = model.hidden(source, target, teacher_forcing=teacher_forcing, training=True)
            loss = tf.reduce_sum(tf.sin(model.head(hidden)))
        gradients.append(tape.gradient(loss, weights))
    for whole, stepwise in zip(*gradients, strict=True):
        expected = tf.convert_to_tensor(whole)
        scale = np.abs(expected).max()
        assert scale > 0
        assert_close(tf.convert_to_tensor(stepwise), expected, scale=max(scale, 1))


@pytest.mark.slow
@pytest.mark.parametrize(("kind", "forced"), [("dot", False), ("dot", True), ("feeding", True), ("bahdanau", False)])
def test_one_trace_serves_all_shapes_in_training(kind, forced):
    model = built(kind, bidirectional=False, layers=1, **WIDE)
    ids, traces = tf.TensorSpec((None, None), tf.int32), itertools.count()

    @tf.function(input_signature=[ids, ids, tf.TensorSpec((), tf.float32)], autograph=False)
    def step(source, target, teacher_forcing):
        next(traces)
        with tf.GradientTape() as tape:
            hidden = model.hidden(
                source, target, training=True, **({"teacher_forcing": teacher_forcing} if forced else {})
            )
            logits = model.head(hidden)
            loss = tf.reduce_sum(logits**2)
        gradients = tape.gradient(loss, [each.value for each in model.trainable_variables])
        return logits, [tf.convert_to_tensor(each) for each in gradients]

    for shape in [(3, 5, 6), (4, 1, 1), (2, 9, 3)]:
        source, target = batch_of(*shape)
        logits, gradients = step(source, target, tf.constant(1.0))
        assert_close(logits, logits_of(model, source, target))
        assert all(np.all(np.isfinite(each)) for each in gradients)
        if shape[1] > 1:  # with one token attention has no choice and a recurrent kernel reads zeros
            assert all(np.any(each != 0) for each in gradients)
    assert next(traces) == 1


def test_mixed_precision_gives_float32_logits():
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        for kind in ("dot", "bahdanau"):
            model = built.__wrapped__(kind)
            steps, looks = stepped(model, truth)
            assert steps.dtype == looks.dtype == np.float32
            assert_close(steps, logits_of(model), terms=8, dtype="bfloat16")
            assert model.hidden(SOURCE, TARGET).dtype == tf.bfloat16
    finally:
        keras.config.set_dtype_policy("float32")
