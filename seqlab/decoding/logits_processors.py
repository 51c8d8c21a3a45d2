"""Logits processors: functions that change the logits before the next id is drawn.

Each processor is a function `(logits, seen, *, option) → logits`. `logits` is (batch, vocabulary), float32 up to the
temperature and float64 from there on, −∞ for ids that cannot be drawn; `seen` is (batch, vocabulary) bool, true for ids
of the prompt and of the text so far. The sampler applies the processors in the order in which they were registered:

    for processor in processors:
        logits = processor(logits, seen)

To add one, write a function in a module and register it. Its keyword-only parameters, their types, defaults and
descriptions become options of `SamplingOptions`, of `seqlab generate` and of `seqlab parts logits_processor`:

    @LOGITS_PROCESSORS.add
    def never_twice(
        logits, seen, *, never_twice: Annotated[bool, Field(description="Never draw an id twice.")] = False
    ):
        '''No repetitions.'''
        import tensorflow as tf

        return tf.where(never_twice & seen, tf.constant(-np.inf, logits.dtype), logits)

An option has one name across all processors and is a bool, an int or a float, optionally None for "no limit". The
function receives it as a scalar tensor, so that another value does not retrace the graph: () bool, () int32 or
() float64; None arrives as the largest int32 or as infinity. With its default the function must return the logits
unchanged, and at least one id of each row must stay finite. TensorFlow is imported inside the function: describing an
option must not cost that.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Annotated, TypeAlias

from pydantic import Field

from seqlab.registry import Component, NonNegativeNumber, Positive, PositiveNumber, Registry, Share

if TYPE_CHECKING:
    import tensorflow as tf

Tensor: TypeAlias = "tf.Tensor"
"""An annotation that the registry can evaluate without TensorFlow."""

COLDEST = 1e-300
"""Temperatures below this are greedy: a double divided by a larger one is still a number or an infinity."""

NucleusShare = Annotated[float, Field(gt=0, le=1, allow_inf_nan=False)]

LOGITS_PROCESSORS: Registry[Component] = Registry("logits processor")


@LOGITS_PROCESSORS.add
def repetition_penalty(
    logits: Tensor,
    seen: Tensor,
    *,
    repetition_penalty: Annotated[
        PositiveNumber,
        Field(description="Above 1: make tokens of the prompt and of the text so far less probable; 1: no penalty."),
    ] = 1.0,
) -> Tensor:
    """Makes ids that already occurred less probable (Keskar et al. 2019, section 4.1).

    The paper divides the logit, which makes an id with a negative logit more probable. Negative logits are multiplied
    instead, as later implementations do.
    """
    import tensorflow as tf

    penalty = tf.cast(repetition_penalty, logits.dtype)
    penalized = tf.where(logits > 0, logits / penalty, logits * penalty)  # (batch, vocabulary)
    return tf.where(seen, penalized, logits)


@LOGITS_PROCESSORS.add
def top_k(
    logits: Tensor,
    seen: Tensor,
    *,
    top_k: Annotated[Positive | None, Field(description="Draw from the k most probable tokens only.")] = None,
) -> Tensor:
    """Keeps the k most probable ids, the lower ids of equals (Fan et al. 2018, section 5.4).

    Precedes the temperature, which does not change the ranking: at a very high temperature all ids look the same.
    """
    import tensorflow as tf

    def largest() -> Tensor:
        values, ids = tf.math.top_k(logits, top_k)  # (batch, k) each: a tenth of the cost of sorting 10,000 logits
        return _down_to(logits, values[:, -1:], tf.cast(ids, tf.int64)[:, -1:])

    return tf.cond(top_k < tf.shape(logits)[1], largest, lambda: logits)


@LOGITS_PROCESSORS.add
def temperature(
    logits: Tensor,
    seen: Tensor,
    *,
    temperature: Annotated[
        NonNegativeNumber,
        Field(
            description="Divide the logits. Below 1: safer; above 1: more random; 0: always the most probable token."
        ),
    ] = 1.0,
) -> Tensor:
    """Divides the logits: below 1 the distribution gets sharper, above 1 flatter; 0 is greedy and leaves them as is.

    Returns float64 logits of which the largest is 0: no temperature overflows or loses digits.
    """
    import tensorflow as tf

    best = tf.reduce_max(logits, axis=1, keepdims=True)  # (batch, 1)
    return tf.cast(logits - best, tf.float64) / tf.where(temperature < COLDEST, tf.ones_like(temperature), temperature)


@LOGITS_PROCESSORS.add
def top_p(
    logits: Tensor,
    seen: Tensor,
    *,
    top_p: Annotated[
        NucleusShare,
        Field(description="Draw from the fewest most probable tokens that hold this share of the probability; 1: all."),
    ] = 1.0,
) -> Tensor:
    """Keeps the nucleus, the fewest most probable ids that hold this share of the probability.

    Holtzman et al. 2020, section 3.1. An id belongs to it if the more probable ones hold less than `top_p`.
    """
    import tensorflow as tf

    values, ids = tf.math.top_k(logits, tf.shape(logits)[1])  # (batch, vocabulary) each, the largest first
    probabilities = tf.nn.softmax(tf.cast(logits, tf.float64))  # (batch, vocabulary)
    mass = tf.gather(probabilities, ids, batch_dims=1)  # (batch, vocabulary), the largest first
    share = top_p * tf.reduce_sum(mass, axis=1, keepdims=True)  # (batch, 1)
    inside = (mass > 0) & (tf.cumsum(mass, axis=1, exclusive=True) < share)  # (batch, vocabulary)
    last = tf.maximum(tf.math.count_nonzero(inside, axis=1, keepdims=True) - 1, 0)  # (batch, 1)
    lowest = tf.gather(tf.cast(ids, tf.int64), last, batch_dims=1)  # (batch, 1)
    kept = _down_to(logits, tf.gather(values, last, batch_dims=1), lowest)
    return tf.where(top_p < 1, kept, logits)  # a cumulative sum may reach 1 before its end


@LOGITS_PROCESSORS.add
def min_p(
    logits: Tensor,
    seen: Tensor,
    *,
    min_p: Annotated[
        Share,
        Field(description="Draw from tokens at least this share as probable as the most probable one; 0: all."),
    ] = 0.0,
) -> Tensor:
    """Keeps ids at least this share as probable as the most probable one (Nguyen et al. 2024, section 3)."""
    import tensorflow as tf

    lowest = tf.reduce_max(logits, axis=1, keepdims=True) + tf.cast(tf.math.log(min_p), logits.dtype)  # (batch, 1)
    return tf.where(logits >= lowest, logits, -math.inf)


def _down_to(logits: Tensor, value: Tensor, index: Tensor) -> Tensor:
    """Logits down to `value` (batch, 1), and of those equal to it ids up to `index` (batch, 1) int64; −∞ for others.

    This is the order of `tf.math.top_k`, which ranks the lower id of equals first.
    """
    import tensorflow as tf

    ids = tf.cast(tf.range(tf.shape(logits)[1]), tf.int64)  # (vocabulary,)
    return tf.where((logits > value) | ((logits == value) & (ids <= index)), logits, -math.inf)
