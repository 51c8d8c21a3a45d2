"""The best answer that is the same for every example, and its loss: what a model that has learned something beats."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

import numpy as np

from seqlab.data.spool import portions
from seqlab.data.store import Store

if TYPE_CHECKING:
    from seqlab.tasks.task import FittedTask
    from seqlab.training.options import TrainingOptions

CHUNK = 1 << 20
"""Ids that are counted at once: a large store is not copied into memory."""


@dataclass(frozen=True)
class ConstantAnswer:
    """The answer to every example that has the lowest training loss."""

    what: str
    """In words: `the frequencies of the labels`."""
    train: float
    """What `train.loss` would be."""
    validation: float
    """What `validation.loss` would be if the targets of validation were distributed as those of training. It has no
    class weights and no label smoothing, and differs from `train` with them."""
    doubts: tuple[str, ...] = ()
    """What can be wrong with the data if no model is better."""

    def __str__(self) -> str:
        losses = dict.fromkeys(f"{loss:.4f}" for loss in (self.train, self.validation))
        return f"{' and '.join(losses)} by {self.what}"


@runtime_checkable
class KnowsConstantAnswer(Protocol):
    """A `FittedTask` that can tell the loss of the best constant answer."""

    def constant_answer(self, train: Store, training: Any) -> ConstantAnswer | None:
        """The best constant answer to the training split, by the options of the section `training`; None where its
        loss is not known exactly."""


def constant_answer_of(task: FittedTask, train: Store, training: TrainingOptions) -> ConstantAnswer | None:
    """The best constant answer to the training split, if the task can tell its loss."""
    return task.constant_answer(train, training) if isinstance(task, KnowsConstantAnswer) else None


def losses_of_frequencies(
    counts: np.ndarray, *, weights: np.ndarray | None = None, label_smoothing: float = 0.0, first: int = 0
) -> tuple[float, float]:
    """The cross-entropy, in nats, of the probabilities with the lowest training loss: in training, with class weights
    and label smoothing, and in validation, without.

    `counts`: (classes,), how often each is the target; `weights`: (classes,) or None. Smoothing spreads its share over
    the classes from `first` on. The lowest cross-entropy is that of the mean of the (weighted, smoothed) targets.
    """
    frequencies = counts / counts.sum()
    weighted = frequencies if weights is None else frequencies * weights / (frequencies * weights).sum()
    spread = np.where(np.arange(len(counts)) < first, 0.0, 1 / (len(counts) - first))
    answer = (1 - label_smoothing) * weighted + label_smoothing * spread
    logs = np.log(answer, out=np.zeros_like(answer), where=answer > 0)
    return float(-answer @ logs), float(-frequencies @ logs)


def counts_of(ids: np.ndarray, size: int) -> np.ndarray:
    """How often each id from 0 to `size` − 1 is among `ids`, (size,) int64."""
    counts = np.zeros(size, np.int64)
    for part in portions(ids, CHUNK):
        counts += np.bincount(part, minlength=size)
    return counts
