"""Chunks of time: cut and joined they are the whole, in both directions."""

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st

from seqlab.layers.rnn.time_chunks import CHUNK, MULTIPLE, TimeChunks


@pytest.mark.parametrize(
    ("length", "count", "size"),
    [(1, 1, MULTIPLE), (MULTIPLE + 1, 1, 2 * MULTIPLE), (CHUNK, 1, CHUNK), (CHUNK + 1, 2, CHUNK)],
)
def test_a_short_text_is_one_chunk_of_a_rounded_length(length, count, size):
    chunks = TimeChunks(tf.constant(length), reverse=False)
    assert (int(chunks.count), int(chunks.size)) == (count, size)


@settings(max_examples=20)
@given(length=st.integers(1, 3 * CHUNK), reverse=st.booleans())
def test_cut_and_joined_is_the_whole(length, reverse):
    whole = np.random.default_rng(length).normal(size=(2, length, 3)).astype(np.float32)
    chunks = TimeChunks(tf.constant(length), reverse)
    cut = [chunks.cut(tf.constant(whole), tf.constant(index)) for index in range(int(chunks.count))]
    assert {tuple(each.shape) for each in cut} == {(2, int(chunks.size), 3)}
    array = tf.TensorArray(tf.float32, len(cut))
    for index, each in enumerate(cut):
        array = array.write(index, each)
    np.testing.assert_array_equal(chunks.join(array), whole)
    steps = [int(chunks.steps(tf.constant(index))) for index in range(len(cut))]
    assert sum(steps) == length
    partial = steps[0 if reverse else -1]
    assert steps.count(int(chunks.size)) >= len(steps) - 1
    assert 0 < partial <= int(chunks.size)


@pytest.mark.parametrize("descending", [False, True])
@pytest.mark.parametrize("length", [5, 2 * CHUNK + 3])
def test_a_loop_goes_through_all_chunks_in_order_and_returns_results_by_index(length, descending):
    chunks = TimeChunks(tf.constant(length), reverse=False)
    count = int(chunks.count)

    def function(index, carried):
        return carried * 10 + index, (tf.fill((1, 1, 1), tf.cast(index, tf.float32)),)

    carried, (results,) = chunks.loop(function, tf.constant(0), [(1, 1, 1)], descending=descending)
    order = range(count)[::-1] if descending else range(count)
    assert int(carried) == int("".join(map(str, order)))
    assert results.stack()[:, 0, 0, 0].numpy().tolist() == list(range(count))
