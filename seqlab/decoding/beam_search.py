"""Beam search: the best sequences that a step function can be led to, many sentences at once, one loop in one graph."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
import tensorflow as tf

from seqlab.decoding.beam_options import BeamOptions

Step = Callable[[tf.Tensor, Any], Any]
"""(ids (rows,) int32, state) → (logits (rows, vocabulary), state), or (logits, state, attention (rows, source)).

Rows are batch · width, the beams of a sentence one after the other. A state is any nest of tensors with the rows as
first axis, whose shapes stay. Beams are reordered within their sentence: what is the same for all of them (an encoder's
output) needs no place in the state; the step closes over it, `repeated` to the rows."""

UNSEEN = 1e-9
"""Attention that a place of the source gets at least, so that its logarithm is a number."""


class Settings(NamedTuple):
    """What of `BeamOptions` is no shape, as tensors: other values retrace nothing."""

    length_penalty: tf.Tensor
    """() float32, as is the next"""
    coverage_penalty: tf.Tensor
    handicaps: tf.Tensor
    """(vocabulary,) float32, added to the log-probabilities of every step; −∞ for ids that never come"""


class Candidates(NamedTuple):
    """The best continuations of every step before any is chosen, the best first: (batch, steps, 2 · width) each.

    Behind `Hypotheses.searched` stand those of a search that went on for the sake of other sentences. See `prefixes`.
    """

    ids: tf.Tensor
    parents: tf.Tensor
    """which of the beams alive before the step they continue"""
    log_probabilities: tf.Tensor


class Hypotheses(NamedTuple):
    """The sequences found, (batch, n_best, …), the best first."""

    ids: tf.Tensor
    """(batch, n_best, steps) int32; from the end on only the end's id"""
    lengths: tf.Tensor
    """ids, the end's among them; 0 where there is no such hypothesis"""
    scores: tf.Tensor
    """what they are ranked by"""
    log_probabilities: tf.Tensor
    """float32, handicaps included"""
    ended: tf.Tensor
    """bool, false where the limit cut it off"""
    attention: tf.Tensor
    """(batch, n_best, steps, source) float32; source is 0 where the step gives none"""
    searched: tf.Tensor
    """(batch,) int32, steps after which the sentence was done"""
    candidates: Candidates


class _Alive(NamedTuple):
    """Beginnings that go on, the most probable first: (batch, width), the state (batch · width, …)."""

    ids: tf.Tensor
    log_probabilities: tf.Tensor
    coverage: tf.Tensor
    """(batch, width, source), the attention so far"""
    state: Any


class _Found(NamedTuple):
    """Hypotheses, (batch, n) each, by where they end: their ids are read backwards when the search is over."""

    scores: tf.Tensor
    log_probabilities: tf.Tensor
    ended: tf.Tensor
    step: tf.Tensor
    """of the last id"""
    slot: tf.Tensor
    """the beam that the last id continues"""
    last: tf.Tensor
    """the last id"""


class _Trail(NamedTuple):
    """What every step left: arrays over steps."""

    ids: tf.TensorArray
    parents: tf.TensorArray
    attention: tf.TensorArray
    candidates: Candidates


def settings(
    beam: BeamOptions, vocabulary_size: int, *, unknown: int | None = None, excluded: Sequence[int] = ()
) -> Settings:
    """`excluded`: ids that never come, such as padding and the start."""
    handicaps = np.zeros(vocabulary_size, np.float32)
    if unknown is not None:
        handicaps[unknown] = -beam.unknown_penalty
    handicaps[list(excluded)] = -np.inf
    return Settings(tf.constant(beam.length_penalty), tf.constant(beam.coverage_penalty), tf.constant(handicaps))


def repeated(nest: Any, width: int) -> Any:
    """Each row `width` times: (batch, …) → (batch · width, …)."""
    return tf.nest.map_structure(lambda tensor: tf.repeat(tensor, width, axis=0), nest)


def beam_search(
    step: Step,
    state: Any,
    first: tf.Tensor,
    limits: tf.Tensor,
    settings: Settings,
    *,
    end: int,
    width: int,
    n_best: int = 1,
    shortest: int = 0,
    source_mask: tf.Tensor | None = None,
) -> Hypotheses:
    """The `n_best` best sequences after `first` (batch,) int32, each of at most `limits` (batch,) int32 ids, 1 or more.

    `shortest`: so many ids stand before an end at least.

    Sequences are ranked by log P / lp + cp (Wu et al. 2016, section 7, equation 14); `source_mask` (batch, source)
    bool says which places the coverage penalty counts, and is needed where the step gives attention. Of the 2 · width
    best continuations of a step those that end and are among the first `width` are hypotheses, and the first `width`
    that do not end go on. What the limit cuts off takes the places for which no ended sequence was found.

    A sentence is done when no beginning can still beat its n-th hypothesis: log-probabilities only fall, lp is largest
    at the limit and cp is at most 0. From then on nothing of it changes, so that it is the same in every batch.
    """
    batch, longest = tf.shape(first)[0], tf.reduce_max(limits)
    source_mask = tf.ones((batch, 0), tf.bool) if source_mask is None else source_mask
    endless = handicaps_without(end, settings)
    alive = _Alive(
        tf.repeat(first[:, None], width, axis=1),
        tf.tile([[0.0] + [-np.inf] * (width - 1)], (batch, 1)),
        tf.zeros((batch, width, tf.shape(source_mask)[1])),
        repeated(state, width),
    )

    def body(
        place: tf.Tensor, alive: _Alive, found: _Found, searched: tf.Tensor, done: tf.Tensor, trail: _Trail
    ) -> tuple[tf.Tensor, _Alive, _Found, tf.Tensor, tf.Tensor, _Trail]:
        totals, attention, alive = _asked(step, alive, tf.where(place < shortest, endless, settings.handicaps))
        candidates = _best(totals, 2 * width)
        coverage = coverage_scores(alive.coverage, source_mask, settings)
        arrived = _arrived(candidates, coverage, place, settings, end=end, width=width)
        onward, alive = _continued(alive, candidates, end=end)
        cut = _cut(onward, coverage_scores(alive.coverage, source_mask, settings), place, settings)
        better = _filled(_ranked(found, arrived), cut, place + 1 == limits)
        found = _where(done[:, None], found, better)
        searched = tf.where(done, searched, place + 1)
        bound = alive.log_probabilities[:, 0] / length_penalties(limits, settings)
        done |= (place + 1 >= limits) | (bound <= found.scores[:, -1])
        return place + 1, alive, found, searched, done, _written(trail, place, onward, attention, candidates)

    start = (tf.constant(0), alive, _nothing(batch, n_best), tf.zeros_like(first), tf.zeros_like(first, tf.bool))
    steps, _, found, searched, _, trail = tf.while_loop(
        lambda place, alive, found, searched, done, trail: ~tf.reduce_all(done),
        body,
        (*start, _blank_trail(longest)),
        parallel_iterations=1,
    )
    return _read_back(found, trail, steps, end=end)._replace(searched=searched)


def length_penalties(lengths: tf.Tensor, settings: Settings) -> tf.Tensor:
    """lp = ((5 + length) / 6)^α (Wu et al. 2016, equation 14), float32."""
    return ((5.0 + tf.cast(lengths, tf.float32)) / 6.0) ** settings.length_penalty


def handicaps_without(end: int, settings: Settings) -> tf.Tensor:
    """Where an end would come too early, (vocabulary,)."""
    return settings.handicaps + tf.one_hot(end, tf.size(settings.handicaps), -np.inf, 0.0)


def coverage_scores(coverage: tf.Tensor, source_mask: tf.Tensor, settings: Settings) -> tf.Tensor:
    """cp = β · Σ log(min(attention so far, 1)) over the places of the source: (batch, width)."""
    logarithms = tf.math.log(tf.clip_by_value(coverage, UNSEEN, 1.0))
    return settings.coverage_penalty * tf.reduce_sum(tf.where(source_mask[:, None], logarithms, 0.0), axis=-1)


def _asked(step: Step, alive: _Alive, handicaps: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor, _Alive]:
    """Log-probabilities of all continuations (batch, width, vocabulary), attention (batch, width, source), and the
    beams with the step's state and coverage."""
    logits, state, *rest = step(tf.reshape(alive.ids, [-1]), alive.state)
    steps = tf.nn.log_softmax(tf.cast(logits, tf.float32)) + handicaps
    shape = tf.shape(alive.ids)
    totals = alive.log_probabilities[:, :, None] + tf.reshape(steps, tf.concat([shape, [-1]], 0))
    attention = tf.cast(tf.reshape(rest[0], tf.shape(alive.coverage)), tf.float32) if rest else alive.coverage
    attention = tf.ensure_shape(attention, alive.coverage.shape)
    state = tf.nest.map_structure(lambda new, old: tf.ensure_shape(new, old.shape), state, alive.state)
    return totals, attention, alive._replace(state=state, coverage=alive.coverage + attention)


def _best(totals: tf.Tensor, count: int) -> Candidates:
    """The most probable continuations of each sentence, (batch, count); of equals the earlier beam's, the lower id."""
    batch, width, size = tf.unstack(tf.shape(totals))
    values, flat = tf.math.top_k(tf.reshape(totals, (batch, width * size)), count)
    return Candidates(flat % size, flat // size, values)


def _arrived(
    candidates: Candidates, coverage: tf.Tensor, place: tf.Tensor, settings: Settings, *, end: int, width: int
) -> _Found:
    """The candidates that end, as hypotheses; the others with a score of −∞."""
    ids, parents, values = (field[:, :width] for field in candidates)
    scores = values / length_penalties(place + 1, settings) + tf.gather(coverage, parents, batch_dims=1)
    scores = tf.where(ids == end, scores, -np.inf)
    return _hypotheses(scores, values, tf.ones_like(ids, tf.bool), place, parents, ids)


def _continued(alive: _Alive, candidates: Candidates, *, end: int) -> tuple[Candidates, _Alive]:
    """The candidates that go on, (batch, width) each, and the beams that they become."""
    batch, width = tf.unstack(tf.shape(alive.ids))
    values, ranks = tf.math.top_k(tf.where(candidates.ids == end, -np.inf, candidates.log_probabilities), width)
    ids, parents = (tf.gather(field, ranks, batch_dims=1) for field in (candidates.ids, candidates.parents))
    rows = tf.reshape(parents + width * tf.range(batch)[:, None], [-1])
    state = tf.nest.map_structure(lambda tensor: tf.gather(tensor, rows), alive.state)
    onward = Candidates(*(tf.ensure_shape(field, alive.ids.shape) for field in (ids, parents, values)))
    return onward, _Alive(onward.ids, onward.log_probabilities, tf.gather(alive.coverage, parents, batch_dims=1), state)


def _cut(onward: Candidates, coverage: tf.Tensor, place: tf.Tensor, settings: Settings) -> _Found:
    """What goes on, as hypotheses that have not ended, the best first."""
    ids, parents, values = onward
    scores = values / length_penalties(place + 1, settings) + coverage
    cut = _hypotheses(scores, values, tf.zeros_like(ids, tf.bool), place, parents, ids)
    return _taken(cut, tf.math.top_k(scores, tf.shape(ids)[1])[1])


def _hypotheses(
    scores: tf.Tensor, values: tf.Tensor, ended: tf.Tensor, place: tf.Tensor, parents: tf.Tensor, ids: tf.Tensor
) -> _Found:
    """Those with a score of −∞ are none: they have no last step."""
    return _Found(scores, values, ended, tf.where(scores > -np.inf, place, -1), parents, ids)


def _ranked(found: _Found, arrived: _Found) -> _Found:
    """The best of both; of equals the one found earlier."""
    both = _joined(found, arrived)
    return _taken(both, tf.math.top_k(both.scores, tf.shape(found.scores)[1])[1])


def _filled(found: _Found, cut: _Found, at_limit: tf.Tensor) -> _Found:
    """Where a sentence is at its limit (batch,), places that no ended hypothesis holds go to those cut off."""
    there = tf.math.count_nonzero(found.scores > -np.inf, axis=1, keepdims=True, dtype=tf.int32)
    n_best = tf.shape(found.scores)[1]
    places = tf.range(n_best)[None]
    order = tf.where((places < there) | ~at_limit[:, None], places, n_best + places - there)
    return _taken(_joined(found, cut), order)


def _joined(first: _Found, second: _Found) -> _Found:
    return _Found(*(tf.concat(pair, axis=1) for pair in zip(first, second, strict=True)))


def _taken(found: _Found, order: tf.Tensor) -> _Found:
    return _Found(*(tf.gather(field, order, batch_dims=1) for field in found))


def _where(condition: tf.Tensor, first: _Found, second: _Found) -> _Found:
    pairs = zip(first, second, strict=True)
    return _Found(*(tf.ensure_shape(tf.where(condition, one, other), one.shape) for one, other in pairs))


def _nothing(batch: tf.Tensor, n_best: int) -> _Found:
    shape = (batch, n_best)
    numbers = tf.fill(shape, -np.float32(np.inf))
    return _Found(numbers, numbers, tf.zeros(shape, tf.bool), *(tf.fill(shape, value) for value in (-1, 0, 0)))


def _blank_trail(longest: tf.Tensor) -> _Trail:
    def array(dtype: tf.DType, rank: int) -> tf.TensorArray:
        return tf.TensorArray(dtype, longest, element_shape=[None] * rank)

    candidates = Candidates(array(tf.int32, 2), array(tf.int32, 2), array(tf.float32, 2))
    return _Trail(array(tf.int32, 2), array(tf.int32, 2), array(tf.float32, 3), candidates)


def _written(
    trail: _Trail, place: tf.Tensor, onward: Candidates, attention: tf.Tensor, candidates: Candidates
) -> _Trail:
    return _Trail(
        trail.ids.write(place, onward.ids),
        trail.parents.write(place, onward.parents),
        trail.attention.write(place, attention),
        Candidates(*(array.write(place, field) for array, field in zip(trail.candidates, candidates, strict=True))),
    )


def _read_back(found: _Found, trail: _Trail, steps: tf.Tensor, *, end: int) -> Hypotheses:
    """Follow every hypothesis from its last id to its first."""
    ids, parents, attention = (array.gather(tf.range(steps)) for array in trail[:3])
    candidates = Candidates(*(_batch_first(array.gather(tf.range(steps))) for array in trail.candidates))

    def body(back: tf.Tensor, slot: tf.Tensor, words: tf.TensorArray, looks: tf.TensorArray) -> Any:
        place = steps - 1 - back
        last, there = place == found.step, place <= found.step
        word = tf.where(last, found.last, tf.gather(ids[place], slot, batch_dims=1))
        slot = tf.where(last, found.slot, tf.gather(parents[place], slot, batch_dims=1))
        look = tf.where(there[:, :, None], tf.gather(attention[place], slot, batch_dims=1), 0.0)
        return back + 1, slot, words.write(place, tf.where(there, word, end)), looks.write(place, look)

    arrays = (tf.TensorArray(tf.int32, steps), tf.TensorArray(tf.float32, steps))
    _, _, words, looks = tf.while_loop(
        lambda back, *_: back < steps, body, (tf.constant(0), tf.zeros_like(found.slot), *arrays), parallel_iterations=1
    )
    by_step = (tf.transpose(words.stack(), (1, 2, 0)), tf.transpose(looks.stack(), (1, 2, 0, 3)))
    return Hypotheses(
        by_step[0], found.step + 1, found.scores, found.log_probabilities, found.ended, by_step[1], steps, candidates
    )


def _batch_first(field: tf.Tensor) -> tf.Tensor:
    return tf.transpose(field, (1, 0, 2))


def prefixes(found: Hypotheses, sentence: int, *, end: int, width: int) -> list[list[tuple[list[int], float]]]:
    """For each step of a sentence's search its `width` best candidates: all ids from the first on, log-probability."""
    arrays = [np.asarray(field[sentence]) for field in found.candidates]
    alive: list[list[int]] = [[]] * width
    shown = []
    for ids, parents, values in zip(*(array[: int(found.searched[sentence])] for array in arrays), strict=True):
        sequences = [[*alive[parent], int(word)] for parent, word in zip(parents, ids, strict=True)]
        shown.append([(ids, float(value)) for ids, value in zip(sequences, values, strict=True) if value > -np.inf])
        alive = [sequence for sequence in sequences if sequence[-1] != end][:width]
    return [step[:width] for step in shown]
