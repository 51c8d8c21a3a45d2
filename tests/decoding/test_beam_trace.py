"""What a beam search records at every step, read back from records written by hand."""

import numpy as np
import pytest
import tensorflow as tf
from closeness import assert_close

from seqlab.decoding.beam_trace import Candidates, Finished, best_prefixes, empty_trace, record, trace_back

END = 1


@pytest.fixture
def found():
    """Two beams over three steps; the one that ends at step 2 crosses from beam 0 to beam 1 and back."""
    ids, parents = [[5, 6], [7, 8], [9, 9]], [[0, 0], [1, 0], [1, 0]]
    trace = empty_trace(tf.constant(3))
    for t in range(3):
        alive = Candidates(tf.constant([ids[t]], tf.int64), tf.constant([parents[t]], tf.int64), tf.zeros((1, 2)))
        attention = tf.constant([[[t, 0.0], [0.0, t]]], tf.float32)
        best = Candidates(*(tf.concat([each, each], axis=1) for each in alive))
        trace = record(trace, tf.constant(t), alive, attention, best)
    ended = Finished(
        scores=tf.constant([[-1.0, -np.inf]]),
        log_probabilities=tf.constant([[-2.0, 0.0]]),
        ended=tf.constant([[True, False]]),
        last_step=tf.constant([[2, -1]], tf.int64),
        parents=tf.constant([[1, 0]], tf.int64),
        last_ids=tf.constant([[END, 0]], tf.int64),
    )
    return trace_back(ended, trace, tf.constant(3), tf.constant([3]), end=END)


def test_a_hypothesis_is_followed_from_its_last_id_to_its_first(found):
    """Its last id continues beam 1 of step 1 (id 8), which continues beam 0 of step 0 (id 5)."""
    assert found.ids.numpy()[0].tolist() == [[5, 8, END], [END] * 3]
    assert found.lengths.numpy().tolist() == [[3, 0]]


def test_its_attention_is_that_of_the_beams_it_went_through(found):
    assert_close(found.attention[0, 0], [[0, 0], [1, 0], [0, 2]])
    assert_close(found.attention[0, 1], np.zeros((3, 2)))


def test_prefixes_of_the_candidates_without_those_that_are_impossible():
    values = np.array([[[-1, -2, -np.inf], [-3, -4, -5]]], np.float32)
    candidates = Candidates(np.array([[[5, END, 6], [7, 8, 9]]]), np.array([[[0, 0, 1], [0, 0, 1]]]), values)
    hypotheses = type("Found", (), {"candidates": candidates, "search_steps": np.array([2])})
    assert best_prefixes(hypotheses, 0, end=END, width=2) == [
        [([5], -1.0), ([END], -2.0)],
        [([5, 7], -3.0), ([5, 8], -4.0)],
    ]
