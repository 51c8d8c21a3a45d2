"""Our recurrent layer and the Keras layer with the same weights: outputs, states, gradients."""

import keras
import numpy as np
import tensorflow as tf
from closeness import TERMS, assert_close
from random_tensors import normal

from seqlab.layers.rnn import Recurrent, recurrent, unroll
from seqlab.layers.rnn.cells import CELLS

KERAS = {"simple_rnn": keras.layers.SimpleRNN, "lstm": keras.layers.LSTM, "gru": keras.layers.GRU}
FUNCTIONS = {
    "plain": unroll.unroll_plain,
    "compiled": unroll.unroll_compiled,
    "without gradients": unroll.unroll_without_gradients,
}


def force(monkeypatch, name):
    monkeypatch.setattr(recurrent, "unroll_function", lambda cell, units, *, training: FUNCTIONS[name])


def right_padded(lengths, time):
    return tf.sequence_mask(lengths, time)


def keras_twin(layer):
    """The Keras layer with the same weights. Its outputs at masked steps are zero, its states are a flat list."""
    twin = KERAS[layer.cell](layer.units, return_sequences=True, return_state=True, zero_output_for_mask=True)
    if len(layer.direction_names) == 2:
        twin = keras.layers.Bidirectional(twin)
    twin.build((None, None, layer.directions[0].kernel.shape[0]))
    for theirs, ours in zip(twin.trainable_variables, layer.trainable_variables, strict=True):
        theirs.assign(ours)
    return twin


def built(cell, units, features, **options):
    """A layer whose biases are not zero."""
    layer = Recurrent(cell, units, **options)
    layer.build((None, None, features))
    for i, variable in enumerate(layer.trainable_variables):
        variable.assign(0.5 * normal(*variable.shape, seed=i))
    return layer


def with_gradients(function, x, states, variables):
    """Outputs, final states and the gradients of a weighted sum of them all, as one list of arrays."""

    @tf.function
    def run():
        with tf.GradientTape() as tape:
            tape.watch([x, *states])
            results = tf.nest.flatten(function(x, states))
            loss = tf.add_n([tf.reduce_sum(each * normal(*each.shape, seed=i)) for i, each in enumerate(results)])
        gradients = tape.gradient(loss, [x, *states, *variables])
        return [*results, *[tf.convert_to_tensor(each) for each in gradients]]

    return [each.numpy() for each in run()]


def assert_equal_to_keras(layer, x, mask, states):
    twin = keras_twin(layer)
    number = CELLS[layer.cell].state_count

    def ours(x, states):
        of_direction = [tuple(states[i : i + number]) for i in range(0, len(states), number)]
        return layer(x, mask=mask, initial_state=of_direction, training=True)

    mine = with_gradients(ours, x, states, [v.value for v in layer.trainable_variables])
    theirs = with_gradients(
        lambda x, states: twin(x, mask=mask, initial_state=list(states)),
        x,
        states,
        [v.value for v in twin.trainable_variables],
    )
    steps = x.shape[0] * x.shape[1]  # a kernel's gradient is a sum over all of them
    for a, b in zip(mine, theirs, strict=True):
        assert_close(a, b, terms=TERMS + steps, scale=max(1, np.abs(b).max()))


def assert_like_keras(cell, bidirectional, time, lengths=None, batch=3, features=4, units=5):
    layer = built(cell, units, features, bidirectional=bidirectional, return_sequences=True, return_state=True)
    mask = None if lengths is None else right_padded(lengths, time)
    number = CELLS[cell].state_count * (1 + bidirectional)
    states = [normal(batch, units, seed=9 + i) for i in range(number)]
    assert_equal_to_keras(layer, normal(batch, time, features), mask, states)
