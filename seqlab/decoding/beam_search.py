"""Beam search: the best sequences of a step function, for many sentences at once, in one loop of one graph.

Sequences are ranked by log P / lp + cp (Wu et al. 2016, section 7, equation 14). Of the 2 · width best continuations of
a step those that end and are among the first `width` become hypotheses, and the first `width` that do not end are
continued. Where fewer than `n_best` sequences have ended at the length limit, the best of those cut off follow.

The search of a sentence is over when none of its beams can still beat its n-th hypothesis: log probabilities only fall,
lp is largest at the limit, and cp is at most 0. Nothing of the sentence changes from then on, so the sentences of a
batch influence each other through rounding alone: the shape of a batch decides how sums are rounded, to about 1e-6 of a
score. The best sequence is the same in every batch unless another one has the same score up to rounding. Of an n-best
list entries with such scores may swap, and the last ones may be others.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeAlias

import numpy as np
import tensorflow as tf

from seqlab.decoding.beam_scores import BeamSettings, bias_without_end, coverage_scores, length_penalties
from seqlab.decoding.beam_trace import Candidates, Finished, Hypotheses, Trace, empty_trace, record, trace_back

State: TypeAlias = Any
"""Any nest of tensors with the rows as first axis. Their shapes do not change from step to step."""

Step = Callable[[tf.Tensor, State], tuple[tf.Tensor, ...]]
"""(ids (rows,) int64, state) → (logits (rows, vocabulary), state), or (logits, state, attention (rows, source)).

Rows are batch · width, the beams of a sentence side by side. Beams are reordered within their sentence: what all beams
of a sentence share (the output of an encoder) does not belong in the state; the step closes over it, with its rows
repeated by `repeat_rows`."""


class Alive(NamedTuple):
    """The hypotheses that are continued, the most probable first."""

    ids: tf.Tensor
    """(batch, width) int64, the last id of each: a loop keeps int32 in the host's memory, for which a GPU waits"""
    log_probabilities: tf.Tensor
    """(batch, width) float32"""
    coverage: tf.Tensor
    """(batch, width, source) float32, the sum of the attention of all steps"""
    state: State
    """(batch · width, …)"""


class SearchState(NamedTuple):
    """The variables of the loop."""

    t: tf.Tensor
    """() int32, the step"""
    alive: Alive
    finished: Finished
    """(batch, n_best) each, the best first"""
    search_steps: tf.Tensor
    """(batch,) int64"""
    done: tf.Tensor
    """(batch,) bool"""
    trace: Trace


def repeat_rows(nest: State, width: int) -> State:
    """Each row `width` times in a row: (batch, …) → (batch · width, …)."""
    return tf.nest.map_structure(lambda tensor: tf.repeat(tensor, width, axis=0), nest)


def beam_search(
    step: Step,
    state: State,
    first: tf.Tensor,
    limits: tf.Tensor,
    settings: BeamSettings,
    *,
    end: int,
    width: int,
    n_best: int = 1,
    min_length: int = 0,
    source_mask: tf.Tensor | None = None,
) -> Hypotheses:
    """The `n_best` best sequences after the ids `first` (batch,) int32, each of at most `limits` (batch,) int32 ids.

    `state`: of the step function, (batch, …). `limits` are at least 1. `min_length`: least number of ids before the
    end's. `source_mask`: (batch, source) bool, true for positions that the coverage penalty counts, required if the
    step function returns attention.
    """
    source_mask = tf.ones((tf.shape(first)[0], 0), tf.bool) if source_mask is None else source_mask
    search = _Search(step, settings, limits, source_mask, end, width, min_length)
    start = search.start(first, state, n_best)
    last = tf.while_loop(
        lambda *fields: ~tf.reduce_all(SearchState(*fields).done),
        lambda *fields: search.advance(SearchState(*fields)),
        tuple(start),
        parallel_iterations=1,
    )
    last = SearchState(*last)
    return trace_back(last.finished, last.trace, last.t, last.search_steps, end=end)


@dataclass(frozen=True)
class _Search:
    """What stays the same during a search."""

    step: Step
    settings: BeamSettings
    limits: tf.Tensor
    """(batch,) int32"""
    source_mask: tf.Tensor
    """(batch, source) bool"""
    end: int
    width: int
    min_length: int

    def start(self, first: tf.Tensor, state: State, n_best: int) -> SearchState:
        """first: (batch,) int32; state: (batch, …)."""
        batch = tf.shape(first)[0]
        alive = Alive(
            tf.repeat(tf.cast(first, tf.int64)[:, None], self.width, axis=1),  # (batch, width)
            tf.tile([[0.0] + [-np.inf] * (self.width - 1)], (batch, 1)),  # (batch, width): all beams but one are copies
            tf.zeros((batch, self.width, tf.shape(self.source_mask)[1])),  # (batch, width, source)
            repeat_rows(state, self.width),
        )
        return SearchState(
            t=tf.constant(0),
            alive=alive,
            finished=none_finished(batch, n_best),
            search_steps=tf.zeros_like(first, tf.int64),
            done=tf.zeros_like(first, tf.bool),
            trace=empty_trace(tf.reduce_max(self.limits)),
        )

    def advance(self, before: SearchState) -> SearchState:
        """One step of all sentences; those that are done keep what they found."""
        t, length = before.t, before.t + 1
        bias = tf.where(t < self.min_length, bias_without_end(self.end, self.settings), self.settings.logit_bias)
        totals, attention, alive = expand(self.step, before.alive, bias)
        candidates = top_candidates(totals, 2 * self.width)
        finished = select_finished(
            candidates, self._coverage_scores(alive), t, self.settings, end=self.end, width=self.width
        )
        selected, alive = select_alive(alive, candidates, end=self.end)
        cut_off = cut_off_alive(selected, self._coverage_scores(alive), t, self.settings)
        finished = fill_at_limit(merge(before.finished, finished), cut_off, length == self.limits)
        finished = where(before.done[:, None], before.finished, finished)
        # No sequence that continues the best beam can get more than this, (batch,).
        bound = alive.log_probabilities[:, 0] / length_penalties(self.limits, self.settings)
        return SearchState(
            t=length,
            alive=alive,
            finished=finished,
            search_steps=tf.where(before.done, before.search_steps, tf.cast(length, tf.int64)),
            done=before.done | (length >= self.limits) | (bound <= finished.scores[:, -1]),
            trace=record(before.trace, t, selected, attention, candidates),
        )

    def _coverage_scores(self, alive: Alive) -> tf.Tensor:
        return coverage_scores(alive.coverage, self.source_mask, self.settings)


def expand(step: Step, alive: Alive, logit_bias: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor, Alive]:
    """All continuations of the beams: their log probabilities (batch, width, vocabulary), the attention of the step
    (batch, width, source), and the beams with the new state and coverage. logit_bias: (vocabulary,)."""
    logits, state, *rest = step(tf.reshape(alive.ids, [-1]), alive.state)  # (batch · width, vocabulary)
    log_probabilities = tf.nn.log_softmax(tf.cast(logits, tf.float32)) + logit_bias  # (batch · width, vocabulary)
    shape = tf.concat([tf.shape(alive.ids), [-1]], 0)
    totals = alive.log_probabilities[:, :, None] + tf.reshape(log_probabilities, shape)  # (batch, width, vocabulary)
    attention = tf.cast(tf.reshape(rest[0], tf.shape(alive.coverage)), tf.float32) if rest else alive.coverage
    attention = tf.ensure_shape(attention, alive.coverage.shape)  # (batch, width, source)
    state = tf.nest.map_structure(lambda new, old: tf.ensure_shape(new, old.shape), state, alive.state)
    return totals, attention, alive._replace(state=state, coverage=alive.coverage + attention)


def top_candidates(totals: tf.Tensor, count: int) -> Candidates:
    """The most probable continuations of each sentence: (batch, width, vocabulary) → (batch, count) each.

    Of equals the one of the earlier beam comes first, then the one with the lower id.
    """
    batch, width, vocabulary_size = tf.unstack(tf.shape(totals))
    values, flat = tf.math.top_k(tf.reshape(totals, (batch, width * vocabulary_size)), count)  # (batch, count)
    flat, size = tf.cast(flat, tf.int64), tf.cast(vocabulary_size, tf.int64)
    return Candidates(flat % size, flat // size, values)


def select_finished(
    candidates: Candidates, coverage: tf.Tensor, t: tf.Tensor, settings: BeamSettings, *, end: int, width: int
) -> Finished:
    """The first `width` candidates as hypotheses; those that do not end get a score of −∞. coverage: (batch, width)."""
    ids, parents, values = (field[:, :width] for field in candidates)  # (batch, width)
    scores = values / length_penalties(t + 1, settings) + tf.gather(coverage, parents, batch_dims=1)
    scores = tf.where(ids == end, scores, -np.inf)
    return _as_finished(scores, values, tf.ones_like(ids, tf.bool), t, parents, ids)


def select_alive(alive: Alive, candidates: Candidates, *, end: int) -> tuple[Candidates, Alive]:
    """The best candidates that do not end, (batch, width) each, and the beams that they become."""
    batch, width = tf.unstack(tf.shape(alive.ids))
    continued = tf.where(candidates.ids == end, -np.inf, candidates.log_probabilities)  # (batch, 2 · width)
    values, ranks = tf.math.top_k(continued, width)  # (batch, width)
    ids, parents = (tf.gather(field, ranks, batch_dims=1) for field in (candidates.ids, candidates.parents))
    first_rows = tf.cast(width * tf.range(batch), tf.int64)  # (batch,)
    rows = tf.reshape(parents + first_rows[:, None], [-1])  # (batch · width,), of the state
    state = tf.nest.map_structure(lambda tensor: tf.gather(tensor, rows), alive.state)
    selected = Candidates(*(tf.ensure_shape(field, alive.ids.shape) for field in (ids, parents, values)))
    coverage = tf.gather(alive.coverage, parents, batch_dims=1)  # (batch, width, source)
    return selected, Alive(selected.ids, selected.log_probabilities, coverage, state)


def cut_off_alive(selected: Candidates, coverage: tf.Tensor, t: tf.Tensor, settings: BeamSettings) -> Finished:
    """The beams alive as hypotheses that have not ended, the best first; (batch, width) each, as is `coverage`."""
    ids, parents, values = selected
    scores = values / length_penalties(t + 1, settings) + coverage
    cut_off = _as_finished(scores, values, tf.zeros_like(ids, tf.bool), t, parents, ids)
    return _gather(cut_off, tf.math.top_k(scores, tf.shape(ids)[1])[1])


def _as_finished(
    scores: tf.Tensor, values: tf.Tensor, ended: tf.Tensor, t: tf.Tensor, parents: tf.Tensor, ids: tf.Tensor
) -> Finished:
    """(batch, n) each. A score of −∞ means that there is no hypothesis: it has no last step."""
    last_step = tf.where(scores > -np.inf, tf.cast(t, tf.int64), tf.constant(-1, tf.int64))
    return Finished(scores, values, ended, last_step, parents, ids)


def none_finished(batch: tf.Tensor, n_best: int) -> Finished:
    """Before the first step, (batch, n_best) each."""
    shape = (batch, n_best)
    numbers = tf.fill(shape, -np.float32(np.inf))
    integers = (tf.fill(shape, tf.constant(value, tf.int64)) for value in (-1, 0, 0))
    return Finished(numbers, numbers, tf.zeros(shape, tf.bool), *integers)


def merge(found: Finished, new: Finished) -> Finished:
    """As many of both as there are in `found`, the best first; of equals the one found earlier."""
    both = _concatenate(found, new)
    return _gather(both, tf.math.top_k(both.scores, tf.shape(found.scores)[1])[1])


def fill_at_limit(found: Finished, cut_off: Finished, at_limit: tf.Tensor) -> Finished:
    """Where a sentence is at its limit (batch,) bool, ranks without a hypothesis get those that were cut off."""
    count = tf.math.count_nonzero(found.scores > -np.inf, axis=1, keepdims=True)  # (batch, 1) int64
    n_best = tf.cast(tf.shape(found.scores)[1], tf.int64)
    ranks = tf.cast(tf.range(tf.shape(found.scores)[1]), tf.int64)[None]  # (1, n_best)
    order = tf.where((ranks < count) | ~at_limit[:, None], ranks, n_best + ranks - count)  # (batch, n_best)
    return _gather(_concatenate(found, cut_off), order)


def where(condition: tf.Tensor, first: Finished, second: Finished) -> Finished:
    """condition: (batch, 1) bool."""
    pairs = zip(first, second, strict=True)
    chosen = Finished(*(tf.where(condition, one, other) for one, other in pairs))
    for new, old in zip(chosen, first, strict=True):
        new.set_shape(old.shape)  # without an operation: that of bools has no kernel that leaves them on a GPU
    return chosen


def _concatenate(first: Finished, second: Finished) -> Finished:
    return Finished(*(tf.concat(pair, axis=1) for pair in zip(first, second, strict=True)))


def _gather(found: Finished, ranks: tf.Tensor) -> Finished:
    """ranks: (batch, n) → (batch, n) each."""
    return Finished(*(tf.gather(field, ranks, batch_dims=1) for field in found))
