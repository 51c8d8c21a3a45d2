"""Training steps of a recipe's model: how fast, where placed, with which losses and weights in the end."""

from __future__ import annotations

import hashlib
import time
from typing import Any

import numpy as np
import tensorflow as tf
from gpu_placement import visits
from small_recipes import built, training_steps

from seqlab import runtime

Config = dict[str, Any]


class Training:
    """A model with random weights, and its steps, compiled at the first."""

    def __init__(self, config: Config, *, jit_compile: bool = False) -> None:
        self.experiment, self.data, self.model = built(config)
        options = self.experiment.training
        self.steps, self.batches, self.none = training_steps(
            self.experiment, self.data, self.model, jit_compile=jit_compile
        )
        self.planned = self.data.task.batches(self.data.stores["train"], options)
        self.plan_length = len(self.planned.plan(seed=1, epoch=1))

    def run(self, count: int) -> float:
        """The mean loss of the next `count` steps; not a number if one of them was not finite."""
        done, totals = self.steps(self.batches, tf.constant(count), self.none)
        total, number = totals["loss"]
        return float(total / number) if int(done) == count else float("nan")

    def timed(self, count: int) -> float:
        started = time.perf_counter()
        self.run(count)
        return time.perf_counter() - started

    def rate(self, seconds: float) -> float:
        """Steps a second, in a call that takes about so long."""
        count = max(2, round(seconds * 2 / max(self.timed(2), 1e-3)))
        return count / self.timed(count)


def speed(config: Config, seconds: float) -> dict[str, Any]:
    """Of a recipe's step: rates, traces, the peak of the memory of the GPU, and how often a loop waits for the host."""
    for number in range(len(tf.config.list_logical_devices("GPU"))):
        tf.config.experimental.reset_memory_stats(f"GPU:{number}")
    started = time.perf_counter()
    training = Training(config)
    loss = training.run(2)
    compiled = time.perf_counter() - started
    rate = training.rate(seconds)
    of_step = {name: getattr(training.planned, name) / training.plan_length for name in ("examples", "tokens")}
    in_loops = None
    if runtime.has_gpu():
        graph = training.steps.get_concrete_function(training.batches, tf.constant(2), training.none)
        in_loops = sum(visit.loops > 0 for visit in visits(graph))
    return {
        "loss": loss,
        "seconds_to_compile": compiled,
        "steps_per_second": rate,
        "examples_per_second": rate * of_step["examples"],
        "tokens_per_second": rate * of_step["tokens"],
        "gpu_megabytes": runtime.gpu_memory_peak_mb(),
        "host_in_loops": in_loops,
        "traces": training.steps.experimental_get_tracing_count(),
    }


def losses(config: Config, steps: int, calls: int) -> list[float]:
    """The mean losses of calls of so many steps."""
    training = Training(config)
    return [training.run(steps) for _ in range(calls)]


def hash_of_weights(config: Config, steps: int) -> str:
    """sha256 of the weights after so many steps."""
    training = Training(config)
    training.run(steps)
    digest = hashlib.sha256()
    for weight in training.model.get_weights():
        digest.update(np.ascontiguousarray(weight).tobytes())
    return digest.hexdigest()
