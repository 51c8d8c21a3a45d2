"""Scores of beam search by hand."""

import tensorflow as tf
from closeness import assert_close

from seqlab.decoding.beam_options import BeamOptions
from seqlab.decoding.beam_scores import beam_settings, length_penalties


def test_length_penalty_by_hand():
    penalties = length_penalties(tf.constant([1, 7, 13]), beam_settings(BeamOptions(length_penalty=0.5), 2))
    assert_close(penalties, [1, 2**0.5, 3**0.5])
