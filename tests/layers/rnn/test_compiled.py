"""Compiled chunks: what XLA compiles, how often it is traced, the results of Keras."""

import pytest
import tensorflow as tf
from keras_twins import assert_like_keras, built, force
from random_tensors import normal

from seqlab.layers.rnn import compiled
from seqlab.layers.rnn.cells import CELLS
from seqlab.layers.rnn.time_chunks import CHUNK

each_cell = pytest.mark.parametrize("cell", CELLS)


@pytest.mark.slow
@each_cell
def test_results_of_compiled_chunks(monkeypatch, cell):
    force(monkeypatch, "compiled")
    assert_like_keras(cell, bidirectional=False, time=CHUNK + 6)
    time = 2 * CHUNK + 2
    assert_like_keras(cell, bidirectional=True, time=time, lengths=[time, 3, 70])


def test_one_trace_and_one_compiled_chunk_serve_all_lengths(monkeypatch):
    traces = []
    forward_steps = compiled.forward_steps

    def counted(*arguments):
        traces.append(1)
        return forward_steps(*arguments)

    monkeypatch.setattr(compiled, "forward_steps", counted)
    layer = built("gru", 4, 3, return_sequences=True)
    run = tf.function(lambda x: layer(x, training=True), input_signature=[tf.TensorSpec((None, None, 3))])
    for time in (3, 64, 65, 200):
        run(normal(2, time, 3))
    # Once in the branch for a single chunk, once in the loop; both are compiled for (2, 64, 3 · 4), however long.
    assert len(traces) <= 2
    assert run.experimental_get_tracing_count() == 1


def test_both_loops_are_compiled(compiled):
    """The calls inside the graph of a training step are marked for XLA, forward and backward."""
    layer = built("gru", 4, 3, return_sequences=True)

    @tf.function
    def step(x):
        with tf.GradientTape() as tape:
            loss = tf.reduce_sum(layer(x, training=True))
        return tape.gradient(loss, layer.directions[0].kernel.value)

    definition = step.get_concrete_function(tf.TensorSpec((None, None, 3))).graph.as_graph_def()
    of_xla = {f.signature.name for f in definition.library.function if f.attr["_XlaMustCompile"].b}
    assert any("forward_steps" in name for name in of_xla)
    assert any("backward_steps" in name for name in of_xla)
