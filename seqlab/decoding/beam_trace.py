"""What a beam search records at every step, and the sequences read back from it.

During the search a hypothesis is only its last id and the beam that this id continues. Its ids and its attention are
read from the records when the search is over: nothing of the past is copied when beams are reordered.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import tensorflow as tf


class Candidates(NamedTuple):
    """The best continuations of each step before any is selected, the best first: (batch, steps, 2 · width) each.

    During the search those of a single step, (batch, n), with int64 for int32. A sentence whose search ended early has
    meaningless candidates from step `Hypotheses.search_steps` on.
    """

    ids: tf.Tensor
    """int32"""
    parents: tf.Tensor
    """int32, the beam that each continues"""
    log_probabilities: tf.Tensor
    """float32, of the whole sequence"""


class Hypotheses(NamedTuple):
    """The sequences found, (batch, n_best, …), the best first."""

    ids: tf.Tensor
    """(batch, n_best, steps) int32; the end's id from the end on"""
    lengths: tf.Tensor
    """(batch, n_best) int32, the end's id included; 0 where no such hypothesis was found"""
    scores: tf.Tensor
    """(batch, n_best) float32, by which they are ranked"""
    log_probabilities: tf.Tensor
    """(batch, n_best) float32, biases included"""
    ended: tf.Tensor
    """(batch, n_best) bool, false where the length limit cut it off"""
    attention: tf.Tensor
    """(batch, n_best, steps, source) float32; source is 0 where the step function returns no attention"""
    search_steps: tf.Tensor
    """(batch,) int32, steps after which the search of the sentence was over"""
    candidates: Candidates


class Finished(NamedTuple):
    """Hypotheses by their last id, (batch, n) each."""

    scores: tf.Tensor
    """float32, −∞ where there is none"""
    log_probabilities: tf.Tensor
    """float32"""
    ended: tf.Tensor
    """bool, false where the length limit cut it off"""
    last_step: tf.Tensor
    """int64, the step of the last id; −1 where there is none"""
    parents: tf.Tensor
    """int64, the beam that the last id continues"""
    last_ids: tf.Tensor
    """int64"""


class Trace(NamedTuple):
    """The records, arrays over steps."""

    ids: tf.TensorArray
    """(batch, width) int64, of the beams alive after the step"""
    parents: tf.TensorArray
    """(batch, width) int64, the beams that they continue"""
    attention: tf.TensorArray
    """(batch, width, source) float32, of the beams alive before the step"""
    candidates: Candidates
    """three arrays of (batch, 2 · width)"""


def empty_trace(most_steps: tf.Tensor) -> Trace:
    def array(dtype: tf.DType, rank: int) -> tf.TensorArray:
        return tf.TensorArray(dtype, most_steps, element_shape=[None] * rank)

    candidates = Candidates(array(tf.int64, 2), array(tf.int64, 2), array(tf.float32, 2))
    return Trace(array(tf.int64, 2), array(tf.int64, 2), array(tf.float32, 3), candidates)


def record(trace: Trace, t: tf.Tensor, alive: Candidates, attention: tf.Tensor, candidates: Candidates) -> Trace:
    """The trace with step `t`, () int32. alive: (batch, width) each; attention: (batch, width, source)."""
    return Trace(
        trace.ids.write(t, alive.ids),
        trace.parents.write(t, alive.parents),
        trace.attention.write(t, attention),
        Candidates(*(array.write(t, field) for array, field in zip(trace.candidates, candidates, strict=True))),
    )


def trace_back(finished: Finished, trace: Trace, steps: tf.Tensor, search_steps: tf.Tensor, *, end: int) -> Hypotheses:
    """Follow every hypothesis from its last id to its first. steps: () int32; search_steps: (batch,) int64."""
    ids, parents, attention = (array.gather(tf.range(steps)) for array in trace[:3])  # (steps, batch, width, …)
    candidates = Candidates(*(_batch_first(array.gather(tf.range(steps))) for array in trace.candidates))

    def body(
        back: tf.Tensor, beam: tf.Tensor, path: tf.TensorArray, attended: tf.TensorArray
    ) -> tuple[tf.Tensor, tf.Tensor, tf.TensorArray, tf.TensorArray]:
        t, now = steps - 1 - back, tf.cast(steps - 1 - back, tf.int64)
        is_last, exists = now == finished.last_step, now <= finished.last_step  # (batch, n_best)
        chosen = tf.where(is_last, finished.last_ids, tf.gather(ids[t], beam, batch_dims=1))  # (batch, n_best)
        beam = tf.where(is_last, finished.parents, tf.gather(parents[t], beam, batch_dims=1))  # (batch, n_best)
        weights = tf.where(
            exists[:, :, None], tf.gather(attention[t], beam, batch_dims=1), 0.0
        )  # (batch, n_best, source)
        return (
            back + 1,
            beam,
            path.write(t, tf.where(exists, chosen, tf.constant(end, tf.int64))),
            attended.write(t, weights),
        )

    start = (
        tf.constant(0),
        tf.zeros_like(finished.parents),
        tf.TensorArray(tf.int64, steps),
        tf.TensorArray(tf.float32, steps),
    )
    _, _, path, attended = tf.while_loop(lambda back, *_: back < steps, body, start, parallel_iterations=1)
    return Hypotheses(
        ids=tf.cast(tf.transpose(path.stack(), (1, 2, 0)), tf.int32),  # (steps, batch, n_best) → (batch, n_best, steps)
        lengths=tf.cast(finished.last_step, tf.int32) + 1,
        scores=finished.scores,
        log_probabilities=finished.log_probabilities,
        ended=finished.ended,
        attention=tf.transpose(attended.stack(), (1, 2, 0, 3)),  # (batch, n_best, steps, source)
        search_steps=tf.cast(search_steps, tf.int32),
        candidates=candidates,
    )


def _batch_first(field: tf.Tensor) -> tf.Tensor:
    """(steps, batch, n) → (batch, steps, n), of ids and parents int32."""
    field = tf.transpose(field, (1, 0, 2))
    return tf.cast(field, tf.int32) if field.dtype.is_integer else field


def best_prefixes(found: Hypotheses, sentence: int, *, end: int, width: int) -> list[list[tuple[list[int], float]]]:
    """For each step of a sentence's search its `width` best candidates: all ids from the first on, log probability."""
    arrays = [np.asarray(field[sentence]) for field in found.candidates]
    alive: list[list[int]] = [[]] * width
    shown = []
    for ids, parents, values in zip(*(array[: int(found.search_steps[sentence])] for array in arrays), strict=True):
        sequences = [[*alive[parent], int(last)] for parent, last in zip(parents, ids, strict=True)]
        shown.append([(ids, float(value)) for ids, value in zip(sequences, values, strict=True) if value > -np.inf])
        alive = [sequence for sequence in sequences if sequence[-1] != end][:width]
    return [step[:width] for step in shown]
