"""Drawing ids one after the other from what a step function says: tensors in, tensors out, one loop in one graph.

`start` feeds a prompt, `advance` draws; both are plain functions for a graph, so that an export can hold them.
`Sampler` has them compiled. What goes on between calls is a `Carry`: a text drawn in chunks is the text drawn at once.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
import tensorflow as tf

from seqlab.decoding.options import Sampling

Step = Callable[[tf.Tensor, Any], tuple[tf.Tensor, Any]]
"""(ids (batch,) int32, state) → (logits of the next ids (batch, vocabulary), state). A state is any nest of tensors
with the batch as first axis, whose shapes stay; what never changes (an encoder's output) the step closes over."""

COLDEST = 1e-300
"""Below this temperature is zero: a double divided by it is still a number or an infinity."""
BLOCK = 64
"""Draws per call of the generator: one costs 10 µs whether it gives one number or 64."""


class Settings(NamedTuple):
    """`Sampling` as tensors: other values retrace nothing."""

    temperature: tf.Tensor
    """() float64, as are the next three"""
    top_p: tf.Tensor
    min_p: tf.Tensor
    top_k: tf.Tensor
    """() int32"""
    repetition_penalty: tf.Tensor
    """() float32"""
    seed: tf.Tensor
    """() int64"""
    excluded: tf.Tensor
    """(vocabulary,) bool, true for ids that are never drawn"""


class Carry(NamedTuple):
    """Where the writing stands."""

    state: Any
    logits: tf.Tensor
    """(batch, vocabulary) float32, of the id that comes next"""
    seen: tf.Tensor
    """(batch, vocabulary) bool, the ids of prompt and text so far"""
    samples: tf.Tensor
    """(batch,) int64: a row's random numbers depend on the seed and on this number, never on its place or company"""
    position: tf.Tensor
    """() int64, ids drawn so far"""


class Kind(NamedTuple):
    """What is known while a graph is made: a loop that looks for filters at each step takes twice as long."""

    greedy: bool | None
    """None: the temperature says so"""
    filters: bool
    """whether anything but the temperature may change what is drawn"""
    excludes: bool
    """whether there are ids that are never drawn"""


ANY = Kind(None, True, True)
"""Whatever `Settings` say: for an export, which is made before they are known."""


class Sampler:
    """`start` and `advance` for one step function, compiled: once per batch size and kind of choice (greedy, by
    temperature alone, filtered), whatever the options and lengths.

    `excluded`: ids that are never drawn, such as padding and the unknown token. Raises ValueError where none is left.
    """

    def __init__(self, step: Step, vocabulary_size: int, excluded: Sequence[int] = ()) -> None:
        self._excluded = np.zeros(vocabulary_size, bool)
        self._excluded[list(excluded)] = True
        if self._excluded.all():
            raise ValueError("every id of the vocabulary is excluded")
        # Without autograph the first call is a second sooner; a step that needs it brings its own `tf.function`.
        self._feed = tf.function(
            lambda carry, prompt: feed(step, carry, prompt), autograph=False, reduce_retracing=True
        )
        self._advance = tf.function(
            lambda kind, carry, chosen, count: advance(step, carry, chosen, count, kind), autograph=False
        )

    def start(self, state: Any, prompt: tf.Tensor, samples: Sequence[int] | None = None) -> Carry:
        """The carry behind a prompt (batch, time) of at least one id; `samples` are 0, 1, 2 … where not given."""
        prompt = tf.convert_to_tensor(prompt, tf.int32)
        batch, time = prompt.shape
        return self._feed(blank(state, batch, time, len(self._excluded), samples), prompt)

    def advance(self, carry: Carry, sampling: Sampling, count: int) -> tuple[tf.Tensor, Carry]:
        """The next `count` ids (batch, count) int32, and the carry to go on from."""
        greedy = sampling.temperature < COLDEST
        kind = Kind(greedy, sampling.filters, bool(self._excluded.any()))
        return self._advance(kind, carry, settings(sampling, self._excluded), tf.constant(count))


def settings(sampling: Sampling, excluded: np.ndarray) -> Settings:
    """`excluded`: (vocabulary,) bool."""
    return Settings(
        temperature=tf.constant(sampling.temperature, tf.float64),
        top_p=tf.constant(sampling.top_p, tf.float64),
        min_p=tf.constant(sampling.min_p, tf.float64),
        top_k=tf.constant(min(sampling.top_k or len(excluded), len(excluded)), tf.int32),
        repetition_penalty=tf.constant(sampling.repetition_penalty, tf.float32),
        seed=tf.constant(sampling.seed, tf.int64),
        excluded=tf.constant(excluded),
    )


def blank(
    state: Any, batch: int | tf.Tensor, time: int | None, vocabulary_size: int, samples: Sequence[int] | None = None
) -> Carry:
    """The carry before a prompt of `time` ids per row (None: not known while the graph is made)."""
    if time == 0:
        raise ValueError("the prompt is empty: without an id there is nothing that the next one could follow")
    shape = (batch, vocabulary_size)
    numbers = tf.range(batch, dtype=tf.int64) if samples is None else tf.constant(samples, tf.int64)
    return Carry(state, tf.zeros(shape), tf.zeros(shape, tf.bool), numbers, tf.constant(0, tf.int64))


def feed(step: Step, carry: Carry, prompt: tf.Tensor) -> Carry:
    """The carry after the ids of `prompt` (batch, time) int32; nothing is drawn."""
    columns = tf.transpose(prompt)

    def body(place: tf.Tensor, carry: Carry) -> tuple[tf.Tensor, Carry]:
        return place + 1, _taken(step, carry, columns[place])

    length = tf.shape(prompt)[1]
    return tf.while_loop(lambda place, _: place < length, body, (tf.constant(0), carry), parallel_iterations=1)[1]


def advance(
    step: Step, carry: Carry, settings: Settings, count: tf.Tensor, kind: Kind = ANY
) -> tuple[tf.Tensor, Carry]:
    """Draw `count` ids per row: (batch, count) int32, and the carry to go on from."""
    cold = settings.temperature < COLDEST if kind.greedy is None else kind.greedy
    numbers = _either(
        cold,
        lambda: tf.zeros((count, tf.shape(carry.samples)[0]), tf.float64),
        lambda: uniforms(settings.seed, carry.samples, carry.position, count),
    )

    def body(place: tf.Tensor, carry: Carry, written: tf.TensorArray) -> tuple[tf.Tensor, Carry, tf.TensorArray]:
        scores = carry.logits
        if kind.filters:
            scores = penalized(scores, carry.seen, settings)
        elif kind.excludes:
            scores = tf.where(settings.excluded, -np.inf, scores)
        ids = _either(
            cold,
            lambda: tf.argmax(scores, axis=1, output_type=tf.int32),
            lambda: drawn((distribution if kind.filters else cooled)(scores, settings), numbers[place]),
        )
        return place + 1, _taken(step, carry, ids, remember=kind.filters), written.write(place, ids)

    written = tf.TensorArray(tf.int32, count, element_shape=carry.samples.shape)
    variables = (tf.constant(0), carry, written)
    _, carry, written = tf.while_loop(lambda place, *_: place < count, body, variables, parallel_iterations=1)
    texts = tf.transpose(written.stack())
    if not kind.filters:
        carry = carry._replace(seen=carry.seen | tf.reduce_any(_spread(texts, carry), axis=1))
    return texts, carry._replace(position=carry.position + tf.cast(count, tf.int64))


def _either(condition: tf.Tensor | bool, first: Callable[[], tf.Tensor], second: Callable[[], tf.Tensor]) -> tf.Tensor:
    """Decided now where that can be."""
    if isinstance(condition, bool):
        return first() if condition else second()
    return tf.cond(condition, first, second)


def _taken(step: Step, carry: Carry, ids: tf.Tensor, *, remember: bool = True) -> Carry:
    """The carry after one more id per row."""
    logits, state = step(ids, carry.state)
    # A step may know less of its shapes than the loop: without this a tensor of unknown size would end it.
    state = tf.nest.map_structure(_of_one_shape, state, carry.state)
    logits = _of_one_shape(tf.cast(logits, tf.float32), carry.logits)
    seen = carry.seen | _spread(ids, carry) if remember else carry.seen
    return carry._replace(state=state, logits=logits, seen=seen)


def _spread(ids: tf.Tensor, carry: Carry) -> tf.Tensor:
    """ids (…) → (…, vocabulary) bool, true for each one's own."""
    return tf.one_hot(ids, tf.shape(carry.seen)[1], True, False, dtype=tf.bool)


def _of_one_shape(new: tf.Tensor, old: tf.Tensor) -> tf.Tensor:
    if new.shape.rank is not None and new.shape.as_list() == old.shape.as_list():
        return new
    return tf.ensure_shape(new, old.shape)


def penalized(logits: tf.Tensor, seen: tf.Tensor, settings: Settings) -> tf.Tensor:
    """Logits without the excluded ids, and with those seen before made less probable; (batch, vocabulary) float32.

    Keskar et al. 2019 divide the logit, which would make an id with a negative one more probable: such a logit is
    multiplied, as is usual since.
    """
    penalty = settings.repetition_penalty
    lowered = tf.where(logits > 0, logits / penalty, logits * penalty)
    return tf.where(settings.excluded, -np.inf, tf.where(seen, lowered, logits))


def distribution(scores: tf.Tensor, settings: Settings) -> tf.Tensor:
    """What the next id is drawn from, (batch, vocabulary) float64; each row sums to one.

    Doubles, and the largest score taken away first: no temperature overflows or runs out of digits.
    """
    probabilities = cooled(scores, settings)
    narrow = (settings.top_k < tf.shape(scores)[1]) | (settings.top_p < 1)
    kept = tf.cond(narrow, lambda: foremost(scores, probabilities, settings), lambda: tf.ones_like(scores, tf.bool))
    kept &= probabilities >= settings.min_p * tf.reduce_max(probabilities, axis=1, keepdims=True)
    remaining = tf.where(kept, probabilities, 0.0)
    return remaining / tf.reduce_sum(remaining, axis=1, keepdims=True)


def cooled(scores: tf.Tensor, settings: Settings) -> tf.Tensor:
    """The same with nothing but the temperature: (batch, vocabulary) float64."""
    best = tf.reduce_max(scores, axis=1, keepdims=True)
    return tf.nn.softmax(tf.cast(scores - best, tf.float64) / tf.maximum(settings.temperature, COLDEST))


def foremost(scores: tf.Tensor, probabilities: tf.Tensor, settings: Settings) -> tf.Tensor:
    """Which ids top-k leaves, and of these the nucleus; (batch, vocabulary) bool.

    Ranked by score, not by probability: at a high temperature those are all equal. The nucleus is made of the ids
    before which less than `top_p` of the mass lies. What is kept is then all in front of one place in the ranking.
    """
    # Sorting 10,000 scores costs 0.3 ms, finding the 40 largest a tenth of it.
    ranked = tf.where(settings.top_p < 1, tf.shape(scores)[1], settings.top_k)
    values, order = tf.math.top_k(scores, ranked)
    mass = tf.gather(probabilities, order, batch_dims=1)
    mass = tf.where(tf.range(ranked) < settings.top_k, mass, 0.0)
    share = settings.top_p * tf.reduce_sum(mass, axis=1, keepdims=True)
    nucleus = (mass > 0) & ((tf.cumsum(mass, axis=1, exclusive=True) < share) | (settings.top_p >= 1))
    last = tf.maximum(tf.math.count_nonzero(nucleus, axis=1, keepdims=True) - 1, 0)
    value, identity = tf.gather(values, last, batch_dims=1), tf.gather(order, last, batch_dims=1)
    # Of equal scores `top_k` ranks the lower id first.
    return (scores > value) | ((scores == value) & (tf.range(tf.shape(scores)[1]) <= identity))


def drawn(probabilities: tf.Tensor, uniform: tf.Tensor) -> tf.Tensor:
    """One id per row by inversion, (batch,) int32: the first whose cumulated probability exceeds `uniform` (batch,)."""
    reached = tf.cumsum(probabilities, axis=1)
    beyond = (reached > uniform[:, None] * reached[:, -1:]) & (probabilities > 0)
    return tf.argmax(tf.cast(beyond, tf.int8), axis=1, output_type=tf.int32)


def uniforms(seed: tf.Tensor, samples: tf.Tensor, position: tf.Tensor, count: tf.Tensor) -> tf.Tensor:
    """Numbers in [0, 1), (count, batch) float64: a function of seed, sample and step alone.

    Drawn in blocks that begin at multiples of `BLOCK` steps, so that every number belongs to a call of fixed shape
    with a seed of its own, and nothing rests on how the generator lays out what it draws.
    """
    first = position // BLOCK
    blocks = tf.range(first, (position + tf.cast(count, tf.int64)) // BLOCK + 1)
    keys = tf.reshape(samples[:, None] * 2**32 + blocks, [-1])
    numbers = tf.map_fn(
        lambda key: tf.random.stateless_uniform((BLOCK,), tf.stack([seed, key]), dtype=tf.float64),
        keys,
        fn_output_signature=tf.TensorSpec((BLOCK,), tf.float64),
    )
    rows = tf.reshape(numbers, [tf.shape(samples)[0], -1])
    begin = tf.cast(position - first * BLOCK, tf.int32)
    return tf.transpose(rows[:, begin : begin + count])
