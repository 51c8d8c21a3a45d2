"""A translation token by token: what the model thought of each, and of what it could have written instead."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from seqlab.models.score_text import ranking
from seqlab.tasks.translation.translate import NEVER_WRITTEN
from seqlab.text.sentences import START_ID

if TYPE_CHECKING:
    import keras
    import tensorflow as tf

Forced = Callable[["tf.Tensor", "tf.Tensor"], tuple["tf.Tensor", ...]]


class ForcedTokens(NamedTuple):
    """Of each target id: its log-probability in nats, the entropy of its distribution in bits, (time,) float64 each;
    the most probable ids (time, count) with their log-probabilities; and the attention (time, source) float32."""

    log_probabilities: np.ndarray
    entropies: np.ndarray
    best_ids: np.ndarray
    best: np.ndarray
    attention: np.ndarray


def forced_decoding(forced: Forced, source: Sequence[int], target: Sequence[int]) -> ForcedTokens:
    """The decoder reads the `target`, ids with their end and without a start, instead of what it would write."""
    import tensorflow as tf

    found = forced(tf.constant([source], tf.int32), tf.constant([[START_ID, *target]], tf.int32))
    logs, entropies, ids, best, attention = (each.numpy()[:, 0] for each in found)
    return ForcedTokens(logs.astype(np.float64), entropies.astype(np.float64), ids, best, attention)


def compile_forced(model: keras.Model, count: int) -> Forced:
    """A function (source (1, source), target (1, time + 1), the start's id first) → the fields of `ForcedTokens`, with
    the batch as second axis. It takes the steps of a search: the same sums in the same order."""
    import tensorflow as tf

    ids = tf.TensorSpec((1, None), tf.int32)
    kinds: tuple[tuple[Any, int], ...] = (
        (tf.float32, 1), (tf.float32, 1), (tf.int32, 2), (tf.float32, 2), (tf.float32, 2),
    )  # fmt: skip

    @tf.function(input_signature=[ids, ids], autograph=False)
    def forced(source: tf.Tensor, target: tf.Tensor) -> tuple[tf.Tensor, ...]:
        memory = model.encode(source, training=False)
        steps = tf.shape(target)[1] - 1
        before = model.begin(memory, steps)
        read = tf.cast(target, tf.int64)  # a loop keeps int32 in the host's memory

        def body(t: tf.Tensor, state: Any, arrays: tuple[tf.TensorArray, ...]) -> tuple[Any, ...]:
            logits, new_state, attention = model.step(read[:, t], state, memory)
            new_state = tf.nest.map_structure(lambda new, old: tf.ensure_shape(new, old.shape), new_state, state)
            found = (*ranking(logits, target[:, t + 1], count, NEVER_WRITTEN), tf.cast(attention, tf.float32))
            return t + 1, new_state, tuple(array.write(t, new) for array, new in zip(arrays, found, strict=True))

        arrays = tuple(tf.TensorArray(dtype, steps, element_shape=[None] * rank) for dtype, rank in kinds)
        loop = tf.while_loop(lambda t, *_: t < steps, body, (tf.constant(0), before, arrays), parallel_iterations=1)
        return tuple(array.stack() for array in loop[2])

    compiled: Forced = forced
    return compiled
