"""Receivers of training events: one saves metrics, best weights and checkpoints of a run, one only displays epochs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import tensorflow as tf

from seqlab.errors import PrunedError
from seqlab.progress import Progress
from seqlab.runs import Run
from seqlab.training.checkpoints import Checkpoints
from seqlab.training.state import TrainingState
from seqlab.training.weights import save_weights

if TYPE_CHECKING:
    import keras


class EpochReports(Protocol):
    """Receives the metrics of epochs besides, and does not raise: `seqlab.sinks.reports`."""

    def epoch(self, line: Mapping[str, float], learning_rate: float) -> None:
        """The metrics of an epoch, and the learning rate at its end."""

    def poll(self) -> None:
        """Training continues; now is a moment to look at what is done beside it."""


class Callbacks(Protocol):
    """Receives training events."""

    def on_epoch_metrics(self, metrics: Mapping[str, float]) -> int:
        """The metrics of an epoch are known. Returns the size of the metrics file afterwards, in bytes."""

    def on_new_best(self) -> None:
        """The model holds the best weights so far."""

    def on_call_end(self, state: TrainingState) -> None:
        """Between two compiled calls within an epoch: training could be saved here."""

    def on_epoch_end(self, state: TrainingState) -> None:
        """Between two epochs: training could be saved here."""

    def on_stop(self, state: TrainingState) -> None:
        """Training is about to stop here."""


@dataclass(frozen=True)
class RunCallbacks:
    """Saves everything in a run."""

    run: Run
    model: keras.Model
    optimizer: keras.optimizers.Optimizer
    checkpoints: Checkpoints
    progress: Progress
    notes_on: Callable[[Mapping[str, float]], Iterable[str]]
    """What is said of the metrics of an epoch."""
    reports: EpochReports
    watch: Callable[[Run], str | None] | None = None
    """Called after each epoch. A text ends the training, and is the reason."""

    def on_epoch_metrics(self, metrics: Mapping[str, float]) -> int:
        self.progress.epoch(metrics)
        for note in self.notes_on(metrics):
            self.progress.say(note)
        try:
            self.run.append_metrics(metrics)
        except OSError as error:
            # One line of metrics is not worth hours of training.
            self.progress.say(f"cannot write {self.run.metrics_file} ({error.strerror}): training continues")
        # A variable of several devices is no number for Python.
        self.reports.epoch(metrics, float(tf.convert_to_tensor(self.optimizer.learning_rate)))
        return self.run.metrics_size()

    def on_new_best(self) -> None:
        save_weights(self.model, self.run.weights_file)

    def on_call_end(self, state: TrainingState) -> None:
        self.checkpoints.after_call(state)
        self.reports.poll()

    def on_epoch_end(self, state: TrainingState) -> None:
        self.checkpoints.after_epoch(state)
        if self.watch is not None and (reason := self.watch(self.run)) is not None:
            self.checkpoints.save(state)
            raise PrunedError(reason)

    def on_stop(self, state: TrainingState) -> None:
        self.checkpoints.save(state)


@dataclass(frozen=True)
class DisplayCallbacks:
    """Displays the metrics of each epoch and saves nothing: for a refit."""

    progress: Progress

    def on_epoch_metrics(self, metrics: Mapping[str, float]) -> int:
        self.progress.epoch(metrics)
        return 0

    def on_new_best(self) -> None:
        pass

    def on_call_end(self, state: TrainingState) -> None:
        pass

    def on_epoch_end(self, state: TrainingState) -> None:
        pass

    def on_stop(self, state: TrainingState) -> None:
        pass
