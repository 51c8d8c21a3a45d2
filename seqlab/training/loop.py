"""The training loop: epochs of planned batches, figures per epoch, the best weights kept, stopping and going on."""

from __future__ import annotations

import contextlib
import math
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from typing import Any, Protocol

import keras
import tensorflow as tf

from seqlab.errors import DivergedError, RequestError, Stopped
from seqlab.interruption import Interruption
from seqlab.progress import Progress, ProgressStep
from seqlab.training.averaging import Averaging
from seqlab.training.state import TrainingState
from seqlab.training.train_step import LossFunction, as_tensors, compile_steps

SECONDS_PER_CALL = 0.5
"""How long one compiled call may last: the rhythm of the progress bar and of reactions to Ctrl-C."""


Validate = Callable[[], dict[str, float]]


@dataclass(frozen=True)
class EpochData:
    """The batches of one epoch from some step on, and how many steps, examples and tokens the whole epoch has."""

    batches: tf.data.Dataset
    steps: int
    examples: int
    tokens: int


class Callbacks(Protocol):
    """Who keeps what training brings forth."""

    def epoch(self, figures: Mapping[str, float]) -> int:
        """The figures of an epoch are there. Returns the size of the history afterwards, in bytes."""

    def best(self) -> None:
        """The weights are the best so far."""

    def after_call(self, position: TrainingState) -> None:
        """A place in the middle of an epoch where training could be saved."""

    def after_epoch(self, position: TrainingState) -> None:
        """A place between two epochs where training could be saved."""

    def save(self, position: TrainingState) -> None:
        """Training is about to stop here."""


@dataclass(frozen=True)
class Trainer:
    """One training: what is trained on what, and the rules of its end.

    `epoch_data(epoch, step)` gives the batches of an epoch from a step on.
    """

    model: keras.Model
    optimizer: keras.optimizers.Optimizer
    loss_function: LossFunction
    epoch_data: Callable[[int, int], EpochData]
    progress: Progress
    interruption: Interruption
    epochs: int
    patience: int | None
    jit_compile: bool
    averaging: Averaging | None = None

    @property
    def carried(self) -> Sequence[keras.Variable]:
        """What a checkpoint must hold besides model and optimizer."""
        return [*self.loss_function.variables, *(self.averaging.variables if self.averaging else ())]

    def averaged(self, epoch: int) -> AbstractContextManager[None]:
        """What is validated and kept after an epoch, as the model's weights: their mean, or they themselves."""
        return contextlib.nullcontext() if self.averaging is None else self.averaging.in_place(epoch)

    def fit(self, position: TrainingState, callbacks: Callbacks, validate: Validate | None) -> TrainingState:
        """Train from `position` to the last epoch, or until `patience` epochs brought nothing better.

        `validate()` gives the figures of the validation split, None where there is none to validate on: then the last
        weights are the best. Raises DivergedError when the loss is not finite; the model then holds the weights of the
        last finite step. Raises Stopped when a signal asked for it, after saving.
        """
        run_steps = self._reporting_compilation(
            compile_steps(self.model, self.optimizer, self.loss_function, jit_compile=self.jit_compile)
        )
        with self.interruption.deferred():
            while position.epoch <= self.epochs and not position.best.exhausted(self.patience):
                data = self.epoch_data(position.epoch, position.step_in_epoch)
                position = self._steps(run_steps, data, position, callbacks)
                position = self._end_of_epoch(data, position, callbacks, validate)
                callbacks.after_epoch(position)
                self._stop_if_asked(position, callbacks)
        if position.best.exhausted(self.patience):
            best = position.best
            self.progress.say(f"no better {best.monitor} for {self.patience} epochs: training ends here")
        return position

    def _reporting_compilation(self, run_steps: Callable[..., Any]) -> Callable[..., Any]:
        """The same function. Its first call, which compiles the training step, is a step of the progress."""
        compiled = False

        def run(*arguments: Any) -> Any:
            nonlocal compiled
            step = contextlib.nullcontext() if compiled else self.progress.step("compiling the training step")
            compiled = True
            with step:
                return run_steps(*arguments)

        return run

    def _steps(self, run_steps: Any, data: EpochData, position: TrainingState, callbacks: Callbacks) -> TrainingState:
        """The rest of an epoch's steps."""
        if position.step_in_epoch == 0:
            self.loss_function.begin_epoch()
        batches: Iterator[Any] = iter(data.batches)
        totals, call = as_tensors(self.loss_function.figures, position.totals), 1
        with self.progress.step(f"epoch {position.epoch}/{self.epochs}", data.steps, "steps") as bar:
            bar.advance(position.step_in_epoch)
            while (left := data.steps - position.step_in_epoch) > 0:
                started = time.perf_counter()
                done, totals = run_steps(batches, tf.constant(min(call, left)), totals)
                seconds = time.perf_counter() - started
                if int(done) < min(call, left):
                    step = position.step + int(done) + 1
                    raise _diverged(f"the loss or its gradient is not a finite number at step {step}")
                position = position.after_steps(int(done), _as_floats(totals), seconds)
                _advance(bar, int(done), position)
                call = _next_call(call, seconds)
                self._stop_if_asked(position, callbacks)
                callbacks.after_call(position)
        return position

    def _end_of_epoch(
        self, data: EpochData, position: TrainingState, callbacks: Callbacks, validate: Validate | None
    ) -> TrainingState:
        """Validate, record the epoch's figures, keep the weights if they are the best."""
        if self.averaging is not None:
            self.averaging.remember(position.epoch)
        figures = _named("train", position.means) | self._validation_figures(position, callbacks, validate)
        speed = max(position.epoch_seconds, 1e-9)
        line = {
            "epoch": position.epoch,
            "epochs": self.epochs,
            "step": position.step,
            "seconds": position.epoch_seconds,
            "examples_per_second": data.examples / speed,
            "tokens_per_second": data.tokens / speed,
        }
        if validate is None:
            best = replace(position.best, epoch=position.epoch)
        else:
            best = position.best.after(position.epoch, _monitored(figures, position))
        if best.epoch == position.epoch:
            with self.averaged(position.epoch):
                callbacks.best()
        history = callbacks.epoch(line | figures)
        return replace(position.next_epoch(best, data.examples), history=history)

    def _validation_figures(
        self, position: TrainingState, callbacks: Callbacks, validate: Validate | None
    ) -> dict[str, float]:
        if validate is None:
            return {}
        try:
            with self.interruption.immediate(), self.averaged(position.epoch):
                return _named("validation", validate())
        except Stopped:
            callbacks.save(position)
            raise

    def _stop_if_asked(self, position: TrainingState, callbacks: Callbacks) -> None:
        if self.interruption.requested is not None:
            callbacks.save(position)
            raise self.interruption.requested


def _advance(bar: ProgressStep, steps: int, position: TrainingState) -> None:
    bar.advance(steps, **position.means)


def _as_floats(totals: Any) -> dict[str, tuple[float, float]]:
    return {name: (float(total), float(count)) for name, (total, count) in totals.items()}


def _next_call(steps: int, seconds: float) -> int:
    """More steps per call until a call lasts about `SECONDS_PER_CALL`; the number is a tensor and retraces nothing."""
    return max(1, min(steps * 4, math.ceil(steps * SECONDS_PER_CALL / max(seconds, 1e-9))))


def _diverged(what: str) -> DivergedError:
    return DivergedError(
        f"{what}; the last finite weights are kept. Lower training.learning_rate, or set training.clip_norm"
    )


def _monitored(figures: Mapping[str, float], position: TrainingState) -> float:
    """The figure that chooses the best epoch. Raises DivergedError when it is no number that could."""
    monitor = position.best.monitor
    if monitor not in figures:
        raise RequestError(f"training.monitor: there is no figure '{monitor}'; there are {', '.join(sorted(figures))}")
    if not math.isfinite(figures[monitor]):
        raise _diverged(f"{monitor} is not a finite number after epoch {position.epoch}")
    return figures[monitor]


def _named(split: str, figures: Mapping[str, float]) -> dict[str, float]:
    return {f"{split}.{name}": value for name, value in figures.items()}
