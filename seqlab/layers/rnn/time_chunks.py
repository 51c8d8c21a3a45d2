"""Time in stretches of equal size: what is compiled for one of them serves texts of every length."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import tensorflow as tf

STRETCH = 64
"""Steps in a stretch. With 16 a training step took up to a third longer: a call of a compiled function costs 50 µs."""

ROUND = 8
"""What is shorter than a stretch is one of its own, of a multiple of so many steps: at most eight things to compile, in
place of the third of all products that 40 steps in a room for 64 would waste."""


class Stretches:
    """Places of the stretches of a length, 0 the first in time. The one that is not full is the last in reading order.

    `reverse`: reading goes from the last step to the first.
    """

    def __init__(self, length: tf.Tensor, reverse: bool) -> None:
        self.length, self.reverse = length, reverse
        self.number = -(-length // STRETCH)
        self.size = tf.minimum(-(-length // ROUND) * ROUND, STRETCH)

    def _ends(self, place: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        surplus = self.number * self.size - self.length if self.reverse else 0
        begin = place * self.size - surplus
        return tf.maximum(begin, 0), tf.minimum(begin + self.size, self.length)

    def steps(self, place: tf.Tensor) -> tf.Tensor:
        begin, end = self._ends(place)
        return end - begin

    def cut(self, array: tf.Tensor, place: tf.Tensor) -> tf.Tensor:
        """(batch, time, …) → the stretch (batch, size, …), filled up where reading ends."""
        begin, end = self._ends(place)
        missing = self.size - (end - begin)
        padding = [[0, 0], [missing, 0] if self.reverse else [0, missing], *[[0, 0]] * (len(array.shape) - 2)]
        return tf.pad(array[:, begin:end], padding)

    def joined(self, pieces: tf.TensorArray) -> tf.Tensor:
        """Stretches by place → (batch, time, …)."""
        stacked = pieces.stack()
        width = stacked.shape[-1]
        whole = tf.reshape(tf.transpose(stacked, [1, 0, 2, 3]), [tf.shape(stacked)[1], -1, width])
        return whole[:, -self.length :] if self.reverse else whole[:, : self.length]

    def collect(
        self,
        stretch: Callable[[tf.Tensor, Any], tuple[Any, tuple[tf.Tensor, ...]]],
        carried: Any,
        shapes: list[Any],
        *,
        descending: bool,
    ) -> tuple[Any, tuple[tf.TensorArray, ...]]:
        """Call `stretch` at each place with what the one before carried on; its other results by place.

        A length of one stretch, the usual one of short texts, is spared the loop: 0.5 ms of a step that takes 1 or 2.
        """

        def arrays() -> tuple[tf.TensorArray, ...]:
            kind = {"size": self.number, "clear_after_read": False}
            return tuple(tf.TensorArray(tf.float32, element_shape=shape, **kind) for shape in shapes)

        def turn(i: tf.Tensor, carried: Any, arrays: tuple[tf.TensorArray, ...]) -> Any:
            place = self.number - 1 - i if descending else i
            carried, results = stretch(place, carried)
            written = tuple(array.write(place, each) for array, each in zip(arrays, results, strict=True))
            if tf.executing_eagerly():
                for array in written:
                    array.mark_used()  # else TensorFlow complains in the log when nobody asks for the gradients
            return i + 1, carried, written

        def all_turns() -> Any:
            loop = (tf.constant(0), carried, arrays())
            return tf.while_loop(lambda i, *_: i < self.number, turn, loop, parallel_iterations=1)[1:]

        return tf.cond(self.number == 1, lambda: turn(tf.constant(0), carried, arrays())[1:], all_turns)
