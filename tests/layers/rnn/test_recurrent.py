"""The recurrent layer gives the results and gradients of the Keras layers, however it is unrolled."""

import sys

import hypothesis.strategies as st
import keras
import numpy as np
import pytest
import tensorflow as tf
from closeness import assert_close
from hypothesis import given, settings
from keras_twins import KERAS, assert_like_keras, built, force, keras_twin, right_padded
from random_tensors import normal

from seqlab.layers import rnn
from seqlab.layers.embedding import token_mask
from seqlab.layers.rnn import Recurrent, recurrent, unroll
from seqlab.layers.rnn.cells import CELLS

# Where Keras decides for or against cuDNN; `keras.src.backend.tensorflow.rnn` names a function of the module.
cudnn = sys.modules["keras.src.backend.tensorflow.rnn"]
each_cell = pytest.mark.parametrize("cell", CELLS)


@pytest.mark.slow
@each_cell
@pytest.mark.parametrize("unrolled", ["plain", "without gradients"])
@pytest.mark.parametrize("lengths", [None, [7, 1, 4]], ids=["unmasked", "masked"])
def test_results_and_gradients_of_keras(monkeypatch, cell, unrolled, lengths):
    force(monkeypatch, unrolled)
    assert_like_keras(cell, bidirectional=True, time=7, lengths=lengths)


@pytest.mark.slow
@settings(max_examples=8, deadline=None)
@given(
    cell=st.sampled_from(sorted(CELLS)),
    lengths=st.lists(st.integers(1, 9), min_size=1, max_size=3),
    more=st.integers(0, 2),
    features=st.integers(1, 3),
    units=st.integers(1, 3),
    bidirectional=st.booleans(),
)
def test_results_of_keras_for_all_lengths(cell, lengths, more, features, units, bidirectional):
    with pytest.MonkeyPatch.context() as patch:
        force(patch, "plain")
        time = max(lengths) + more
        assert_like_keras(cell, bidirectional, time, lengths, len(lengths), features, units)


@pytest.mark.parametrize(
    ("cell", "unrolled"), [*[(cell, "plain") for cell in CELLS], ("gru", "compiled"), ("lstm", "without gradients")]
)
def test_ids_are_exactly_one_hot_vectors(monkeypatch, cell, unrolled):
    force(monkeypatch, unrolled)
    layer = built(cell, 3, 6, vocabulary_size=6, bidirectional=True, return_sequences=True, return_state=True)
    ids, mask = tf.constant([[3, 1, 5, 1], [2, 2, 0, 0]]), right_padded([4, 2], 4)
    outputs, _ = layer(ids, mask=mask, training=True)
    expected, *_ = keras_twin(layer)(tf.one_hot(ids, 6), mask=mask)
    assert_close(outputs, expected)


def test_the_layer_is_all_that_other_packages_see():
    assert rnn.__all__ == ["Recurrent"]
    assert rnn.Recurrent is recurrent.Recurrent


@pytest.mark.slow
def test_gradient_of_a_one_hot_kernel_touches_its_rows_only():
    layer = built("lstm", 3, 50, vocabulary_size=50)
    dense = built("lstm", 3, 50)
    ids = tf.constant([[7, 9, 7]])
    with tf.GradientTape(persistent=True) as tape:
        sparse_loss = tf.reduce_sum(layer(ids, training=True))
        dense_loss = tf.reduce_sum(dense(tf.one_hot(ids, 50), training=True))
    gradient = tape.gradient(sparse_loss, layer.directions[0].kernel.value)
    assert isinstance(gradient, tf.IndexedSlices)
    assert sorted(gradient.indices.numpy()) == [7, 7, 9]
    expected = tape.gradient(dense_loss, dense.directions[0].kernel.value)
    assert_close(tf.convert_to_tensor(gradient), expected)


@each_cell
def test_parameters_names_and_initial_values_are_those_of_keras(cell):
    keras.utils.set_random_seed(3)
    layer = Recurrent(cell, 6, bidirectional=True, name="recurrent")
    layer.build((None, None, 4))
    keras.utils.set_random_seed(3)
    twin = keras.layers.Bidirectional(KERAS[cell](6))
    twin.build((None, None, 4))
    assert layer.count_params() == twin.count_params()
    names = [
        f"recurrent/{way}_{what}" for way in ("forward", "backward") for what in ("kernel", "recurrent_kernel", "bias")
    ]
    assert [v.path for v in layer.trainable_variables] == names
    for ours, theirs in zip(layer.trainable_variables, twin.trainable_variables, strict=True):
        assert ours.shape == theirs.shape
        if "bias" in ours.name:
            np.testing.assert_array_equal(ours, theirs)
        else:
            assert np.std(ours) == pytest.approx(np.std(theirs), rel=0.3)
    recurrent_kernel = layer.directions[0].recurrent_kernel.numpy()
    assert_close(recurrent_kernel @ recurrent_kernel.T, np.eye(6))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("cell", "policy", "unrolled"),
    [
        *[(cell, policy, "plain") for cell in CELLS for policy in ("mixed_float16", "mixed_bfloat16")],
        ("gru", "mixed_bfloat16", "compiled"),
    ],
)
def test_mixed_precision_is_as_near_to_float32_as_keras(monkeypatch, cell, policy, unrolled):
    force(monkeypatch, unrolled)
    exact = built(cell, 8, 4, return_sequences=True)
    mixed = built(cell, 8, 4, return_sequences=True, return_state=True, dtype=policy)
    half = KERAS[cell](8, return_sequences=True, dtype=policy)
    half.build((None, None, 4))
    half.set_weights(exact.get_weights())
    x = normal(3, 30, 4)
    with tf.GradientTape(persistent=True) as tape:
        outputs, ((state, *_),) = mixed(x, training=True)
        mine, theirs, true = tf.reduce_sum(outputs), tf.reduce_sum(half(x)), tf.reduce_sum(exact(x))
    assert outputs.dtype == mixed.compute_dtype
    assert state.dtype == tf.float32
    tolerance = 4 * float(np.abs(tf.cast(half(x), tf.float32) - exact(x)).max()) + 1e-3
    np.testing.assert_allclose(tf.cast(outputs, tf.float32), exact(x), atol=tolerance)
    for a, b in zip(
        tape.gradient(mine, [v.value for v in mixed.trainable_variables]),
        tape.gradient(true, [v.value for v in exact.trainable_variables]),
        strict=True,
    ):
        assert a.dtype == tf.float32
        scale = float(tf.reduce_max(tf.abs(b)))
        np.testing.assert_allclose(a, b, atol=scale * (0.02 if policy == "mixed_float16" else 0.1))
    assert np.isfinite(float(theirs))


@pytest.mark.slow
@pytest.mark.parametrize(("cell", "unrolled"), [*[(cell, "plain") for cell in CELLS], ("gru", "compiled")])
def test_more_padding_changes_nothing(monkeypatch, cell, unrolled):
    force(monkeypatch, unrolled)
    layer = built(cell, 5, 4, bidirectional=True, return_sequences=True, return_state=True)
    x, lengths = normal(3, 6, 4), [6, 1, 4]
    outputs, states = layer(x, mask=right_padded(lengths, 6), training=True)
    padded = tf.concat([x, normal(3, 5, 4, seed=7)], axis=1)
    more, more_states = layer(padded, mask=right_padded(lengths, 11), training=True)
    assert_close(more[:, :6], outputs)
    assert np.all(more[:, 6:].numpy() == 0)
    assert np.all(outputs[1, 1:].numpy() == 0)
    for a, b in zip(tf.nest.flatten(states), tf.nest.flatten(more_states), strict=True):
        assert_close(a, b)


def test_the_last_output_of_a_masked_row_is_that_of_its_last_token():
    layer = built("gru", 4, 3, bidirectional=True)
    x = normal(2, 6, 3)
    outputs = layer(x, mask=right_padded([6, 2], 6))
    assert_close(outputs[1:], layer(x[1:, :2]))


def test_carried_states_continue_a_text():
    """Two halves with the state passed on are one text: stateful language models depend on it."""
    layer = built("lstm", 4, 3, return_sequences=True, return_state=True)
    x = normal(2, 8, 3)
    whole, (final,) = layer(x)
    first, states = layer(x[:, :5])
    second, (last,) = layer(x[:, 5:], initial_state=states)
    assert_close(tf.concat([first, second], axis=1), whole)
    assert_close(last[1], final[1])


def test_without_training_nothing_is_compiled():
    layer = built("gru", 4, 3)
    function = tf.function(lambda x: layer(x, training=False)).get_concrete_function(tf.TensorSpec((None, None, 3)))
    assert not any(f.attr["_XlaMustCompile"].b for f in function.graph.as_graph_def().library.function)


@each_cell
def test_small_cells_are_compiled_in_training_large_ones_are_not(cell, compiled):
    assert recurrent.unroll_function(cell, 32, training=True) is unroll.unroll_compiled
    assert recurrent.unroll_function(cell, 512, training=True) is unroll.unroll_plain
    assert recurrent.unroll_function(cell, 32, training=False) is unroll.unroll_without_gradients


@pytest.fixture
def _simulated_gpu(monkeypatch, simulated_gpu):
    """The layer takes the path for a GPU; Keras, finding none, runs its own loop: the results must agree."""
    monkeypatch.setattr(cudnn, "_is_gpu_available", lambda: False)


@pytest.mark.slow
@each_cell
@pytest.mark.usefixtures("_simulated_gpu")
@pytest.mark.parametrize("lengths", [None, [7, 1, 4]], ids=["unmasked", "masked"])
def test_the_path_for_a_gpu_has_the_same_results(cell, lengths):
    assert_like_keras(cell, bidirectional=True, time=7, lengths=lengths)
    layer = built(cell, 4, 3)
    assert (layer.directions[0].on_gpu is not None) == (cell != "simple_rnn")
    assert len(layer.variables) == len(layer.trainable_variables) == 3


@pytest.mark.usefixtures("_simulated_gpu")
def test_the_path_for_a_gpu_with_ids():
    layer = built("lstm", 3, 6, vocabulary_size=6, return_sequences=True, return_state=True)
    ids = tf.constant([[3, 1, 5, 1], [2, 2, 0, 0]])
    expected, *_ = keras_twin(layer)(tf.one_hot(ids, 6), mask=token_mask(ids))
    assert_close(layer(ids, mask=token_mask(ids))[0], expected)


@pytest.mark.usefixtures("_simulated_gpu")
@pytest.mark.parametrize("cell", ["lstm", "gru"])
@pytest.mark.parametrize("reverse", [False, True])
def test_meets_the_conditions_of_cudnn(monkeypatch, cell, reverse):
    """Keras' own check, with a simulated GPU; then the operation that it would run, intercepted."""

    layer = built(cell, 4, 3, return_sequences=True, bidirectional=True)
    inner = layer.directions[reverse].on_gpu
    monkeypatch.setattr(cudnn, "_is_gpu_available", lambda: True)
    options = {"reset_after": inner.cell.reset_after} if cell == "gru" else {}
    assert cudnn.cudnn_ok(inner.activation, inner.recurrent_activation, inner.unroll, inner.use_bias, **options)
    assert inner.use_cudnn == "auto"
    assert inner.cell.recurrent_dropout == inner.cell.dropout == 0
    calls = []

    class CudnnReachedError(Exception):
        pass

    def caught(**arguments):
        calls.append(arguments)
        raise CudnnReachedError

    monkeypatch.setattr(tf.raw_ops, "CudnnRNNV3", caught)
    # The forward direction is unrolled first, so the backward one is called alone.
    with pytest.raises(CudnnReachedError):
        states = (tf.zeros((2, 4)),) * CELLS[cell].state_count
        layer._unroll_on_gpu(layer.directions[reverse], inner, normal(2, 5, 3), right_padded([5, 1], 5), states)
    assert calls[0]["rnn_mode"] == cell
    np.testing.assert_array_equal(calls[0]["sequence_lengths"], [5, 1])


def test_padded_batches_are_accepted_by_cudnn():

    good = token_mask(tf.constant([[5, 4, 0], [1, 0, 0]]))
    assert bool(cudnn._is_sequence_right_padded(good))
    assert not bool(cudnn._has_fully_masked_sequence(good))
    assert bool(cudnn._has_fully_masked_sequence(token_mask(tf.constant([[5, 4, 0], [0, 0, 0]]))))


@pytest.mark.slow
def test_in_a_functional_model_with_states_between_layers():
    ids = keras.Input((None,), dtype="int32")
    mask = token_mask(ids)
    outputs, states = Recurrent(
        "lstm", 4, vocabulary_size=9, bidirectional=True, return_sequences=True, return_state=True
    )(ids, mask=mask)
    last = Recurrent("lstm", 4)(outputs, mask=mask, initial_state=(states[0],))
    model = keras.Model(ids, last)
    assert outputs.shape == (None, None, 8)
    assert model(np.array([[1, 2, 3], [4, 0, 0]]), training=True).shape == (2, 4)
    assert len(model.trainable_variables) == 9


def test_gradients_outside_training_are_those_that_tensorflow_derives():
    layer = Recurrent("gru", 3, bidirectional=True)
    x, mask = normal(2, 5, 4), tf.constant([[True] * 5, [True, True, False, False, False]])
    inputs = keras.Input((None, 4))
    model = keras.Model(inputs, layer(inputs))

    def gradient():
        with tf.GradientTape() as tape:
            tape.watch(x)
            outputs = layer(x, mask=mask, training=False)
        return outputs, tape.gradient(outputs, x)

    derived = gradient()
    with recurrent.keeping_gradients(model):
        assert layer.keeps_gradients
        kept = gradient()
    assert not layer.keeps_gradients
    for one, other in zip(kept, derived, strict=True):
        assert_close(one, other)
