"""Runs many training steps in one call of one compiled function."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import keras
import tensorflow as tf

from seqlab.runtime import has_gpu
from seqlab.training.loss import LossFunction
from seqlab.training.optimizers.row_updates import gradients_for

Totals = dict[str, tuple[tf.Tensor, tf.Tensor]]


def compile_steps(
    model: keras.Model, optimizer: keras.optimizers.Optimizer, loss_function: LossFunction, *, jit_compile: bool
) -> Callable[[Iterator[Any], tf.Tensor, Totals], tuple[tf.Tensor, Totals]]:
    """Compile a function (batches, number of steps, totals so far) → (steps done, totals).

    All steps run inside one graph, without returning to Python. If a loss or gradient is not finite, it stops before
    the update: the weights stay those of the last finite step, and fewer steps are done than requested. Totals are
    summed step by step in float64, so that metrics do not depend on how the steps are divided into calls.

    On a GPU nothing of a step is read by the host, which would have to wait for it: the steps that follow one that is
    not finite are computed, and their updates taken back.
    """
    on_device = has_gpu()
    # With loss scaling, gradients overflow regularly, and the optimizer skips such steps itself.
    scales_loss = isinstance(optimizer, keras.optimizers.LossScaleOptimizer)

    strategy = tf.distribute.get_strategy()

    def gradients_of(batch: Mapping[str, tf.Tensor]) -> tuple[list[Any], Mapping[str, tuple[tf.Tensor, tf.Tensor]]]:
        """On one device: its part of the gradient of the mean loss over all devices, and its sums of the metrics."""
        variables = [variable.value for variable in model.trainable_variables]
        with tf.GradientTape() as tape:
            sums = loss_function(model, batch)
            total, count = sums["loss"]
            if strategy.num_replicas_in_sync > 1:
                count = tf.distribute.get_replica_context().all_reduce("sum", count)
            scaled = optimizer.scale_loss(total / count)
        gradients = tape.gradient(scaled, variables)
        # XLA does not support shapes that depend on values, such as the number of distinct rows in a batch.
        return gradients_for(optimizer, gradients, variables, by_rows=not jit_compile), sums

    def apply(gradients: list[Any]) -> None:
        # Keras sums the gradients of all replicas. They are already the sum here, so each replica contributes a share.
        replicas = strategy.num_replicas_in_sync
        parts = gradients if replicas == 1 else [gradient / replicas for gradient in gradients]
        optimizer.apply(parts, model.trainable_variables)

    def apply_if(gradients: list[Any], finite: tf.Tensor) -> None:
        variables = [variable.value for variable in (*model.trainable_variables, *optimizer.variables)]
        before = [tf.identity(variable) for variable in variables]
        apply(gradients)
        for variable, old in zip(variables, before, strict=True):
            variable.assign(tf.where(finite, variable, old))

    def update(
        batches: Sequence[Mapping[str, tf.Tensor]], going: tf.Tensor
    ) -> tuple[tf.Tensor, Mapping[str, tuple[tf.Tensor, tf.Tensor]]]:
        gradients, sums = on_all_devices(strategy, gradients_of, batches)
        finite = tf.math.is_finite(sums["loss"][0] / sums["loss"][1])
        if not scales_loss:
            finite &= tf.math.is_finite(tf.linalg.global_norm(gradients))
        if on_device:
            strategy.run(apply_if, args=(gradients, going & finite))
        else:
            tf.cond(finite, lambda: strategy.run(apply, args=(gradients,)), lambda: None)
        return finite, sums

    if jit_compile:
        update = tf.function(update, jit_compile=True, autograph=False)

    # AutoGraph would read and rewrite the source of every layer, which takes seconds at each start.
    @tf.function(autograph=False)
    def many(batches: tf.data.Iterator, steps: tf.Tensor, totals: Totals) -> tuple[tf.Tensor, Totals]:
        def step(
            number: tf.Tensor, done: tf.Tensor, going: tf.Tensor, totals: Totals
        ) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor, Totals]:
            finite, sums = update(batches.get_next(), going)
            added = {
                name: (total + tf.cast(sums[name][0], tf.float64), count + tf.cast(sums[name][1], tf.float64))
                for name, (total, count) in totals.items()
            }
            going &= finite
            return number + 1, done + tf.cast(going, tf.int64), going, added

        _, done, _, totals = tf.while_loop(
            lambda number, done, going, totals: number < steps if on_device else going & (number < steps),
            step,
            (tf.constant(0), tf.constant(0, tf.int64), tf.constant(True), totals),
            parallel_iterations=1,
        )
        return tf.cast(done, tf.int32), totals

    return many


def on_all_devices(strategy: tf.distribute.Strategy, function: Callable[[Any], Any], shares: Sequence[Any]) -> Any:
    """Run `function` on the share of each device and sum the results."""
    if strategy.num_replicas_in_sync == 1:
        return function(shares[0])
    spread = strategy.experimental_distribute_values_from_function(
        lambda context: shares[context.replica_id_in_sync_group]
    )
    results = strategy.run(function, args=(spread,))
    return tf.nest.map_structure(lambda value: strategy.reduce("SUM", value, axis=None), results)


def as_tensors(names: tuple[str, ...], totals: Mapping[str, tuple[float, float]]) -> Totals:
    """Totals as tensors for `compile_steps`; missing ones are zero."""
    return {name: tuple(tf.constant(value, tf.float64) for value in totals.get(name, (0.0, 0.0))) for name in names}
