"""Who keeps what training brings forth: a run's metrics, best weights and checkpoints; or nobody, for a refit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from seqlab.progress import Progress
from seqlab.runs import Run
from seqlab.training.checkpoints import Checkpoints
from seqlab.training.state import TrainingState
from seqlab.training.weights import save_weights

if TYPE_CHECKING:
    import keras


@dataclass(frozen=True)
class RunCallbacks:
    """Keeps everything in a run."""

    run: Run
    model: keras.Model
    weights: Path
    checkpoints: Checkpoints
    progress: Progress

    def epoch(self, figures: Mapping[str, float]) -> int:
        self.progress.epoch(figures)
        try:
            self.run.append_metrics(figures)
        except OSError as error:
            # A line of figures is not worth hours of training.
            self.progress.say(f"{self.run.metrics_file} cannot be written ({error.strerror}): training goes on")
        return self.run.metrics_size()

    def best(self) -> None:
        save_weights(self.model, self.weights)

    def after_call(self, position: TrainingState) -> None:
        self.checkpoints.after_call(position)

    def after_epoch(self, position: TrainingState) -> None:
        self.checkpoints.after_epoch(position)

    def save(self, position: TrainingState) -> None:
        self.checkpoints.save(position)


@dataclass(frozen=True)
class DisplayCallbacks:
    """Shows the figures and keeps nothing."""

    progress: Progress

    def epoch(self, figures: Mapping[str, float]) -> int:
        self.progress.epoch(figures)
        return 0

    def best(self) -> None:
        pass

    def after_call(self, position: TrainingState) -> None:
        pass

    def after_epoch(self, position: TrainingState) -> None:
        pass

    def save(self, position: TrainingState) -> None:
        pass
