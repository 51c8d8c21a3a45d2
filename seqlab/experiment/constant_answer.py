"""Notes on a training that is no better than the best answer that is the same for every example."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any

from seqlab.config import Experiment
from seqlab.config.choices import choices_of
from seqlab.tasks.constant_answer import ConstantAnswer
from seqlab.text_format import one_of
from seqlab.training.options import TrainingOptions

ENOUGH_STEPS = 200
"""Steps after which an epoch is judged, unless its loss is still falling; the best one is judged at the end."""
FEW_STEPS = 500
"""A shorter training may be too short."""
NO_BETTER = 0.99
"""Part of the loss of the constant answer from which on a loss is no better. No model that gives it has a lower
training loss; what a plan of batches leaves out of an epoch moves the figure by less than one percent. Of two classes
of equal size, one percent is the gain of a model that is right about 56 of 100 examples, and knows it."""
WORSE = 1.05
"""Part from which on a loss is worse. A model that answers nearly the same, a little after each batch, loses less."""
FALLING = 0.99
"""Part of the loss before up to which a loss is falling."""
LEAST = 0.01
"""Loss of a constant answer below which the four decimals of a figure cannot show one percent."""

USUAL_RATES = (1e-5, 1e-2)
USUAL_LARGE_RATES = (1e-5, 1.0)
TAKE_LARGE_RATES = frozenset({"sgd", "adagrad", "adadelta", "ftrl"})
"""Optimizers whose steps shrink with the gradient, or with time."""


class ConstantAnswerNotes:
    """Tells once that a model is no better than a constant answer: after the first epoch of which that is true while
    the loss does not fall, else at the end.

    Only the metrics of the epochs decide, so that a resumed training says what one without a pause does. `history`:
    those before the resume.
    """

    def __init__(
        self, experiment: Experiment, answer: ConstantAnswer | None, history: Sequence[Mapping[str, Any]]
    ) -> None:
        self.experiment = experiment
        self.answer = answer if answer is not None and min(answer.train, answer.validation) >= LEAST else None
        self.begin(history)

    def begin(self, history: Sequence[Mapping[str, Any]]) -> None:
        """Go on after these epochs."""
        epochs: list[Mapping[str, Any]] = [{}, *history]
        self.told = any(self._is_due(epoch, before) for before, epoch in pairwise(epochs))
        self.last = epochs[-1]

    def after_epoch(self, metrics: Mapping[str, Any]) -> Iterator[str]:
        """The note on an epoch, if it is due and was not told."""
        before, self.last = self.last, metrics
        if not self.told and self._is_due(metrics, before):
            self.told = True
            yield from self.on(metrics, metrics["step"])

    def on(self, epoch: Mapping[str, Any], steps: int) -> Iterator[str]:
        """The note on the metrics of an epoch, if its model is no better; `steps`: of the training in all."""
        if self.answer is not None and self._reaches(NO_BETTER, epoch):
            better = all(part < 1 for part in self._parts(epoch))
            what = "worse" if self._reaches(WORSE, epoch) else "hardly better" if better else "no better"
            causes = list(_causes(self.experiment, self.answer, steps))
            yield (
                f"the model of epoch {epoch['epoch']} is {what} than a constant answer: train.loss "
                f"{epoch['train.loss']:.4f}, validation.loss {epoch['validation.loss']:.4f} ({self.answer} alone). "
                f"Likely causes: {one_of(causes)}"
            )

    def _is_due(self, epoch: Mapping[str, Any], before: Mapping[str, Any]) -> bool:
        step = epoch.get("step")
        if not isinstance(step, int) or step < ENOUGH_STEPS or not self._reaches(NO_BETTER, epoch):
            return False
        train, validation = self._parts(epoch)
        # Training loss is the mean over an epoch, validation loss is measured at its end.
        last, now = (self._parts(before)[0], train) if before else (train, validation)
        return now > FALLING * last

    def _reaches(self, part: float, epoch: Mapping[str, Any]) -> bool:
        """Whether both losses are at least this part of those of the constant answer."""
        return all(each >= part for each in self._parts(epoch))

    def _parts(self, epoch: Mapping[str, Any]) -> tuple[float, float]:
        """Training and validation loss, in parts of those of the constant answer; NaN where one is not known."""
        losses = epoch.get("train.loss"), epoch.get("validation.loss")
        constants = (math.nan, math.nan) if self.answer is None else (self.answer.train, self.answer.validation)
        train, validation = (
            loss / constant if isinstance(loss, float) else math.nan
            for loss, constant in zip(losses, constants, strict=True)
        )
        return train, validation


def _causes(experiment: Experiment, answer: ConstantAnswer, steps: int) -> Iterator[str]:
    """What can keep the model of this config from learning, the most particular first."""
    options = experiment.training
    yield from choices_of(experiment).model.obstacles()
    if steps < FEW_STEPS:
        yield f"too few steps ({steps:,})"
    if options.unfreeze_epochs is not None:
        yield f"layers trained later (unfreeze_epochs: {options.unfreeze_epochs})"
    yield _learning_rate(options)
    yield from answer.doubts


def _learning_rate(options: TrainingOptions) -> str:
    rate, name = options.learning_rate, options.optimizer.name
    low, high = USUAL_LARGE_RATES if name in TAKE_LARGE_RATES else USUAL_RATES
    if options.schedule is not None:
        return f"a learning rate too low or too high ({rate:g}, {options.schedule.name})"
    which = "too low" if rate < low else "too high" if rate > high else "too low or too high"
    return f"a learning rate {which} ({rate:g})"
