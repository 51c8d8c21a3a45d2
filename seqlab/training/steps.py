"""Many training steps in one call of one compiled function."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import keras
import tensorflow as tf

Sums = dict[str, tuple[tf.Tensor, tf.Tensor]]
Objective = Callable[[keras.Model, Mapping[str, tf.Tensor]], Sums]


def compile_steps(
    model: keras.Model, optimizer: keras.optimizers.Optimizer, objective: Objective, *, jit_compile: bool
) -> Callable[[Iterator[Any], tf.Tensor], tuple[tf.Tensor, Sums]]:
    """A function (batches, steps) → (steps done, sums of each figure over them).

    It runs inside one graph: no return to Python between steps. A loss or gradient that is not finite ends it before
    the update, so that the weights stay those of the last finite step; the caller sees that steps are missing.
    """
    # Under loss scaling a gradient that overflows is an everyday event: that optimizer skips the step by itself.
    scales_loss = isinstance(optimizer, keras.optimizers.LossScaleOptimizer)

    @tf.function(jit_compile=jit_compile)
    def update(batch: Mapping[str, tf.Tensor]) -> tuple[tf.Tensor, Sums]:
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
    def many(batches: Iterator[Any], steps: tf.Tensor) -> tuple[tf.Tensor, Sums]:
        finite, totals = update(next(batches))
        done = tf.cast(finite, tf.int32)
        while finite and done < steps:
            finite, sums = update(next(batches))
            totals = tf.nest.map_structure(tf.add, totals, sums)
            done += tf.cast(finite, tf.int32)
        return done, totals

    return many
