"""Runs many training steps in one call of one compiled function."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import keras
import tensorflow as tf

from seqlab.runtime import has_gpu
from seqlab.training.accumulation import GradientSums, Shares, added_to, sum_of_parts
from seqlab.training.loss import LossFunction
from seqlab.training.optimizers.row_updates import gradients_for

if TYPE_CHECKING:
    from seqlab.training.loss import Sums

Totals = dict[str, tuple[tf.Tensor, tf.Tensor]]


def compile_steps(
    model: keras.Model,
    optimizer: keras.optimizers.Optimizer,
    loss_function: LossFunction,
    *,
    jit_compile: bool,
    accumulate: int = 1,
) -> Callable[[Iterator[Any], tf.Tensor, Totals], tuple[tf.Tensor, Totals]]:
    """Compile a function (batches, number of steps, totals so far) → (steps done, totals).

    All steps run inside one graph, without returning to Python. If a loss or gradient is not finite, it stops before
    the update: the weights stay those of the last finite step, and fewer steps are done than requested. Totals are
    summed step by step in float64, so that metrics do not depend on how the steps are divided into calls.

    `accumulate`: as the `parts` of the pipeline. Above 1, the gradient of a batch is the sum of those of its parts.

    On a GPU nothing of a step is read by the host, which would have to wait for it: the steps that follow one that is
    not finite are computed, and their updates taken back.
    """
    on_device = has_gpu()
    # With loss scaling, gradients overflow regularly, and the optimizer skips such steps itself.
    scales_loss = isinstance(optimizer, keras.optimizers.LossScaleOptimizer)

    strategy = tf.distribute.get_strategy()

    def gradients_of(batch: Mapping[str, tf.Tensor]) -> tuple[list[Any], Sums]:
        """On one device: its part of the gradient of the mean loss over all devices, and its sums of the metrics."""
        variables = [variable.value for variable in model.trainable_variables]
        with tf.GradientTape() as tape:
            sums = loss_function(model, batch)
            total, count = sums["loss"]
            if strategy.num_replicas_in_sync > 1:
                count = tf.distribute.get_replica_context().all_reduce("sum", count)
            # A part may have no count, if all its examples have no weight: it contributes nothing.
            mean = total / count if accumulate == 1 else tf.math.divide_no_nan(total, count)
            scaled = optimizer.scale_loss(mean)
        gradients = tape.gradient(scaled, variables)
        # XLA does not support shapes that depend on values, such as the number of distinct rows in a batch.
        return gradients_for(optimizer, gradients, variables, by_rows=not jit_compile), sums

    def apply(gradients: list[Any]) -> None:
        optimizer.apply(gradients, model.trainable_variables)

    def apply_if(gradients: list[Any], finite: tf.Tensor) -> None:
        variables = [variable.value for variable in (*model.trainable_variables, *optimizer.variables)]
        before = [tf.identity(variable) for variable in variables]
        apply(gradients)
        for variable, old in zip(variables, before, strict=True):
            variable.assign(tf.where(finite, variable, old))

    of_all_devices = functools.partial(on_all_devices, strategy, gradients_of)

    def update(gradients: list[Any], loss: tuple[tf.Tensor, tf.Tensor], going: tf.Tensor) -> tf.Tensor:
        finite = tf.math.is_finite(loss[0] / loss[1])
        if not scales_loss:
            finite &= tf.math.is_finite(tf.linalg.global_norm(gradients))
        if on_device:
            strategy.run(apply_if, args=(gradients, going & finite))
        else:
            tf.cond(finite, lambda: strategy.run(apply, args=(gradients,)), lambda: None)
        return finite

    def step_of_batch(shares: Shares, going: tf.Tensor) -> tuple[tf.Tensor, Sums]:
        gradients, sums = of_all_devices(shares)
        return update(gradients, sums["loss"], going), sums

    if jit_compile and accumulate == 1:
        step_of_batch = tf.function(step_of_batch, jit_compile=True, autograph=False)
    elif jit_compile:  # each part by itself, because XLA cannot read the next one
        of_all_devices = tf.function(of_all_devices, jit_compile=True, autograph=False)
        update = tf.function(update, jit_compile=True, autograph=False)

    def next_step(batches: tf.data.Iterator, going: tf.Tensor) -> tuple[tf.Tensor, Sums]:
        if accumulate == 1:
            return step_of_batch(batches.get_next(), going)
        variables = [variable.value for variable in model.trainable_variables]
        into = GradientSums.suited_to(optimizer, variables, by_rows=not jit_compile)
        gradients, sums = sum_of_parts(of_all_devices, batches, into, loss_function.metric_names)
        return update(gradients, sums["loss"], going), sums

    # AutoGraph would read and rewrite the source of every layer, which takes seconds at each start.
    @tf.function(autograph=False)
    def many(batches: tf.data.Iterator, steps: tf.Tensor, totals: Totals) -> tuple[tf.Tensor, Totals]:
        def step(
            number: tf.Tensor, done: tf.Tensor, going: tf.Tensor, totals: Totals
        ) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor, Totals]:
            finite, sums = next_step(batches, going)
            going &= finite
            return number + 1, done + tf.cast(going, tf.int64), going, added_to(totals, sums)

        _, done, _, totals = tf.while_loop(
            lambda number, done, going, totals: number < steps if on_device else going & (number < steps),
            step,
            (tf.constant(0), tf.constant(0, tf.int64), tf.constant(True), totals),
            parallel_iterations=1,
        )
        return tf.cast(done, tf.int32), totals

    return many


def on_all_devices(strategy: tf.distribute.Strategy, function: Callable[[Any], Any], shares: Sequence[Any]) -> Any:
    """Run `function` on the share of each device of this host and sum the results, those of all hosts."""
    if strategy.num_replicas_in_sync == 1:
        return function(shares[0])
    spread = strategy.experimental_distribute_values_from_function(
        # Numbered over all hosts, each of which has as many devices.
        lambda context: shares[context.replica_id_in_sync_group % len(shares)]
    )
    results = strategy.run(function, args=(spread,))
    return tf.nest.map_structure(lambda value: strategy.reduce("SUM", value, axis=None), results)


def as_tensors(names: tuple[str, ...], totals: Mapping[str, tuple[float, float]]) -> Totals:
    """Totals as tensors for `compile_steps`; missing ones are zero."""
    return {name: tuple(tf.constant(value, tf.float64) for value in totals.get(name, (0.0, 0.0))) for name in names}
