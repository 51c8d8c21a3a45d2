"""Greedy search: the likeliest id at every step, many sentences at once, one loop in one graph."""

from __future__ import annotations

from typing import Any

import tensorflow as tf

from seqlab.decoding.beam_search import (
    Candidates,
    Hypotheses,
    Settings,
    Step,
    coverage_scores,
    handicaps_without,
    length_penalties,
)


def greedy_search(
    step: Step,
    state: Any,
    first: tf.Tensor,
    limits: tf.Tensor,
    settings: Settings,
    *,
    end: int,
    shortest: int = 0,
    source_mask: tf.Tensor | None = None,
) -> Hypotheses:
    """The one sequence after each `first` that takes the likeliest id at every step, of equals the lowest, to its end.

    Called as `beam_search` is, and the same as its only beam where nothing is ranked by length, in a sixth of the
    operations: no beam is chosen, ranked, reordered or read backwards. A penalty of length or coverage changes the
    score, not the sequence.
    """
    batch, longest = tf.shape(first)[0], tf.reduce_max(limits)
    source_mask = tf.ones((batch, 0), tf.bool) if source_mask is None else source_mask
    endless = handicaps_without(end, settings)

    def body(
        place: tf.Tensor, ids: tf.Tensor, state: Any, total: tf.Tensor, done: tf.Tensor, trail: tuple[Any, ...]
    ) -> tuple[Any, ...]:
        logits, after, *rest = step(ids, state)
        handicaps = tf.where(place < shortest, endless, settings.handicaps)
        values = tf.nn.log_softmax(tf.cast(logits, tf.float32)) + handicaps
        ids = tf.where(done, end, tf.argmax(values, axis=-1, output_type=tf.int32))
        total = tf.where(done, total, total + tf.reduce_max(values, axis=-1))
        look = tf.cast(rest[0], tf.float32) if rest else tf.zeros((batch, 0))
        looked = tf.where(done[:, None], 0.0, look)
        trail = tuple(array.write(place, new) for array, new in zip(trail, (ids, total, looked), strict=True))
        after = tf.nest.map_structure(lambda new, old: tf.ensure_shape(new, old.shape), after, state)
        done |= (ids == end) | (place + 1 >= limits)
        return place + 1, ids, after, tf.ensure_shape(total, first.shape), done, trail

    ranks = ((tf.int32, 1), (tf.float32, 1), (tf.float32, 2))
    arrays = tuple(tf.TensorArray(dtype, longest, element_shape=[None] * rank) for dtype, rank in ranks)
    start = (tf.constant(0), first, state, tf.zeros_like(first, tf.float32), tf.zeros_like(first, tf.bool), arrays)
    steps, *_, trail = tf.while_loop(
        lambda place, ids, state, total, done, trail: ~tf.reduce_all(done), body, start, parallel_iterations=1
    )
    ids, totals, looks = (array.gather(tf.range(steps)) for array in trail)
    return _as_hypotheses(tf.transpose(ids), tf.transpose(totals), looks, limits, settings, source_mask, end=end)


def _as_hypotheses(
    ids: tf.Tensor,
    totals: tf.Tensor,
    looks: tf.Tensor,
    limits: tf.Tensor,
    settings: Settings,
    source_mask: tf.Tensor,
    *,
    end: int,
) -> Hypotheses:
    """ids and log-probabilities so far (batch, steps), attention (steps, batch, source)."""
    before_end = tf.math.count_nonzero(ids != end, axis=1, dtype=tf.int32)
    ended = before_end < limits
    lengths = tf.where(ended, before_end + 1, limits)
    attention = tf.transpose(looks, (1, 0, 2))[:, None]
    log_probabilities = totals[:, -1:]
    scores = log_probabilities / length_penalties(lengths[:, None], settings)
    scores += coverage_scores(tf.reduce_sum(attention, axis=2), source_mask, settings)
    candidates = Candidates(ids[:, :, None], tf.zeros_like(ids)[:, :, None], totals[:, :, None])
    return Hypotheses(
        ids[:, None], lengths[:, None], scores, log_probabilities, ended[:, None], attention, lengths, candidates
    )
