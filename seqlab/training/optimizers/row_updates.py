"""Keras' optimizers with cheap updates of large embedding tables: only the rows of a batch, or one pass over all.

Keras makes a pass over the whole table for every operation of its formula: ten for RMSprop, twelve for Adam. The same
results, up to rounding, are computed here as follows:

- SGD without momentum, Adagrad, and RMSprop that is neither centered nor has momentum do not move a row without a
  gradient. If few rows have one, only those are updated (`update_rows`).
- All others move every row at every step. On a CPU their formula is compiled into one pass over the table. "Lazy"
  updates of Adam's rows would be another optimizer, and are not offered.

docs/speed.md has the measurements. This is the only file that uses private names of Keras; `KERAS_PRIVATE_NAMES` lists
them, pyproject.toml bounds the version of Keras, and a test names those that a new version lacks.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Sequence
from typing import TypeAlias

import keras
import tensorflow as tf

from seqlab.runtime import has_gpu

Gradient: TypeAlias = "tf.Tensor | tf.IndexedSlices"

KERAS_PRIVATE_NAMES = {
    "Optimizer": (
        "_all_reduce_sum_gradients",
        "_clip_gradients",
        "_distribution_strategy",
        "_get_variable_index",
        "_apply_weight_decay",
        "_trainable_variables",
    ),
    "Adagrad": ("_accumulators",),
    "RMSprop": ("_velocities",),
}
"""Class in `keras.optimizers` → its private attributes and methods that this file uses or overrides."""

LARGE = 500_000
"""Elements. Smaller tables are left to Keras, whose RMSprop takes 2 ms for this many."""
FEW_ROWS = 3
"""`update_rows` is faster than one pass if a batch reads this many times fewer rows than the table has."""


def gradients_for(
    optimizer: keras.optimizers.Optimizer,
    gradients: Sequence[Gradient],
    variables: Sequence[tf.Variable],
    *,
    by_rows: bool = True,
) -> list[Gradient]:
    """Gradients in the form that the optimizer needs: unique rows for tables that it updates by rows, else dense.

    A row that a batch reads twice has one gradient, the sum, so that norms are correct. All gradients are dense without
    `by_rows`, with more than one replica, whose all-reduce would repeat rows, and on a GPU: which rows are distinct is
    found on the host, and with determinism rows are scattered there too.
    """
    return [
        unique_rows(gradient, variable.shape[0])
        if by_rows and isinstance(gradient, tf.IndexedSlices) and is_updated_by_rows(optimizer, variable)
        else tf.convert_to_tensor(gradient)
        for gradient, variable in zip(gradients, variables, strict=True)
    ]


def is_updated_by_rows(optimizer: keras.optimizers.Optimizer, variable: tf.Variable) -> bool:
    """Whether a variable is a table of which the optimizer updates only the rows of a batch."""
    inner = getattr(optimizer, "inner_optimizer", optimizer)
    able = isinstance(inner, LargeTables) and inner.moves_only_rows_with_gradient
    alone = tf.distribute.get_strategy().num_replicas_in_sync == 1 and not has_gpu()
    return able and alone and is_large_table(variable)


def unique_rows(gradient: tf.IndexedSlices, rows: int) -> tf.IndexedSlices:
    """The gradient with repeated rows summed; if a batch reads many, all `rows` of the table in order."""

    def few() -> tuple[tf.Tensor, tf.Tensor]:
        ids, segments = tf.unique(gradient.indices)
        return ids, tf.math.unsorted_segment_sum(gradient.values, segments, tf.size(ids))

    def many() -> tuple[tf.Tensor, tf.Tensor]:
        ids = tf.range(rows, dtype=gradient.indices.dtype)
        return ids, tf.math.unsorted_segment_sum(gradient.values, gradient.indices, rows)

    ids, values = tf.cond(tf.size(gradient.indices) * FEW_ROWS <= rows, few, many)
    return tf.IndexedSlices(values, ids, gradient.dense_shape)


def is_large_table(variable: keras.Variable | tf.Variable) -> bool:
    return len(variable.shape) == 2 and math.prod(variable.shape) >= LARGE


class LargeTables(keras.optimizers.Optimizer):
    """A mixin before an optimizer of Keras: the same formula at a lower cost for large variables.

    Gradients as IndexedSlices must come from `gradients_for`. Weight decay and averaging still update whole tables.
    """

    @property
    def moves_only_rows_with_gradient(self) -> bool:
        """Whether a row without a gradient is not moved, whatever its slots contain."""
        return False

    def update_step(self, gradient: Gradient, variable: tf.Variable, learning_rate: tf.Tensor) -> None:
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
        """Update the unique rows `ids` (rows,) by their gradient (rows, units)."""
        raise NotImplementedError

    def update_whole(self, gradient: tf.Tensor, variable: tf.Variable, rate: tf.Tensor) -> None:
        """Keras' own formula."""
        super().update_step(gradient, variable, rate)

    def _one_pass(self, gradient: tf.Tensor, variable: tf.Variable, rate: tf.Tensor) -> None:
        if math.prod(variable.shape) < LARGE or not self._compiles():
            self.update_whole(gradient, variable, rate)
            return
        # The variable is captured, not an argument: Keras finds its slots by its identity.
        compiled = tf.function(
            lambda gradient, rate: self.update_whole(gradient, variable, rate), jit_compile=True, autograph=False
        )
        compiled(tf.cast(gradient, variable.dtype), rate)

    def _compiles(self) -> bool:
        """Whether to compile with XLA: not on a GPU, which has the bandwidth for many passes, nor on Windows."""
        if self._distribution_strategy.num_replicas_in_sync > 1 or not tf.inside_function():
            return False
        return sys.platform != "win32" and not has_gpu()

    def _clip_gradients(self, grads: Sequence[Gradient]) -> list[Gradient]:
        # Rows without a gradient do not change a norm.
        clipped = super()._clip_gradients(_values(grads))
        return [
            tf.IndexedSlices(new, old.indices, old.dense_shape) if isinstance(old, tf.IndexedSlices) else new
            for old, new in zip(grads, clipped, strict=True)
        ]


def with_rates(
    optimizer: type[keras.optimizers.Optimizer], factor_of: Callable[[keras.Variable], tf.Tensor]
) -> type[keras.optimizers.Optimizer]:
    """The same optimizer, where each variable has its own learning rate: that of all times its factor, () float32.

    Updates and weight decay are proportional to it. With a factor of 0 a variable stays as it is, while the slots learn
    the scale of its gradients.
    """

    class WithRates(optimizer):
        weight_decay: float | tf.Tensor | None

        def update_step(self, gradient: Gradient, variable: tf.Variable, learning_rate: tf.Tensor) -> None:
            super().update_step(gradient, variable, tf.cast(learning_rate, tf.float32) * self._factor(variable))

        def _factor(self, variable: tf.Variable) -> tf.Tensor:
            return factor_of(self._trainable_variables[self._get_variable_index(variable)])

        def _apply_weight_decay(self, variables: Sequence[keras.Variable]) -> None:
            whole = self.weight_decay
            if whole is None:
                return
            for variable in variables:
                self.weight_decay = whole * factor_of(variable)
                super()._apply_weight_decay([variable])
            self.weight_decay = whole

    WithRates.__name__ = optimizer.__name__
    return WithRates


def with_summed_gradients(optimizer: type[keras.optimizers.Optimizer]) -> type[keras.optimizers.Optimizer]:
    """The same optimizer for gradients that are summed over all devices already. Keras would sum them again: as many
    bytes once more between hosts."""

    class WithSummedGradients(optimizer):
        def _all_reduce_sum_gradients(
            self, grads_and_vars: Sequence[tuple[Gradient, tf.Variable]]
        ) -> Sequence[tuple[Gradient, tf.Variable]]:
            return grads_and_vars

    WithSummedGradients.__name__ = optimizer.__name__
    return WithSummedGradients


class SGD(LargeTables, keras.optimizers.SGD):
    @property
    def moves_only_rows_with_gradient(self) -> bool:
        return not self.momentum

    def update_rows(self, ids: tf.Tensor, gradient: tf.Tensor, variable: tf.Variable, rate: tf.Tensor) -> None:
        variable.scatter_sub(tf.IndexedSlices(rate * gradient, ids))


class Adagrad(LargeTables, keras.optimizers.Adagrad):
    @property
    def moves_only_rows_with_gradient(self) -> bool:
        return True

    def update_rows(self, ids: tf.Tensor, gradient: tf.Tensor, variable: tf.Variable, rate: tf.Tensor) -> None:
        sums = self._accumulators[self._get_variable_index(variable)].value
        new = tf.gather(sums, ids) + tf.square(gradient)
        sums.scatter_update(tf.IndexedSlices(new, ids))
        variable.scatter_sub(tf.IndexedSlices(rate * gradient / tf.sqrt(new + self.epsilon), ids))


class RMSprop(LargeTables, keras.optimizers.RMSprop):
    """A row without a gradient does not move, but its mean square decays by ρ per step.

    `last_step` (rows,) is the step of a row's last update: at its next one, its mean square has decayed by
    ρ^(steps since then).
    """

    @property
    def moves_only_rows_with_gradient(self) -> bool:
        return not self.momentum and not self.centered

    def build(self, variables: Sequence[keras.Variable]) -> None:
        if self.built:
            return
        super().build(variables)
        self._last_steps = [self._last_step(variable) for variable in variables]

    def _last_step(self, variable: keras.Variable) -> keras.Variable | None:
        if not self.moves_only_rows_with_gradient or not is_large_table(variable):
            return None
        # int64, because GPUs have no scatter for int32.
        return self.add_variable(variable.shape[:1], dtype="int64", name=f"{variable.name}_last_step")

    def update_rows(self, ids: tf.Tensor, gradient: tf.Tensor, variable: tf.Variable, rate: tf.Tensor) -> None:
        index = self._get_variable_index(variable)
        velocities, last_step = self._velocities[index].value, self._last_steps[index].value
        step = tf.convert_to_tensor(self.iterations) + 1
        decay = self._decay(step - tf.gather(last_step, ids), variable.dtype)
        new = decay * tf.gather(velocities, ids) + (1 - self.rho) * tf.square(gradient)
        velocities.scatter_update(tf.IndexedSlices(new, ids))
        last_step.scatter_update(tf.IndexedSlices(tf.fill(tf.shape(ids), step), ids))
        variable.scatter_sub(tf.IndexedSlices(rate * gradient / tf.sqrt(new + self.epsilon), ids))

    def update_whole(self, gradient: tf.Tensor, variable: tf.Variable, rate: tf.Tensor) -> None:
        index = self._get_variable_index(variable)
        velocity, last_step = self._velocities[index], self._last_steps[index]
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
    """Checks for overflow in the rows of a gradient instead of in the whole table."""

    def check_finite(self, grads: Sequence[Gradient]) -> tf.Tensor:
        return super().check_finite(_values(grads))


# Elementwise formulas, which one pass can compute.
_ELEMENTWISE = ("Adam", "AdamW", "Adamax", "Nadam", "Adadelta", "Ftrl", "Lion")
OPTIMIZERS: dict[str, type[keras.optimizers.Optimizer]] = {
    **{optimizer.__name__.lower(): optimizer for optimizer in (SGD, Adagrad, RMSprop)},
    **{name.lower(): type(name, (LargeTables, getattr(keras.optimizers, name)), {}) for name in _ELEMENTWISE},
}
"""By their Keras names. Optimizers that are not here are Keras' own."""


def _values(gradients: Sequence[Gradient]) -> list[tf.Tensor]:
    return [gradient.values if isinstance(gradient, tf.IndexedSlices) else gradient for gradient in gradients]
