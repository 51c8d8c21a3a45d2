"""Sampling: ids drawn one after the other from the logits of a step function, in one loop of one graph.

`feed` reads a prompt and `advance` draws; both are plain functions for use in a graph, so that an exported model can
hold them. `Sampler` holds them compiled. A `Carry` is all that passes from one call to the next: a text drawn in chunks
equals the text drawn at once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple, TypeAlias, cast

import numpy as np
import tensorflow as tf

from seqlab.decoding.logits_processors import COLDEST, LOGITS_PROCESSORS
from seqlab.decoding.sampling_options import OptionValue, SamplingOptions, processor_options

State: TypeAlias = Any
"""Any nest of tensors with the batch as first axis. Their shapes do not change from step to step."""

Step = Callable[[tf.Tensor, State], tuple[tf.Tensor, State]]
"""(ids (batch,) int64, state) → (logits of the next ids (batch, vocabulary), state). A step closes over what does not
change, such as the output of an encoder."""

Processor = Callable[[tf.Tensor, tf.Tensor], tf.Tensor]
"""(logits (batch, vocabulary), seen (batch, vocabulary) bool) → logits: a logits processor with its options."""

BLOCK = 64
"""Random numbers per call of the generator: a call costs 10 µs whether it gives one number or 64."""

NO_LIMIT = int(np.iinfo(np.int32).max)


class SamplingSettings(NamedTuple):
    """`SamplingOptions` as tensors: other values retrace nothing."""

    options: Mapping[str, tf.Tensor]
    """() each: bool, int32 or float64"""
    seed: tf.Tensor
    """() int64"""
    excluded: tf.Tensor
    """(vocabulary,) bool, true for ids that are never drawn"""


class Carry(NamedTuple):
    """Everything that the next ids depend on."""

    state: State
    logits: tf.Tensor
    """(batch, vocabulary) float32, of the next id"""
    seen: tf.Tensor
    """(batch, vocabulary) bool, the ids of the prompt and of the text so far"""
    samples: tf.Tensor
    """(batch,) int64: random numbers of a row depend on the seed and on this number, not on the row or its batch"""
    position: tf.Tensor
    """() int64, ids drawn so far"""


class SamplingMode(NamedTuple):
    """What is decided when a graph is traced: a loop that decides it at every step takes twice as long."""

    greedy: bool | None
    """None: decided by the temperature when the graph runs"""
    filtered: bool
    """whether any processor but the temperature is applied"""
    excludes: bool
    """whether there are ids that are never drawn"""


ANY_MODE = SamplingMode(None, True, True)
"""Fits all settings: for an export, which is traced before they are known."""


class Sampler:
    """`feed` and `advance` of one step function, compiled once per batch size and mode (greedy, temperature alone, all
    processors), for all options and lengths.

    `excluded`: ids that are never drawn, such as padding and the unknown id. Raises ValueError where no id is left.
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
            lambda mode, carry, settings, count: advance(step, carry, settings, count, mode), autograph=False
        )

    def start(self, state: State, prompt: tf.Tensor, samples: Sequence[int] | None = None) -> Carry:
        """The carry after a prompt (batch, time) of at least one id. `samples` defaults to 0, 1, 2 …"""
        prompt = tf.convert_to_tensor(prompt, tf.int32)
        batch, time = prompt.shape
        return self._feed(initial_carry(state, batch, time, len(self._excluded), samples), prompt)

    def advance(self, carry: Carry, options: SamplingOptions, count: int) -> tuple[tf.Tensor, Carry]:
        """The next `count` ids (batch, count) int32, and the carry after them."""
        mode = SamplingMode(options.greedy, options.filtered, bool(self._excluded.any()))
        return self._advance(mode, carry, sampling_settings(options, self._excluded), tf.constant(count))


def sampling_settings(options: SamplingOptions, excluded: np.ndarray) -> SamplingSettings:
    """`excluded`: (vocabulary,) bool."""
    types = {name: option.type for name, option in processor_options().items()}
    tensors = {name: _as_tensor(value, types[name]) for name, value in options.values.items()}
    return SamplingSettings(tensors, tf.constant(options.seed, tf.int64), tf.constant(excluded))


def _as_tensor(value: OptionValue, of_type: type[bool] | type[int] | type[float]) -> tf.Tensor:
    """() bool, int32 or float64; None is no limit."""
    if of_type is bool:
        return tf.constant(bool(value))
    if of_type is int:
        return tf.constant(NO_LIMIT if value is None else min(int(value), NO_LIMIT), tf.int32)
    return tf.constant(np.inf if value is None else value, tf.float64)


def initial_carry(
    state: State, batch: int | tf.Tensor, time: int | None, vocabulary_size: int, samples: Sequence[int] | None = None
) -> Carry:
    """The carry before a prompt of `time` ids per row (None: unknown while the graph is traced)."""
    if time == 0:
        raise ValueError("the prompt is empty: it needs at least one id for the next one to follow")
    shape = (batch, vocabulary_size)
    numbers = tf.range(batch, dtype=tf.int64) if samples is None else tf.constant(samples, tf.int64)
    return Carry(state, tf.zeros(shape), tf.zeros(shape, tf.bool), numbers, tf.constant(0, tf.int64))


def feed(step: Step, carry: Carry, prompt: tf.Tensor) -> Carry:
    """The carry after the ids of `prompt` (batch, time) int32; nothing is drawn."""
    by_time = tf.transpose(tf.cast(prompt, tf.int64))  # (time, batch)

    def body(t: tf.Tensor, carry: Carry) -> tuple[tf.Tensor, Carry]:
        return t + 1, _after(step, carry, by_time[t])

    length = tf.shape(prompt)[1]
    return tf.while_loop(lambda t, _: t < length, body, (tf.constant(0), carry), parallel_iterations=1)[1]


def advance(
    step: Step, carry: Carry, settings: SamplingSettings, count: tf.Tensor, mode: SamplingMode = ANY_MODE
) -> tuple[tf.Tensor, Carry]:
    """Draw `count` ids per row: (batch, count) int32, and the carry after them."""
    greedy = settings.options["temperature"] < COLDEST if mode.greedy is None else mode.greedy
    numbers = _either(  # (count, batch) float64 in [0, 1)
        greedy,
        lambda: tf.zeros((count, tf.shape(carry.samples)[0]), tf.float64),
        lambda: uniforms(settings.seed, carry.samples, carry.position, count),
    )

    processors = processors_of(settings.options, mode)

    def body(t: tf.Tensor, carry: Carry, drawn: tf.TensorArray) -> tuple[tf.Tensor, Carry, tf.TensorArray]:
        logits = process(carry.logits, carry.seen, settings, mode, processors)  # (batch, vocabulary)
        ids = _either(  # (batch,)
            greedy,
            lambda: tf.argmax(logits, axis=1),
            lambda: draw(tf.nn.softmax(tf.cast(logits, tf.float64)), numbers[t]),
        )
        return t + 1, _after(step, carry, ids, remember=mode.filtered), drawn.write(t, ids)

    drawn = tf.TensorArray(tf.int64, count, element_shape=carry.samples.shape)
    variables = (tf.constant(0), carry, drawn)
    _, carry, drawn = tf.while_loop(lambda t, *_: t < count, body, variables, parallel_iterations=1)
    ids = tf.transpose(drawn.stack())  # (count, batch) → (batch, count)
    if not mode.filtered:  # nothing reads `seen` within the loop: it is brought up to date once
        carry = carry._replace(seen=carry.seen | tf.reduce_any(_one_hot(ids, carry), axis=1))
    return tf.cast(ids, tf.int32), carry._replace(position=carry.position + tf.cast(count, tf.int64))


def process(
    logits: tf.Tensor,
    seen: tf.Tensor,
    settings: SamplingSettings,
    mode: SamplingMode = ANY_MODE,
    processors: Sequence[Processor] | None = None,
) -> tf.Tensor:
    """What the next id is drawn from by softmax: (batch, vocabulary), −∞ for ids that cannot be drawn.

    logits: (batch, vocabulary) float32; seen: (batch, vocabulary) bool. Ids are excluded first, then the processors
    follow in the order of their registry. `processors`: those of the mode; None: made here.
    """
    if mode.excludes:
        logits = tf.where(settings.excluded, -np.inf, logits)
    for processor in processors_of(settings.options, mode) if processors is None else processors:
        logits = _of_one_shape(processor(logits, seen), seen)
    return logits


def processors_of(options: Mapping[str, tf.Tensor], mode: SamplingMode) -> list[Processor]:
    """The logits processors that a mode applies, with their options as tensors. Called before the loop."""
    processors = []
    for processor in LOGITS_PROCESSORS:
        # Without other processors the largest logit is found as it is; a temperature would not move it.
        if mode.filtered or (processor.component_name() == "temperature" and not mode.greedy):
            names = processor.model_fields.keys() & options.keys()
            given = {name: options[name] for name in names}
            with_tensors = cast(Processor, processor.model_construct(None, **given))
            processors.append(with_tensors if "temperature" in names else _unless_default(with_tensors, given))
    return processors


def _unless_default(processor: Processor, options: Mapping[str, tf.Tensor]) -> Processor:
    """The same, skipped where all options have their defaults, with which it would change nothing.

    That is decided once, as an int32: what decides within a loop must be in the host's memory, where TensorFlow keeps
    these, or a GPU would be waited for at every step.
    """
    known = processor_options()
    changed = [value != _as_tensor(known[name].default, known[name].type) for name, value in options.items()]
    active = tf.cast(tf.reduce_any(tf.stack(changed)), tf.int32)

    def processed(logits: tf.Tensor, seen: tf.Tensor) -> tf.Tensor:
        return tf.cond(active > 0, lambda: processor(logits, seen), lambda: logits)

    return processed


def _either(condition: tf.Tensor | bool, first: Callable[[], tf.Tensor], second: Callable[[], tf.Tensor]) -> tf.Tensor:
    """Decided while the graph is traced where that is possible."""
    if isinstance(condition, bool):
        return first() if condition else second()
    return tf.cond(condition, first, second)


def _after(step: Step, carry: Carry, ids: tf.Tensor, *, remember: bool = True) -> Carry:
    """The carry after one more id per row, ids (batch,)."""
    logits, state = step(ids, carry.state)
    # A step may know less of its shapes than the loop: without this a tensor of unknown size would end it.
    state = tf.nest.map_structure(_of_one_shape, state, carry.state)
    logits = _of_one_shape(tf.cast(logits, tf.float32), carry.logits)
    seen = carry.seen | _one_hot(ids, carry) if remember else carry.seen
    return carry._replace(state=state, logits=logits, seen=seen)


def _one_hot(ids: tf.Tensor, carry: Carry) -> tf.Tensor:
    """ids (…) → (…, vocabulary) bool."""
    return tf.one_hot(ids, tf.shape(carry.seen)[1], True, False, dtype=tf.bool)


def _of_one_shape(new: tf.Tensor, old: tf.Tensor) -> tf.Tensor:
    if new.shape.rank is not None and new.shape.as_list() == old.shape.as_list():
        return new
    return tf.ensure_shape(new, old.shape)


def draw(probabilities: tf.Tensor, uniform: tf.Tensor) -> tf.Tensor:
    """One id per row by inversion: the first whose cumulative probability exceeds the uniform number.

    probabilities: (batch, vocabulary) float64, not necessarily of sum one; uniform: (batch,) → (batch,) int64.
    """
    cumulative = tf.cumsum(probabilities, axis=1)  # (batch, vocabulary)
    exceeds = cumulative > uniform[:, None] * cumulative[:, -1:]  # (batch, vocabulary)
    exceeds &= probabilities > 0
    return tf.argmax(exceeds, axis=1)


def uniforms(seed: tf.Tensor, samples: tf.Tensor, position: tf.Tensor, count: tf.Tensor) -> tf.Tensor:
    """Random numbers in [0, 1), (count, batch) float64: functions of seed, sample and position alone.

    seed: () int64; samples: (batch,) int64; position: () int64, of the first number. Drawn in blocks that begin at
    multiples of `BLOCK`: every number belongs to a call of fixed shape with its own seed, so that nothing depends on
    the order in which the generator fills a tensor. Always on the host: a seed must be there, and so a text is the same
    on every device up to the rounding of its logits.
    """
    with tf.device("/CPU:0"):
        return _uniforms(seed, samples, position, count)


def _uniforms(seed: tf.Tensor, samples: tf.Tensor, position: tf.Tensor, count: tf.Tensor) -> tf.Tensor:
    first = position // BLOCK
    blocks = tf.range(first, (position + tf.cast(count, tf.int64)) // BLOCK + 1)  # (blocks,)
    keys = tf.reshape(samples[:, None] * 2**32 + blocks, [-1])  # (batch · blocks,)
    numbers = tf.map_fn(  # (batch · blocks, BLOCK)
        lambda key: tf.random.stateless_uniform((BLOCK,), tf.stack([seed, key]), dtype=tf.float64),
        keys,
        fn_output_signature=tf.TensorSpec((BLOCK,), tf.float64),
    )
    rows = tf.reshape(numbers, [tf.shape(samples)[0], -1])  # (batch, blocks · BLOCK)
    begin = tf.cast(position - first * BLOCK, tf.int32)
    return tf.transpose(rows[:, begin : begin + count])  # (count, batch)
