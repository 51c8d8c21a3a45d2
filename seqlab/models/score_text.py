"""Running a language model over a whole text, its state carried from the beginning to the end."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from seqlab.models.kept import kept
from seqlab.progress import Progress

if TYPE_CHECKING:
    import keras

SHORTEST_STRETCH = 4_096
"""A text of 60,000 ids is read in 14 stretches side by side: one after the other would take ten times as long."""
MOST_STRETCHES = 64
RUN_UP = 256
"""Ids before a stretch that are read and not scored: what its first ids follow is known, as if all had been read."""
AT_ONCE = 256
"""Ids of each stretch per call."""


def read_text(
    model: keras.Model, ids: np.ndarray, longest: int | None, progress: Progress
) -> tuple[np.ndarray, np.ndarray]:
    """(log-probability of each id but the first in nats, float64; whether it was the likeliest), both (ids − 1,).

    ids: (ids,) int32. A model without end reads stretches of the text side by side, its state carried through each; one
    that reads `longest` ids at once reads windows of them that overlap by half, and every id is scored where the model
    has seen at least that half.
    """
    places = len(ids) - 1
    if longest is None:
        stretches = int(np.clip(places // SHORTEST_STRETCH, 1, MOST_STRETCHES))
        run_up = min(RUN_UP, places) if stretches > 1 else 0
        length = -(-(places - run_up) // stretches) + run_up
        at_once, rows = AT_ONCE, stretches
    else:
        length, run_up = min(longest, places), longest // 2 if places > longest else 0
        at_once, rows = length, 32
    starts = np.arange(0, max(places - run_up, 1), max(length - run_up, 1))
    scores, right = np.zeros(places), np.zeros(places, bool)
    with progress.step("evaluating", len(starts) * length, "tokens") as step:
        for first in range(0, len(starts), rows):
            some = starts[first : first + rows]
            for offset, log_probabilities, likeliest in _stretches(model, ids, some, length, at_once):
                step.advance(log_probabilities.size)
                _fill(scores, right, some + offset, some, run_up, log_probabilities, likeliest)
    return scores, right


def _fill(
    scores: np.ndarray,
    right: np.ndarray,
    begins: np.ndarray,
    starts: np.ndarray,
    run_up: int,
    log_probabilities: np.ndarray,
    likeliest: np.ndarray,
) -> None:
    """Put what was said of a block of each stretch in its place: what lies in a run-up was scored before it."""
    for row, (begin, start) in enumerate(zip(begins, starts, strict=True)):
        from_place = begin if start == 0 else max(begin, start + run_up)
        to_place = min(begin + log_probabilities.shape[1], len(scores))
        if from_place < to_place:
            inside = slice(from_place - begin, to_place - begin)
            scores[from_place:to_place] = log_probabilities[row, inside]
            right[from_place:to_place] = likeliest[row, inside]


def _stretches(model: keras.Model, ids: np.ndarray, starts: np.ndarray, length: int, at_once: int) -> Any:
    """(offset, log-probabilities (stretches, block), likeliest) block by block; behind the text's end ids are zero."""
    import tensorflow as tf

    wide = np.zeros((len(starts), length + 1), np.int32)
    for row, start in enumerate(starts):
        piece = ids[start : start + length + 1]
        wide[row, : len(piece)] = piece
    state, forward = model.initial_state(len(starts)), kept(model, "reading", lambda: _reading(model))
    for offset in range(0, length, at_once):
        block = tf.constant(wide[:, offset : offset + at_once + 1])
        log_probabilities, likeliest, state = forward(block, state)
        yield offset, log_probabilities.numpy().astype(np.float64), likeliest.numpy()


def _reading(model: keras.Model) -> Any:
    """A function (ids (texts, time + 1), state) → log-probability of each id but the first, whether it was the
    likeliest, state."""
    import tensorflow as tf

    @tf.function(reduce_retracing=True, autograph=False)
    def forward(block: tf.Tensor, state: Any) -> tuple[tf.Tensor, tf.Tensor, Any]:
        logits, state = model.advance(block[:, :-1], state, training=False)
        wanted = block[:, 1:]
        log_probabilities = -tf.nn.sparse_softmax_cross_entropy_with_logits(wanted, logits)
        return log_probabilities, tf.argmax(logits, axis=-1, output_type=wanted.dtype) == wanted, state

    return forward
