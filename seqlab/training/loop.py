"""The training loop: epochs of planned batches, the best weights kept, early stopping, figures per epoch."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import keras
import tensorflow as tf

from seqlab.errors import DivergedError, RequestError
from seqlab.progress import Progress
from seqlab.training.steps import Objective, compile_steps
from seqlab.training.stopping import Best

SECONDS_PER_CALL = 0.5
"""How long one compiled call may last: the rhythm of the progress bar and of reactions to Ctrl-C."""


@dataclass(frozen=True)
class EpochData:
    """The batches of one epoch, and how many there are of what."""

    batches: tf.data.Dataset
    steps: int
    examples: int
    tokens: int


@dataclass(frozen=True)
class Outcome:
    """What training came to."""

    best: Best
    epochs: int
    steps: int
    seconds: float
    examples_per_second: float


@dataclass(frozen=True)
class Listeners:
    """Whom the loop tells: after each epoch its figures, and when the weights are the best so far."""

    epoch: Callable[[Mapping[str, float]], None]
    best: Callable[[], None]


def fit(
    model: keras.Model,
    optimizer: keras.optimizers.Optimizer,
    objective: Objective,
    epoch_data: Callable[[int], EpochData],
    validate: Callable[[], dict[str, float]] | None,
    listeners: Listeners,
    progress: Progress,
    *,
    epochs: int,
    monitor: str,
    patience: int | None,
    jit_compile: bool,
) -> Outcome:
    """Train for `epochs`, or until `patience` epochs brought nothing better.

    `epoch_data(epoch)` gives the batches of an epoch (from 1); `validate()` the figures of the validation split, None
    where there is none to validate on: then the last weights are the best. Raises DivergedError when the loss is not
    finite; the model then holds the weights of the last finite step.
    """
    optimizer.build(model.trainable_variables)
    run_steps = compile_steps(model, optimizer, objective, jit_compile=jit_compile)
    best, started, trained_seconds, steps, examples = Best(monitor), time.perf_counter(), 0.0, 0, 0
    for epoch in range(1, epochs + 1):
        data, epoch_started = epoch_data(epoch), time.perf_counter()
        train = _run_epoch(run_steps, data, progress, f"epoch {epoch}/{epochs}", steps)
        seconds = time.perf_counter() - epoch_started
        trained_seconds, steps, examples = trained_seconds + seconds, steps + data.steps, examples + data.examples
        figures = _named("train", train) | (_named("validation", validate()) if validate else {})
        speed = {"examples_per_second": data.examples / seconds, "tokens_per_second": data.tokens / seconds}
        listeners.epoch({"epoch": epoch, "epochs": epochs, "step": steps, "seconds": seconds} | speed | figures)
        best = best.after(epoch, _monitored(figures, monitor)) if validate else replace(best, epoch=epoch)
        if best.epoch == epoch:
            listeners.best()
        if best.exhausted(patience):
            progress.say(f"stopped after epoch {epoch}: no better {monitor} for {patience} epochs")
            break
    return Outcome(best, epoch, steps, time.perf_counter() - started, examples / max(trained_seconds, 1e-9))


def _run_epoch(run_steps: Any, data: EpochData, progress: Progress, what: str, steps_before: int) -> dict[str, float]:
    """One pass over the batches; returns the mean of each figure of the objective."""
    batches: Iterator[Any] = iter(data.batches)
    totals: dict[str, list[float]] = {}
    done, call = 0, 1
    with progress.step(what, data.steps, "steps") as step:
        while done < data.steps:
            wanted, started = min(call, data.steps - done), time.perf_counter()
            finished, sums = run_steps(batches, tf.constant(wanted))
            for name, (total, count) in sums.items():
                so_far = totals.setdefault(name, [0.0, 0.0])
                so_far[0], so_far[1] = so_far[0] + float(total), so_far[1] + float(count)
            done += int(finished)
            if int(finished) < wanted:
                raise _diverged(steps_before + done + 1)
            step.advance(wanted, **{name: total / count for name, (total, count) in totals.items()})
            call = _next_call(call, time.perf_counter() - started)
    return {name: total / count for name, (total, count) in totals.items()}


def _next_call(steps: int, seconds: float) -> int:
    """More steps per call until a call lasts about `SECONDS_PER_CALL`; the number is a tensor and retraces nothing."""
    return max(1, min(steps * 4, math.ceil(steps * SECONDS_PER_CALL / max(seconds, 1e-9))))


def _diverged(step: int) -> DivergedError:
    return DivergedError(
        f"the loss or its gradient is not a finite number at step {step}; the last finite weights are kept. Lower "
        "training.learning_rate, or set training.clip_norm"
    )


def _monitored(figures: Mapping[str, float], monitor: str) -> float:
    if monitor not in figures:
        raise RequestError(f"training.monitor: there is no figure '{monitor}'; there are {', '.join(sorted(figures))}")
    return figures[monitor]


def _named(split: str, figures: Mapping[str, float]) -> dict[str, float]:
    return {f"{split}.{name}": value for name, value in figures.items()}
