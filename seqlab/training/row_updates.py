"""Optimizers whose cost on a large table is that of the rows a batch reads, or of one pass; Keras' mathematics.

Keras goes over a whole table once for every operation of its formula: ten times for RMSprop, twelve for Adam. Here,
exactly up to the rounding of floats:

- SGD without momentum, Adagrad, and RMSprop without momentum and not centered leave a row without gradient where it
  is. Where few rows have one, only these are touched (`update_rows`).
- All others move every row at every step. On a CPU their formula is compiled into one pass over the table. "Lazy"
  updates of Adam's rows are another optimizer, and not offered.

`docs/speed.md` has the measurements.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Sequence
from typing import Any, TypeAlias

import keras
import tensorflow as tf

Gradient: TypeAlias = "tf.Tensor | tf.IndexedSlices"

LARGE = 500_000
"""Elements of a table from which on any of this is done: Keras' own RMSprop takes 2 ms for them."""
FEWER = 3
"""So many times fewer rows than the table must a batch read for `update_rows` to be faster than one pass."""


def gradients_for(
    optimizer: keras.optimizers.Optimizer,
    gradients: Sequence[Gradient],
    variables: Sequence[tf.Variable],
    *,
    by_rows: bool = True,
) -> list[Gradient]:
    """The gradients as the optimizer takes them: of a table that it updates by rows each row once, else dense.

    Norms are right afterwards: a row that a batch reads twice has one gradient, the sum. All are dense without
    `by_rows`, and under more than one replica, whose exchange would bring the same rows again.
    """
    inner = getattr(optimizer, "inner_optimizer", optimizer)
    by_rows &= isinstance(inner, LargeTables) and inner.only_rows_with_a_gradient_move
    by_rows &= tf.distribute.get_strategy().num_replicas_in_sync == 1
    return [
        each_row_once(gradient, variable.shape[0])
        if by_rows and isinstance(gradient, tf.IndexedSlices) and is_large_table(variable)
        else tf.convert_to_tensor(gradient)
        for gradient, variable in zip(gradients, variables, strict=True)
    ]


def each_row_once(gradient: tf.IndexedSlices, rows: int) -> tf.IndexedSlices:
    """The gradient with repeated rows summed; where a batch reads many, all `rows` of the table in their order."""

    def few() -> tuple[tf.Tensor, tf.Tensor]:
        ids, places = tf.unique(gradient.indices)
        return ids, tf.math.unsorted_segment_sum(gradient.values, places, tf.size(ids))

    def many() -> tuple[tf.Tensor, tf.Tensor]:
        ids = tf.range(rows, dtype=gradient.indices.dtype)
        return ids, tf.math.unsorted_segment_sum(gradient.values, gradient.indices, rows)

    ids, values = tf.cond(tf.size(gradient.indices) * FEWER <= rows, few, many)
    return tf.IndexedSlices(values, ids, gradient.dense_shape)


def is_large_table(variable: keras.Variable | tf.Variable) -> bool:
    return len(variable.shape) == 2 and math.prod(variable.shape) >= LARGE


class LargeTables(keras.optimizers.Optimizer):
    """Put before an optimizer of Keras: the same formula, applied to large variables at a lower cost.

    An IndexedSlices must come from `gradients_for`. Weight decay and averaging go over whole tables all the same.
    """

    @property
    def only_rows_with_a_gradient_move(self) -> bool:
        """Whether a row without gradient stays where it is, whatever its past."""
        return False

    def update_step(self, gradient: Gradient, variable: tf.Variable, learning_rate: Any) -> None:
        rate = tf.cast(learning_rate, variable.dtype)
        if not isinstance(gradient, tf.IndexedSlices):
            self._one_pass(gradient, variable, rate)
            return
        tf.cond(
            tf.size(gradient.indices) == variable.shape[0],
            lambda: self._one_pass(gradient.values, variable, rate),
            lambda: self.update_rows(gradient.indices, gradient.values, variable, rate),
        )

    def update_rows(self, ids: tf.Tensor, gradient: tf.Tensor, variable: tf.Variable, rate: tf.Tensor) -> None:
        """Update the rows `ids`, each of which occurs once: gradient (rows, units)."""
        raise NotImplementedError

    def update_whole(self, gradient: tf.Tensor, variable: tf.Variable, rate: tf.Tensor) -> None:
        """Keras' own formula."""
        super().update_step(gradient, variable, rate)

    def _one_pass(self, gradient: tf.Tensor, variable: tf.Variable, rate: tf.Tensor) -> None:
        if math.prod(variable.shape) < LARGE or not self._compiles():
            self.update_whole(gradient, variable, rate)
            return
        # The variable is captured: Keras finds its slots by its identity, which an argument would lose.
        compiled = tf.function(
            lambda *given: self.update_whole(given[0], variable, given[1]), jit_compile=True, autograph=False
        )
        compiled(tf.cast(gradient, variable.dtype), rate)

    def _compiles(self) -> bool:
        """Whether XLA compiles here. A GPU has the bandwidth for many passes; Windows' TensorFlow may lack XLA."""
        if self._distribution_strategy.num_replicas_in_sync > 1 or not tf.inside_function():
            return False
        return sys.platform != "win32" and not tf.config.list_logical_devices("GPU")

    def _clip_gradients(self, grads: Sequence[Gradient]) -> list[Gradient]:
        # Rows without gradient add nothing to a norm and are not clipped.
        clipped = super()._clip_gradients(_values(grads))
        return [
            tf.IndexedSlices(new, old.indices, old.dense_shape) if isinstance(old, tf.IndexedSlices) else new
            for old, new in zip(grads, clipped, strict=True)
        ]


class SGD(LargeTables, keras.optimizers.SGD):
    @property
    def only_rows_with_a_gradient_move(self) -> bool:
        return not self.momentum

    def update_rows(self, ids: tf.Tensor, gradient: tf.Tensor, variable: tf.Variable, rate: tf.Tensor) -> None:
        variable.scatter_sub(tf.IndexedSlices(rate * gradient, ids))


class Adagrad(LargeTables, keras.optimizers.Adagrad):
    @property
    def only_rows_with_a_gradient_move(self) -> bool:
        return True

    def update_rows(self, ids: tf.Tensor, gradient: tf.Tensor, variable: tf.Variable, rate: tf.Tensor) -> None:
        sums = self._accumulators[self._get_variable_index(variable)].value
        new = tf.gather(sums, ids) + tf.square(gradient)
        sums.scatter_update(tf.IndexedSlices(new, ids))
        variable.scatter_sub(tf.IndexedSlices(rate * gradient / tf.sqrt(new + self.epsilon), ids))


class RMSprop(LargeTables, keras.optimizers.RMSprop):
    """A row without gradient does not move, but its mean square g² decays by ρ. `last_step` (rows,) says at which step
    a row's mean square was brought up to date; when it is needed next it has decayed by ρ^(steps since)."""

    @property
    def only_rows_with_a_gradient_move(self) -> bool:
        return not self.momentum and not self.centered

    def build(self, variables: Sequence[keras.Variable]) -> None:
        if self.built:
            return
        super().build(variables)
        self._last_steps = [self._last_step(variable) for variable in variables]

    def _last_step(self, variable: keras.Variable) -> keras.Variable | None:
        if not self.only_rows_with_a_gradient_move or not is_large_table(variable):
            return None
        # int64: a GPU has no scatter for int32.
        return self.add_variable(variable.shape[:1], dtype="int64", name=f"{variable.name}_last_step")

    def update_rows(self, ids: tf.Tensor, gradient: tf.Tensor, variable: tf.Variable, rate: tf.Tensor) -> None:
        place = self._get_variable_index(variable)
        velocities, last_step = self._velocities[place].value, self._last_steps[place].value
        step = tf.convert_to_tensor(self.iterations) + 1
        decay = self._decay(step - tf.gather(last_step, ids), variable.dtype)
        new = decay * tf.gather(velocities, ids) + (1 - self.rho) * tf.square(gradient)
        velocities.scatter_update(tf.IndexedSlices(new, ids))
        last_step.scatter_update(tf.IndexedSlices(tf.fill(tf.shape(ids), step), ids))
        variable.scatter_sub(tf.IndexedSlices(rate * gradient / tf.sqrt(new + self.epsilon), ids))

    def update_whole(self, gradient: tf.Tensor, variable: tf.Variable, rate: tf.Tensor) -> None:
        place = self._get_variable_index(variable)
        velocity, last_step = self._velocities[place], self._last_steps[place]
        if last_step is not None:
            step = tf.convert_to_tensor(self.iterations) + 1
            missed = step - 1 - tf.convert_to_tensor(last_step)
            self.assign(velocity, self._decay(missed, variable.dtype) * tf.convert_to_tensor(velocity))
            self.assign(last_step, tf.fill(last_step.shape, step))
        super().update_whole(gradient, variable, rate)

    def _decay(self, steps: tf.Tensor, dtype: tf.DType) -> tf.Tensor:
        """ρ^steps, (rows, 1)."""
        return tf.pow(tf.cast(self.rho, dtype), tf.cast(steps, dtype))[:, tf.newaxis]


class LossScaleOptimizer(keras.optimizers.LossScaleOptimizer):
    """Keras' own, which looks for overflow in the rows that there are instead of in a whole table."""

    def check_finite(self, grads: Sequence[Gradient]) -> tf.Tensor:
        return super().check_finite(_values(grads))


# What these compute for an element depends on that element alone, so that one pass does it.
_IN_ONE_PASS = ("Adam", "AdamW", "Adamax", "Nadam", "Adadelta", "Ftrl", "Lion")
OPTIMIZERS: dict[str, type[keras.optimizers.Optimizer]] = {
    **{kind.__name__.lower(): kind for kind in (SGD, Adagrad, RMSprop)},
    **{name.lower(): type(name, (LargeTables, getattr(keras.optimizers, name)), {}) for name in _IN_ONE_PASS},
}
"""By the name that Keras knows them by; all others are Keras' own."""


def _values(gradients: Sequence[Gradient]) -> list[tf.Tensor]:
    return [gradient.values if isinstance(gradient, tf.IndexedSlices) else gradient for gradient in gradients]
