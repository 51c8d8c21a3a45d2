"""The pipeline of batches alone, and a training step fed by it beside one whose batch lies ready."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import tensorflow as tf
from training_runs import Config, Training

from seqlab.data.batching.pipeline import batches as pipeline_of


def rates(config: Config, *, batch_size: int, threads: list[int], seconds: float, steps: bool) -> dict[str, Any]:
    """With batches of so many examples (of a language model windows, of word vectors words), what a second gives.

    `examples` and `tokens` of the pipeline alone; `gathered`: batches that so many threads make together, without
    TensorFlow; with `steps`: steps that are `fed` by the pipeline, and on one batch that lies `ready`.
    """
    training = Training({**config, "training": {**config["training"], "batch_size": batch_size}})
    planned, plan = training.planned, training.planned.plan(seed=1, epoch=1)
    rate = _batches_per_second(training.batches, seconds)
    found: dict[str, Any] = {
        "batch_size": batch_size,
        "batches": rate,
        "examples": rate * planned.examples / len(plan),
        "tokens": rate * planned.tokens / len(plan),
        "gathered": {str(count): _gathered_per_second(planned.gather, plan, count, seconds) for count in threads},
    }
    if steps:
        found["fed"] = training.rate(seconds)
        training.batches = iter(pipeline_of(plan[:1], planned.gather, planned.signature).cache().repeat())
        found["ready"] = training.rate(seconds)
    return found


def _gathered_per_second(gather: Any, plan: Any, threads: int, seconds: float) -> float:
    count, started = 0, time.perf_counter()
    with ThreadPoolExecutor(threads) as pool:
        while time.perf_counter() - started < seconds:
            count += sum(1 for _ in pool.map(gather, plan))
    return count / (time.perf_counter() - started)


def _batches_per_second(batches: Any, seconds: float) -> float:
    """Taken in one loop of one graph, as a training step takes them."""

    @tf.function(autograph=False)
    def take(count: tf.Tensor) -> tf.Tensor:
        def one(number: tf.Tensor) -> tuple[tf.Tensor]:
            (batch,) = batches.get_next()
            with tf.control_dependencies([*batch.values()]):
                return (number + 1,)

        return tf.while_loop(lambda number: number < count, one, (tf.constant(0),), parallel_iterations=1)[0]

    count = 16
    for _ in range(2):  # the first compiles
        started = time.perf_counter()
        take(tf.constant(count))
        elapsed = time.perf_counter() - started
    count = max(16, round(count * seconds / max(elapsed, 1e-6)))
    started = time.perf_counter()
    take(tf.constant(count))
    return count / (time.perf_counter() - started)
