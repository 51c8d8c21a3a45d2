"""Greedy search against the only beam of a beam search, and by hand."""

import numpy as np
import pytest
import tensorflow as tf
from closeness import assert_close
from hypothesis import given, strategies
from hypothesis import settings as hypothesis_settings
from scripted_steps import END, HIGHEST, MASK, SIZE, in_python, score, step, step_with_attention

from seqlab.decoding.beam_options import BeamOptions
from seqlab.decoding.beam_scores import beam_settings
from seqlab.decoding.beam_search import beam_search
from seqlab.decoding.beam_trace import best_prefixes
from seqlab.decoding.greedy import greedy_search

GREEDY = BeamOptions(width=1, length_penalty=0.0)


@tf.function(reduce_retracing=True)
def both(sentences, limits, chosen, min_length):
    arguments = (sentences, tf.zeros_like(limits), limits, chosen)
    options = {"end": END, "min_length": min_length, "source_mask": tf.ones((tf.size(limits), 3), tf.bool)}
    greedy = greedy_search(step_with_attention, *arguments, **options)
    return greedy, beam_search(step_with_attention, *arguments, **options, width=1)


@hypothesis_settings(max_examples=60, deadline=None)
@given(
    sentences=strategies.lists(strategies.integers(0, 96), min_size=3, max_size=3),
    limits=strategies.lists(strategies.integers(1, 12), min_size=3, max_size=3),
    min_length=strategies.sampled_from([0, 2]),
)
def test_greedy_search_equals_a_beam_of_one_without_length_penalty(sentences, limits, min_length):
    chosen = beam_settings(GREEDY, SIZE, excluded=[3])
    greedy, beam = both(tf.constant(sentences, tf.int64), tf.constant(limits), chosen, tf.constant(min_length))
    for field in ("ids", "lengths", "ended", "search_steps"):
        np.testing.assert_array_equal(getattr(greedy, field), getattr(beam, field), field)
    for field in ("scores", "log_probabilities", "attention"):
        assert_close(getattr(greedy, field), getattr(beam, field), scale=HIGHEST)


def search(sentences, limits, beam, mask=None):
    arguments = (tf.constant(sentences, tf.int64), tf.zeros(len(sentences), tf.int32), tf.constant(limits))
    model = step if mask is None else step_with_attention
    return greedy_search(model, *arguments, beam_settings(beam, SIZE), end=END, source_mask=mask)


def greedy_ids(sentence, limit):
    ids = []
    while len(ids) < limit and END not in ids:
        ids.append(max(range(SIZE), key=lambda word: in_python(sentence, [*ids, word])[0]))
    return ids


@pytest.mark.parametrize("penalties", [{}, {"length_penalty": 2.0, "coverage_penalty": 0.7}])
def test_by_hand_whatever_the_penalties(penalties):
    """Penalties change the score, not the sequence, which ends where the most probable id is the end."""
    beam, limits = BeamOptions(width=1, **{"length_penalty": 0.0, **penalties}), [12, 3, 7, 12]
    found = search([10, 20, 30, 40], limits, beam, MASK)
    for row, (sentence, limit) in enumerate(zip([10, 20, 30, 40], limits, strict=True)):
        ids = greedy_ids(sentence, limit)
        assert found.ids[row, 0, : len(ids)].numpy().tolist() == ids
        assert int(found.lengths[row, 0]) == len(ids)
        assert bool(found.ended[row, 0]) == (ids[-1] == END)
        value, looks = in_python(sentence, ids)
        assert_close(found.log_probabilities[row, 0], value, scale=HIGHEST)
        assert_close(found.scores[row, 0], score(sentence, ids, beam, MASK[row]), scale=HIGHEST)
        assert_close(found.attention[row, 0, : len(ids)], looks)
        assert not found.attention[row, 0, len(ids) :].numpy().any()


def test_its_steps_are_the_prefixes_with_their_log_probabilities():
    found = search([10, 20], [4, 9], GREEDY)
    for row, (sentence, limit) in enumerate([(10, 4), (20, 9)]):
        ids = greedy_ids(sentence, limit)
        for length, shown in enumerate(best_prefixes(found, row, end=END, width=1), start=1):
            ((beginning, value),) = shown
            assert beginning == ids[:length]
            assert_close(value, in_python(sentence, beginning)[0], scale=HIGHEST)
        assert length == len(ids)
