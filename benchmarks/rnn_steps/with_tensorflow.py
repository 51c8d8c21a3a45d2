"""seqlab's layer, or with `keras` the layer of Keras. Many steps in one compiled function, as seqlab trains."""

import os
import sys
from collections.abc import Callable

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import tensorflow as tf
from cases import Case, answer

from seqlab.layers.rnn import Recurrent

KERAS = {"simple_rnn": keras.layers.SimpleRNN, "lstm": keras.layers.LSTM, "gru": keras.layers.GRU}


def ours(case: Case, depth: int) -> keras.layers.Layer:
    return Recurrent(
        case.cell,
        case.units,
        bidirectional=case.bidirectional,
        return_sequences=case.sequences or depth < case.layers - 1,
        vocabulary_size=case.features if case.one_hot else None,
    )


def of_keras(case: Case, depth: int) -> keras.layers.Layer:
    layer = KERAS[case.cell](case.units, return_sequences=case.sequences or depth < case.layers - 1)
    return keras.layers.Bidirectional(layer) if case.bidirectional else layer


def prepare(case: Case) -> Callable[[int], None]:
    mine = sys.argv[1] == "ours"
    layers = [(ours if mine else of_keras)(case, depth) for depth in range(case.layers)]
    inputs = tf.Variable(case.inputs(), trainable=not case.one_hot)
    mask = tf.sequence_mask(case.lengths(), case.time) if case.masked else None
    target = tf.constant(case.target())

    def output() -> tf.Tensor:
        x = inputs.value()
        if case.one_hot and not mine:
            x = tf.one_hot(x, case.features)
        for layer in layers:
            x = layer(x, mask=mask, training=True)
        return x

    output()
    weights = [variable.value for layer in layers for variable in layer.trainable_variables]
    learned = weights + ([] if case.one_hot else [inputs])

    @tf.function
    def steps(number: tf.Tensor) -> None:
        for _ in tf.range(number):
            with tf.GradientTape() as tape:
                loss = tf.reduce_sum(output() * target)
            for variable, gradient in zip(learned, tape.gradient(loss, learned), strict=True):
                if isinstance(gradient, tf.IndexedSlices):
                    variable.scatter_sub(tf.IndexedSlices(1e-7 * gradient.values, gradient.indices))
                else:
                    variable.assign_sub(1e-7 * gradient)

    return lambda number: steps(tf.constant(number))


if __name__ == "__main__":
    answer(prepare)
