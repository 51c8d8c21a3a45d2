"""Greedy search: the most probable id at every step, for many sentences at once, in one loop of one graph."""

from __future__ import annotations

from typing import NamedTuple

import tensorflow as tf

from seqlab.decoding.beam_scores import BeamSettings, bias_without_end, coverage_scores, length_penalties
from seqlab.decoding.beam_search import State, Step
from seqlab.decoding.beam_trace import Candidates, Hypotheses


class _Trace(NamedTuple):
    """What each step records; once stacked, steps are the first axis."""

    ids: tf.TensorArray
    """(batch,) int64: a loop keeps int32 in the host's memory, for which it would wait at every step"""
    totals: tf.TensorArray
    """(batch,) float32, log probability of the sequence so far"""
    attention: tf.TensorArray
    """(batch, source) float32"""


def greedy_search(
    step: Step,
    state: State,
    first: tf.Tensor,
    limits: tf.Tensor,
    settings: BeamSettings,
    *,
    end: int,
    min_length: int = 0,
    source_mask: tf.Tensor | None = None,
) -> Hypotheses:
    """The sequence after each id of `first` (batch,) int32 that takes the most probable id at every step.

    The arguments are those of `beam_search`, and so is the result for a width of 1 without a length penalty, in a sixth
    of the operations: no beams are selected, ranked, reordered or traced back. Of equal ids the lowest is taken. Length
    and coverage penalty change the score, not the sequence.
    """
    source_mask = tf.ones((tf.shape(first)[0], 0), tf.bool) if source_mask is None else source_mask

    def body(
        t: tf.Tensor, ids: tf.Tensor, state: State, totals: tf.Tensor, done: tf.Tensor, trace: _Trace
    ) -> tuple[tf.Tensor, ...]:
        bias = tf.where(t < min_length, bias_without_end(end, settings), settings.logit_bias)  # (vocabulary,)
        ids, values, attention, new_state = _best_ids(step, ids, state, bias)
        ids = tf.where(done, tf.constant(end, tf.int64), ids)  # (batch,)
        totals = tf.where(done, totals, totals + values)  # (batch,)
        attention = tf.where(done[:, None], 0.0, attention)  # (batch, source)
        trace = _Trace(*(array.write(t, new) for array, new in zip(trace, (ids, totals, attention), strict=True)))
        done |= (ids == end) | (t + 1 >= limits)  # (batch,)
        return t + 1, ids, new_state, tf.ensure_shape(totals, first.shape), done, trace

    types, most_steps = ((tf.int64, 1), (tf.float32, 1), (tf.float32, 2)), tf.reduce_max(limits)
    trace = _Trace(*(tf.TensorArray(dtype, most_steps, element_shape=[None] * rank) for dtype, rank in types))
    totals, done = tf.zeros_like(first, tf.float32), tf.zeros_like(first, tf.bool)
    start = (tf.constant(0), tf.cast(first, tf.int64), state, totals, done, trace)
    steps, *_, trace = tf.while_loop(
        lambda t, ids, state, totals, done, trace: ~tf.reduce_all(done), body, start, parallel_iterations=1
    )
    ids, totals, attention = (array.gather(tf.range(steps)) for array in trace)
    return _as_hypotheses(tf.transpose(ids), tf.transpose(totals), attention, limits, settings, source_mask, end=end)


def _best_ids(
    step: Step, ids: tf.Tensor, state: State, logit_bias: tf.Tensor
) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor, State]:
    """One step: the most probable ids (batch,), their log probabilities (batch,), attention (batch, source), state.

    ids: (batch,) int64; logit_bias: (vocabulary,).
    """
    logits, new_state, *rest = step(ids, state)  # (batch, vocabulary)
    log_probabilities = tf.nn.log_softmax(tf.cast(logits, tf.float32)) + logit_bias  # (batch, vocabulary)
    attention = tf.cast(rest[0], tf.float32) if rest else tf.zeros((tf.shape(ids)[0], 0))  # (batch, source)
    new_state = tf.nest.map_structure(lambda new, old: tf.ensure_shape(new, old.shape), new_state, state)
    best = tf.argmax(log_probabilities, axis=-1)
    return best, tf.reduce_max(log_probabilities, axis=-1), attention, new_state


def _as_hypotheses(
    ids: tf.Tensor,
    totals: tf.Tensor,
    attention: tf.Tensor,
    limits: tf.Tensor,
    settings: BeamSettings,
    source_mask: tf.Tensor,
    *,
    end: int,
) -> Hypotheses:
    """ids: (batch, steps) int64; totals: (batch, steps), log probabilities so far; attention: (steps, batch, source)"""
    before_end = tf.math.count_nonzero(ids != end, axis=1, dtype=tf.int32)  # (batch,)
    ids, ended = tf.cast(ids, tf.int32), before_end < limits  # (batch,)
    lengths = tf.where(ended, before_end + 1, limits)  # (batch,)
    attention = tf.transpose(attention, (1, 0, 2))[:, None]  # (batch, 1, steps, source)
    log_probabilities = totals[:, -1:]  # (batch, 1)
    scores = log_probabilities / length_penalties(lengths[:, None], settings)  # (batch, 1)
    scores += coverage_scores(tf.reduce_sum(attention, axis=2), source_mask, settings)
    return Hypotheses(
        ids=ids[:, None],  # (batch, 1, steps)
        lengths=lengths[:, None],
        scores=scores,
        log_probabilities=log_probabilities,
        ended=ended[:, None],
        attention=attention,
        search_steps=lengths,
        candidates=Candidates(ids[:, :, None], tf.zeros_like(ids)[:, :, None], totals[:, :, None]),
    )
