"""Scores of beam search by hand."""

import math

import numpy as np
import tensorflow as tf
from closeness import assert_close

from seqlab.decoding.beam_options import BeamOptions
from seqlab.decoding.beam_scores import (
    LEAST_ATTENTION,
    beam_settings,
    bias_without_end,
    coverage_scores,
    length_penalties,
)


def test_length_penalty_by_hand():
    penalties = length_penalties(tf.constant([1, 7, 13]), beam_settings(BeamOptions(length_penalty=0.5), 2))
    assert_close(penalties, [1, 2**0.5, 3**0.5])


def test_coverage_by_hand():
    """β · Σ log min(attention, 1) over the positions that count; nothing received is no minus infinity."""
    settings = beam_settings(BeamOptions(coverage_penalty=0.5), 4)
    coverage = tf.constant([[[0.5, 2.0, 0.25]], [[0.0, 1.0, 1.0]]])
    mask = tf.constant([[True, True, False], [True, True, True]])
    expected = [[0.5 * math.log(0.5)], [0.5 * math.log(LEAST_ATTENTION)]]
    assert_close(coverage_scores(coverage, mask, settings), expected)


def test_biases_of_single_ids():
    settings = beam_settings(BeamOptions(unknown_penalty=0.75), 5, unknown=2, excluded=(0, 4))
    assert settings.logit_bias.numpy().tolist() == [-np.inf, 0, -0.75, 0, -np.inf]
    assert bias_without_end(3, settings).numpy().tolist() == [-np.inf, 0, -0.75, -np.inf, -np.inf]
