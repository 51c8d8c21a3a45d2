"""Scores of beam search: length and coverage penalty (Wu et al. 2016, section 7) and biases of single ids."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import tensorflow as tf

from seqlab.decoding.beam_options import BeamOptions

LEAST_ATTENTION = 1e-9
"""Lower bound of the attention that a source position received: its logarithm must be finite."""


class BeamSettings(NamedTuple):
    """The options of `BeamOptions` that are no shapes, as tensors: other values retrace nothing."""

    length_penalty: tf.Tensor
    """() float32"""
    coverage_penalty: tf.Tensor
    """() float32"""
    logit_bias: tf.Tensor
    """(vocabulary,) float32, added to the log probabilities of every step; −∞ for ids that are never generated"""


def beam_settings(
    options: BeamOptions, vocabulary_size: int, *, unknown: int | None = None, excluded: Sequence[int] = ()
) -> BeamSettings:
    """`unknown`: the id that `unknown_penalty` applies to. `excluded`: ids never generated, such as padding."""
    logit_bias = np.zeros(vocabulary_size, np.float32)
    if unknown is not None:
        logit_bias[unknown] = -options.unknown_penalty
    logit_bias[list(excluded)] = -np.inf
    return BeamSettings(
        tf.constant(options.length_penalty), tf.constant(options.coverage_penalty), tf.constant(logit_bias)
    )


def length_penalties(lengths: tf.Tensor, settings: BeamSettings) -> tf.Tensor:
    """lp = ((5 + length) / 6)^α of equation 14: int32 of any shape → float32 of the same shape."""
    return ((5.0 + tf.cast(lengths, tf.float32)) / 6.0) ** settings.length_penalty


def coverage_scores(coverage: tf.Tensor, source_mask: tf.Tensor, settings: BeamSettings) -> tf.Tensor:
    """cp = β · Σ log(min(attention so far, 1)) over the source positions, equation 14.

    coverage: (batch, width, source) float32, the sum of the attention of all steps; source_mask: (batch, source) bool,
    true for positions that count → (batch, width) float32.
    """
    logarithms = tf.math.log(tf.clip_by_value(coverage, LEAST_ATTENTION, 1.0))  # (batch, width, source)
    counted = tf.where(source_mask[:, None], logarithms, 0.0)  # (batch, width, source)
    return settings.coverage_penalty * tf.reduce_sum(counted, axis=-1)


def bias_without_end(end: int, settings: BeamSettings) -> tf.Tensor:
    """The bias of steps at which no sequence may end, (vocabulary,) float32."""
    return settings.logit_bias + tf.one_hot(end, tf.size(settings.logit_bias), -np.inf, 0.0)
