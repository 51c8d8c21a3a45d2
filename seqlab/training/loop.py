"""The training loop: epochs of planned batches, metrics per epoch, best weights, early stopping, interruption."""

from __future__ import annotations

import contextlib
import math
import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from typing import Any

import keras
import tensorflow as tf

from seqlab.errors import (
    DataError,
    DivergedError,
    HostLostError,
    OutOfMemoryError,
    RequestError,
    Stopped,
    is_out_of_memory,
)
from seqlab.hosts.group import ALONE, Group
from seqlab.interruption import Interruption
from seqlab.progress import Progress
from seqlab.text_format import counted
from seqlab.training.averaging import Averaging
from seqlab.training.callbacks import Callbacks
from seqlab.training.layer_rates import LayerRates
from seqlab.training.loss import LossFunction
from seqlab.training.state import TrainingState
from seqlab.training.train_step import as_tensors, compile_steps

SECONDS_PER_CALL = 0.5
"""Target duration of one compiled call: how often the progress bar moves and Ctrl-C is noticed."""


Validate = Callable[[], dict[str, float]]


@dataclass(frozen=True)
class EpochData:
    """The batches of one epoch from some step on, and the steps, examples and tokens of the whole epoch."""

    batches: tf.data.Dataset
    steps: int
    examples: int
    tokens: int


@dataclass
class _Steps:
    """The function that runs training steps. Its first call, which compiles it, is a step of the progress."""

    function: Callable[..., Any]
    progress: Progress
    compiled: bool = False

    def __call__(self, *arguments: Any) -> Any:
        step = contextlib.nullcontext() if self.compiled else self.progress.step("compiling the training step")
        self.compiled = True
        with step:
            return self.function(*arguments)


@dataclass(frozen=True)
class Trainer:
    """One training: the model, its data, and when it ends.

    `epoch_data(epoch, step, parts)` gives the batches of an epoch from a step on, each in so many parts: `accumulate`.
    All `hosts` take the same steps: in each call as many as the chief says, and they stop together.
    """

    model: keras.Model
    optimizer: keras.optimizers.Optimizer
    loss_function: LossFunction
    epoch_data: Callable[[int, int, int], EpochData]
    progress: Progress
    interruption: Interruption
    epochs: int
    patience: int | None
    jit_compile: bool
    averaging: Averaging | None = None
    rates: LayerRates | None = None
    accumulate: int = 1
    hosts: Group = ALONE

    @property
    def carried(self) -> Sequence[keras.Variable]:
        """Variables that a checkpoint must hold besides those of model and optimizer."""
        return [*self.loss_function.variables, *(self.averaging.variables if self.averaging else ())]

    def averaged(self, epoch: int) -> AbstractContextManager[None]:
        """A context in which the model has the weights to validate and save after an epoch: averaged, if asked for."""
        return contextlib.nullcontext() if self.averaging is None else self.averaging.in_place(epoch)

    def fit(self, state: TrainingState, callbacks: Callbacks, validate: Validate | None) -> TrainingState:
        """Train from `state` to the last epoch, or until `patience` epochs brought no improvement.

        `validate()` returns the metrics of the validation split; None: there is no such split, and the last weights
        are the best. Raises DivergedError if the loss is not finite; the model then has the weights of the last finite
        step. Raises OutOfMemoryError; the model then has any weights. Raises Stopped after a signal, once everything is
        saved.
        """
        run_steps = _Steps(
            compile_steps(
                self.model,
                self.optimizer,
                self.loss_function,
                jit_compile=self.jit_compile,
                accumulate=self.accumulate,
            ),
            self.progress,
        )
        with self.interruption.deferred():
            while state.epoch <= self.epochs and not state.best.exhausted(self.patience):
                data = self.epoch_data(state.epoch, state.step_in_epoch, self.accumulate)
                _refuse_impossible(state, data.steps)
                state = self._steps(run_steps, data, state, callbacks)
                state = self._end_of_epoch(data, state, callbacks, validate)
                callbacks.on_epoch_end(state)
                self._stop_if_asked(state, callbacks)
        if self.patience is not None and state.best.exhausted(self.patience):
            waited = counted(self.patience, "epoch")
            self.progress.say(f"{state.best.monitor} did not improve for {waited}: training ends")
        return state

    def _steps(self, run_steps: _Steps, data: EpochData, state: TrainingState, callbacks: Callbacks) -> TrainingState:
        """Run the remaining steps of an epoch."""
        if state.step_in_epoch == 0:
            self.loss_function.begin_epoch()
        if self.rates is not None:
            self.rates.begin_epoch(state.epoch)
        batches: Iterator[Any] = iter(data.batches)
        totals, call = as_tensors(self.loss_function.metric_names, state.totals), 1
        with self.progress.step(f"epoch {state.epoch}/{self.epochs}", data.steps, "steps") as bar:
            bar.advance(state.step_in_epoch)
            while (left := data.steps - state.step_in_epoch) > 0:
                started, compiling = time.perf_counter(), not run_steps.compiled
                steps = self.hosts.from_chief(min(call, left))
                with self.hosts.errors_named(), _memory_errors_named(state.step + 1):
                    tensors = run_steps(batches, tf.constant(steps), totals)
                    done, totals = int(tensors[0]), tensors[1]
                seconds = time.perf_counter() - started
                if done < steps:
                    step = state.step + done + 1
                    raise _diverged(f"the loss or its gradient is not a finite number at step {step}")
                state = state.after_steps(done, _as_floats(totals), seconds, compiled=compiling)
                bar.advance(done, **state.means)
                call = _next_call(call, seconds)
                self._stop_if_asked(state, callbacks)
                callbacks.on_call_end(state)
        return state

    def _end_of_epoch(
        self, data: EpochData, state: TrainingState, callbacks: Callbacks, validate: Validate | None
    ) -> TrainingState:
        """Validate, record the epoch's metrics, save the weights if they are the best."""
        if self.averaging is not None:
            self.averaging.remember(state.epoch)
        metrics = _named("train", state.means) | self._validation_metrics(state, callbacks, validate)
        line = {
            "epoch": state.epoch,
            "epochs": self.epochs,
            "step": state.step,
            "seconds": state.epoch_seconds,
            "examples_per_second": state.epoch_rate(data.examples),
            "tokens_per_second": state.epoch_rate(data.tokens),
        }
        if validate is None:
            best = replace(state.best, epoch=state.epoch)
        else:
            best = state.best.after(state.epoch, _monitored(metrics, state), metrics["validation.loss"])
        if best.epoch == state.epoch:
            with self.averaged(state.epoch):
                callbacks.on_new_best()
        history = callbacks.on_epoch_metrics(line | metrics)
        return replace(state.next_epoch(best, data.examples), history=history)

    def _validation_metrics(
        self, state: TrainingState, callbacks: Callbacks, validate: Validate | None
    ) -> dict[str, float]:
        if validate is None:
            return {}
        validating = self.progress.step(f"epoch {state.epoch}/{self.epochs}: validating")
        try:
            with validating, self.interruption.immediate(), self.averaged(state.epoch):
                return _named("validation", validate())
        except Stopped:
            callbacks.on_stop(state)
            raise

    def _stop_if_asked(self, state: TrainingState, callbacks: Callbacks) -> None:
        requested: Stopped | HostLostError | None
        try:
            requested = self.hosts.stop_requested(self.interruption.requested)
        except (Stopped, HostLostError) as end:  # of another host: all have done the same steps
            requested = end
        if requested is not None:
            callbacks.on_stop(state)
            raise requested


@contextlib.contextmanager
def _memory_errors_named(step: int) -> Iterator[None]:
    """Raises OutOfMemoryError for every error that means it. `step`: the first that may have failed."""
    try:
        yield
    except Exception as error:
        if not is_out_of_memory(error):
            raise
        shape = re.search(r"shape ?(\[[\d,]+\])", str(error))
        largest = f" (for a tensor of shape {shape[1]})" if shape else ""
        raise OutOfMemoryError(f"out of memory at step {step:,} or soon after{largest}") from error


def _as_floats(totals: Any) -> dict[str, tuple[float, float]]:
    return {name: (float(total), float(count)) for name, (total, count) in totals.items()}


def _next_call(steps: int, seconds: float) -> int:
    """Steps of the next call, so that it lasts about `SECONDS_PER_CALL`. A tensor: another number retraces nothing."""
    return max(1, min(steps * 4, math.ceil(steps * SECONDS_PER_CALL / max(seconds, 1e-9))))


def _refuse_impossible(state: TrainingState, steps: int) -> None:
    """Raises DataError for a checkpoint after more steps than an epoch has: it would end without one."""
    if state.step_in_epoch > steps:
        raise DataError(
            f"the checkpoint is after step {state.step_in_epoch:,} of epoch {state.epoch}, which has "
            f"{counted(steps, 'step')}: it is damaged, or of other data. Restore it from a copy, or train again"
        )


def _diverged(what: str) -> DivergedError:
    return DivergedError(
        f"{what}; the last finite weights are kept. Lower training.learning_rate, or set training.clip_norm"
    )


def _monitored(metrics: Mapping[str, float], state: TrainingState) -> float:
    """The metric that chooses the best epoch. Raises DivergedError if it is not finite."""
    monitor = state.best.monitor
    if monitor not in metrics:
        raise RequestError(f"training.monitor: there is no metric '{monitor}'; there are {', '.join(sorted(metrics))}")
    if not math.isfinite(metrics[monitor]):
        raise _diverged(f"{monitor} is not a finite number after epoch {state.epoch}")
    return metrics[monitor]


def _named(split: str, metrics: Mapping[str, float]) -> dict[str, float]:
    return {f"{split}.{name}": value for name, value in metrics.items()}
