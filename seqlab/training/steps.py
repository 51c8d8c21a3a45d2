"""Many training steps in one call of one compiled function."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Protocol

import keras
import tensorflow as tf

Totals = dict[str, tuple[tf.Tensor, tf.Tensor]]


class Objective(Protocol):
    """What training lowers: the sums and counts of a batch, among them the `loss`."""

    @property
    def figures(self) -> tuple[str, ...]: ...

    def __call__(
        self, model: keras.Model, batch: Mapping[str, tf.Tensor]
    ) -> Mapping[str, tuple[tf.Tensor, tf.Tensor]]: ...


def compile_steps(
    model: keras.Model, optimizer: keras.optimizers.Optimizer, objective: Objective, *, jit_compile: bool
) -> Callable[[Iterator[Any], tf.Tensor, Totals], tuple[tf.Tensor, Totals]]:
    """A function (batches, steps, totals so far) → (steps done, totals).

    It runs inside one graph: no return to Python between steps. A loss or gradient that is not finite ends it before
    the update, so that the weights stay those of the last finite step; the caller sees that steps are missing.
    Totals go in and come out, step by step in float64: how the steps are cut into calls leaves no trace in a figure.
    """
    # Under loss scaling a gradient that overflows is an everyday event: that optimizer skips the step by itself.
    scales_loss = isinstance(optimizer, keras.optimizers.LossScaleOptimizer)

    @tf.function(jit_compile=jit_compile)
    def update(batch: Mapping[str, tf.Tensor]) -> tuple[tf.Tensor, Mapping[str, tuple[tf.Tensor, tf.Tensor]]]:
        variables = [variable.value for variable in model.trainable_variables]
        with tf.GradientTape() as tape:
            sums = objective(model, batch)
            loss = sums["loss"][0] / sums["loss"][1]
            scaled = optimizer.scale_loss(loss)
        gradients = [tf.convert_to_tensor(gradient) for gradient in tape.gradient(scaled, variables)]
        finite = tf.math.is_finite(loss)
        if not scales_loss:
            finite &= tf.math.is_finite(tf.linalg.global_norm(gradients))
        if finite:
            optimizer.apply(gradients, model.trainable_variables)
        return finite, sums

    @tf.function
    def many(batches: Iterator[Any], steps: tf.Tensor, totals: Totals) -> tuple[tf.Tensor, Totals]:
        done, finite = tf.constant(0), tf.constant(True)
        while finite and done < steps:
            finite, sums = update(next(batches))
            totals = {
                name: (total + tf.cast(sums[name][0], tf.float64), count + tf.cast(sums[name][1], tf.float64))
                for name, (total, count) in totals.items()
            }
            done += tf.cast(finite, tf.int32)
        return done, totals

    return many


def as_tensors(figures: tuple[str, ...], totals: Mapping[str, tuple[float, float]]) -> Totals:
    """Totals for `compile_steps`, zero where there are none yet."""
    return {name: tuple(tf.constant(value, tf.float64) for value in totals.get(name, (0.0, 0.0))) for name in figures}
