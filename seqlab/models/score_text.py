"""Scoring a whole text with a language model, its state carried from the beginning to the end."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from seqlab.progress import Progress

if TYPE_CHECKING:
    import keras
    import tensorflow as tf

    Scorer = Callable[[tf.Tensor, Any], tuple[tf.Tensor, tf.Tensor, Any]]
else:
    Scorer = Callable

MIN_SEGMENT = 4_096
"""Ids. A text of 60,000 ids is scored as 14 segments side by side, ten times as fast as one after the other."""
MAX_SEGMENTS = 64
WARM_UP = 256
"""Ids before a segment that are read and not scored, so that its first ids have a state as if all had been read."""
IDS_PER_CALL = 256
"""Ids of each segment per call."""


def score_text(
    model: keras.Model, scorer: Scorer, ids: np.ndarray, max_context: int | None, progress: Progress
) -> tuple[np.ndarray, np.ndarray]:
    """(log-probability of each id but the first in nats, float64; whether it was the most probable), both (ids − 1,).

    ids: (ids,) int32; `scorer`: what `compile_scorer` returned. A model without `max_context` reads segments of the
    text side by side and carries its state through each. One with it reads windows of that many ids, which overlap by
    half: every id is scored where the model has seen at least that half.
    """
    positions = len(ids) - 1
    if max_context is None:
        segments = int(np.clip(positions // MIN_SEGMENT, 1, MAX_SEGMENTS))
        warm_up = min(WARM_UP, positions) if segments > 1 else 0
        length = -(-(positions - warm_up) // segments) + warm_up
        per_call, rows = IDS_PER_CALL, segments
    else:
        length, warm_up = min(max_context, positions), max_context // 2 if positions > max_context else 0
        per_call, rows = length, 32
    starts = np.arange(0, max(positions - warm_up, 1), max(length - warm_up, 1))
    scores, correct = np.zeros(positions), np.zeros(positions, bool)
    with progress.step("evaluating", len(starts) * length, "tokens") as step:
        for first in range(0, len(starts), rows):
            some = starts[first : first + rows]
            for offset, log_probabilities, hits in _blocks(model, scorer, ids, some, length, per_call):
                step.advance(log_probabilities.size)
                _fill(scores, correct, some + offset, some, warm_up, log_probabilities, hits)
    return scores, correct


def _fill(
    scores: np.ndarray,
    correct: np.ndarray,
    begins: np.ndarray,
    starts: np.ndarray,
    warm_up: int,
    log_probabilities: np.ndarray,
    hits: np.ndarray,
) -> None:
    """Write the scores of one block of each segment; ids of a warm-up were scored in the segment before."""
    for row, (begin, start) in enumerate(zip(begins, starts, strict=True)):
        first = begin if start == 0 else max(begin, start + warm_up)
        last = min(begin + log_probabilities.shape[1], len(scores))
        if first < last:
            inside = slice(first - begin, last - begin)
            scores[first:last] = log_probabilities[row, inside]
            correct[first:last] = hits[row, inside]


def _blocks(
    model: keras.Model, scorer: Scorer, ids: np.ndarray, starts: np.ndarray, length: int, per_call: int
) -> Iterator[tuple[int, np.ndarray, np.ndarray]]:
    """(offset, log-probabilities (segments, block), hits (segments, block)) block by block; zeros after the text."""
    import tensorflow as tf

    segments = np.zeros((len(starts), length + 1), np.int32)
    for row, start in enumerate(starts):
        piece = ids[start : start + length + 1]
        segments[row, : len(piece)] = piece
    state = model.initial_state(len(starts))
    for offset in range(0, length, per_call):
        block = tf.constant(segments[:, offset : offset + per_call + 1])
        log_probabilities, hits, state = scorer(block, state)
        yield offset, log_probabilities.numpy().astype(np.float64), hits.numpy()


def compile_scorer(model: keras.Model) -> Scorer:
    """A function (ids (texts, time + 1), state) → log-probability of each id but the first, whether it was the most
    probable, new state."""
    import tensorflow as tf

    @tf.function(reduce_retracing=True, autograph=False)
    def scorer(block: tf.Tensor, state: Any) -> tuple[tf.Tensor, tf.Tensor, Any]:
        logits, state = model.advance(block[:, :-1], state, training=False)
        targets = block[:, 1:]
        log_probabilities = -tf.nn.sparse_softmax_cross_entropy_with_logits(targets, logits)
        return log_probabilities, tf.argmax(logits, axis=-1, output_type=targets.dtype) == targets, state

    compiled: Scorer = scorer
    return compiled
