"""Notes on a training that is no better than the best answer that is the same for every example."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from seqlab.config import Experiment
from seqlab.data.store import Store
from seqlab.experiment.prepare_data import choices_of
from seqlab.tasks import FittedTask
from seqlab.tasks.constant_answer import ConstantAnswer, KnowsConstantAnswer
from seqlab.text_format import one_of
from seqlab.training.options import TrainingOptions

ENOUGH_STEPS = 200
"""Steps after which an epoch is judged; in a shorter training, only the best one is, at the end."""
FEW_STEPS = 500
"""A shorter training may be too short."""
NO_BETTER = 0.99
"""Part of the loss of the constant answer from which on a loss is no better. No model that gives it has a lower
training loss; what a plan of batches leaves out of an epoch moves the figure by less than one percent. Of two classes
of equal size, one percent is the gain of a model that is right about 56 of 100 examples, and knows it."""
WORSE = 1.05
"""Part from which on a loss is worse. A model that answers nearly the same, a little after each batch, loses less."""
LEAST = 0.01
"""Loss of a constant answer below which the four decimals of a figure cannot show one percent."""

USUAL_RATES = (1e-5, 1e-2)
USUAL_LARGE_RATES = (1e-5, 1.0)
TAKE_LARGE_RATES = frozenset({"sgd", "adagrad", "adadelta", "ftrl"})
"""Optimizers whose steps shrink with the gradient, or with time."""


class ConstantAnswerNotes:
    """Tells once that a model is no better than a constant answer: after the first epoch of which that is true.

    Only the metrics of the epochs decide, so that a resumed training says what one without a pause does. `history`:
    those before the resume.
    """

    def __init__(
        self, experiment: Experiment, answer: ConstantAnswer | None, history: Sequence[Mapping[str, Any]]
    ) -> None:
        self.experiment = experiment
        self.answer = answer if answer is not None and min(answer.train, answer.validation) >= LEAST else None
        self.told = any(map(self._is_due, history))

    def after_epoch(self, metrics: Mapping[str, Any]) -> Iterator[str]:
        """The note on an epoch, if it is due and was not told."""
        if not self.told and self._is_due(metrics):
            self.told = True
            yield from self.on(metrics, metrics["step"])

    def on(self, epoch: Mapping[str, Any], steps: int) -> Iterator[str]:
        """The note on the metrics of an epoch, if its model is no better; `steps`: of the training in all."""
        if self.answer is not None and self._reaches(NO_BETTER, epoch):
            what = "worse" if self._reaches(WORSE, epoch) else "no better"
            causes = list(_causes(self.experiment, self.answer, steps))
            yield (
                f"the model of epoch {epoch['epoch']} is {what} than a constant answer: train.loss "
                f"{epoch['train.loss']:.4f}, validation.loss {epoch['validation.loss']:.4f} ({self.answer} alone). "
                f"Likely causes: {one_of(causes)}"
            )

    def _is_due(self, epoch: Mapping[str, Any]) -> bool:
        step = epoch.get("step")
        return isinstance(step, int) and step >= ENOUGH_STEPS and self._reaches(NO_BETTER, epoch)

    def _reaches(self, part: float, epoch: Mapping[str, Any]) -> bool:
        """Whether both losses are at least this part of those of the constant answer."""
        if self.answer is None:
            return False
        pairs = (epoch.get("train.loss"), self.answer.train), (epoch.get("validation.loss"), self.answer.validation)
        return all(isinstance(loss, float) and loss >= part * constant for loss, constant in pairs)


def constant_answer_of(task: FittedTask, train: Store, options: TrainingOptions) -> ConstantAnswer | None:
    """The best constant answer to the training split, if the task can tell its loss."""
    return task.constant_answer(train, options) if isinstance(task, KnowsConstantAnswer) else None


def _causes(experiment: Experiment, answer: ConstantAnswer, steps: int) -> Iterator[str]:
    """What can keep the model of this config from learning, the most particular first."""
    options = experiment.training
    yield from choices_of(experiment).model.obstacles()
    if steps < FEW_STEPS:
        yield f"too few steps ({steps:,})"
    if options.unfreeze_epochs is not None:
        yield f"layers not trained yet (unfreeze_epochs: {options.unfreeze_epochs})"
    yield _learning_rate(options)
    yield from answer.doubts


def _learning_rate(options: TrainingOptions) -> str:
    rate, name = options.learning_rate, options.optimizer.name
    low, high = USUAL_LARGE_RATES if name in TAKE_LARGE_RATES else USUAL_RATES
    if options.schedule is not None:
        return f"a learning rate too low or too high ({rate:g}, {options.schedule.name})"
    which = "too low" if rate < low else "too high" if rate > high else "too low or too high"
    return f"a learning rate {which} ({rate:g})"
