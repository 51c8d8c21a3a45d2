"""Scoring a whole text with a language model, its state carried from the beginning to the end."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from seqlab.data.spool import AT_ONCE, release, zeros
from seqlab.progress import Progress

if TYPE_CHECKING:
    import keras
    import tensorflow as tf

    Scorer = Callable[[tf.Tensor, Any], tuple[Any, ...]]
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
) -> tuple[np.ndarray, ...]:
    """What a scorer tells of each id but the first, (ids − 1, …) each: of `compile_scorer` its log-probability in nats,
    float64, and whether it was the most probable; of `compile_ranking_scorer` more.

    ids: (ids,) of any integers. A model without `max_context` reads segments of the text side by side and carries its
    state through each. One with it reads windows of that many ids, which overlap by half: every id is scored where the
    model has seen at least that half. The ids of a long text, and what is told of them, may be mapped.
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
    collected: list[np.ndarray] = []
    written = 0
    with progress.step("evaluating", len(starts) * length, "tokens") as step:
        for first in range(0, len(starts), rows):
            some = starts[first : first + rows]
            for offset, blocks in _blocks(model, scorer, ids, some, length, per_call):
                step.advance(blocks[0].shape[0] * blocks[0].shape[1])
                collected = collected or [zeros((positions, *each.shape[2:]), each.dtype) for each in blocks]
                _fill(collected, some + offset, some, warm_up, blocks)
                written += blocks[0].size
                if written >= AT_ONCE:
                    for array in (ids, *collected):
                        release(array)
                    written = 0
    return tuple(collected)


def _fill(
    collected: Sequence[np.ndarray], begins: np.ndarray, starts: np.ndarray, warm_up: int, blocks: Sequence[np.ndarray]
) -> None:
    """Write the figures of one block of each segment; ids of a warm-up were scored in the segment before."""
    for row, (begin, start) in enumerate(zip(begins, starts, strict=True)):
        first = begin if start == 0 else max(begin, start + warm_up)
        last = min(begin + blocks[0].shape[1], len(collected[0]))
        if first < last:
            inside = slice(first - begin, last - begin)
            for whole, block in zip(collected, blocks, strict=True):
                whole[first:last] = block[row, inside]


def _blocks(
    model: keras.Model, scorer: Scorer, ids: np.ndarray, starts: np.ndarray, length: int, per_call: int
) -> Iterator[tuple[int, list[np.ndarray]]]:
    """(offset, what the scorer tells (segments, block, …) each) block by block; zeros after the text."""
    import tensorflow as tf

    state = model.initial_state(len(starts))
    for offset in range(0, length, per_call):
        block = np.zeros((len(starts), min(per_call, length - offset) + 1), np.int32)
        for row, first in enumerate(starts + offset):
            piece = ids[first : first + block.shape[1]]
            block[row, : len(piece)] = piece
        log_probabilities, *others, state = scorer(tf.constant(block), state)
        yield offset, [log_probabilities.numpy().astype(np.float64), *(each.numpy() for each in others)]


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


def compile_ranking_scorer(model: keras.Model, count: int) -> Scorer:
    """A function (ids (texts, time + 1), state) → log-probability of each id but the first, the entropy of its
    distribution in bits, the ids of the `count` most probable ones, their log-probabilities, new state."""
    import tensorflow as tf

    @tf.function(reduce_retracing=True, autograph=False)
    def scorer(block: tf.Tensor, state: Any) -> tuple[tf.Tensor, ...]:
        logits, state = model.advance(block[:, :-1], state, training=False)
        return (*ranking(logits, block[:, 1:], count), state)

    compiled: Scorer = scorer
    return compiled


def ranking(
    logits: tf.Tensor, targets: tf.Tensor, count: int, never: Sequence[int] = ()
) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor]:
    """Of logits (…, vocabulary) and ids that follow (…): the log-probability of these, the entropy in bits, and of the
    `count` most probable ids, `never` among them, (…, count) ids and log-probabilities."""
    import tensorflow as tf

    logs = tf.nn.log_softmax(tf.cast(logits, tf.float32))
    entropy = -tf.reduce_sum(tf.exp(logs) * logs, axis=-1) / np.log(2.0).astype(np.float32)
    chosen = tf.gather(logs, targets, batch_dims=targets.shape.rank)
    if never:
        logs += tf.reduce_sum(tf.one_hot(list(never), tf.shape(logs)[-1], -np.inf, 0.0), axis=0)
    values, ids = tf.math.top_k(logs, tf.minimum(count, tf.shape(logs)[-1]))
    return chosen, entropy, ids, values
