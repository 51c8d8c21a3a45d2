"""Ensembles: the class probabilities of finished runs, averaged with weights that validation chooses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from seqlab.comparison.mixture import mixture_weights
from seqlab.comparison.predictions import (
    SMALLEST,
    ClassPredictions,
    read_class_predictions,
    refuse_other_labels,
)
from seqlab.comparison.refusals import refuse_other_items, refuse_other_splits, refuse_unfinished, task_of
from seqlab.errors import RequestError
from seqlab.metrics.classification import ClassificationOutputs
from seqlab.registry import Component
from seqlab.runs import Run
from seqlab.tasks import TASKS
from seqlab.tasks.evaluation import compute_metrics, metrics_on
from seqlab.text_format import counted, quoted

SPLITS: tuple[Literal["validation", "test"], ...] = ("validation", "test")
FEWEST_ITEMS = 100
"""With fewer validation items the weights are equal: few items choose weights by chance."""

Metrics = dict[str, float]


@dataclass(frozen=True)
class EnsembleResult:
    """Metrics have the names of `result.json`: `validation.loss`, `test.accuracy`, …"""

    weights: Mapping[str, float]
    """Run id → weight; their sum is 1."""
    chosen_by: Literal["validation", "equal"]
    """Whether validation chose the weights, or has too few items (`FEWEST_ITEMS`), so that they are equal."""
    runs: Mapping[str, Metrics]
    """Run id → metrics, computed like those of the ensemble from the recorded probabilities."""
    ensemble: Metrics
    equal_weights: Metrics
    """Metrics of the unweighted mean."""


def combine(runs: Sequence[Run]) -> EnsembleResult:
    """Evaluate the weighted mean of the class probabilities that the runs recorded for validation and test.

    The weights minimize the log loss of validation; see `mixture_weights`. Raises RequestError for fewer than two
    different runs, for runs that are not finished or whose task has no class probabilities, for runs on other splits or
    with other labels, and for missing or damaged files.
    """
    _refuse_what_cannot_be_combined(runs)
    predictions = {split: [read_class_predictions(run, split) for run in runs] for split in SPLITS}
    for split, of_runs in predictions.items():
        for run, found in zip(runs, of_runs, strict=True):
            refuse_other_labels(runs[0], of_runs[0], run, found)
            refuse_other_items(runs[0], of_runs[0].items, run, found.items, split)
    stacked = {split: np.stack([each.probabilities for each in of_runs]) for split, of_runs in predictions.items()}
    equal = np.full(len(runs), 1 / len(runs))
    targets = predictions["validation"][0].targets
    enough = len(targets) >= FEWEST_ITEMS
    of_targets = np.stack([each.of_targets for each in predictions["validation"]])
    weights = mixture_weights(of_targets) if enough else equal
    metrics = {split: _metrics_of_task(runs[0], split) for split in SPLITS}

    def evaluated(mixed: np.ndarray) -> Metrics:
        found: Metrics = {}
        for split in SPLITS:
            probabilities = np.einsum("r,ric->ic", mixed, stacked[split])
            values = _evaluated(predictions[split][0], probabilities, metrics[split])
            found |= {f"{split}.{name}": value for name, value in values.items()}
        return found

    return EnsembleResult(
        weights={run.id: float(weight) for run, weight in zip(runs, weights, strict=True)},
        chosen_by="validation" if enough else "equal",
        runs={run.id: evaluated(alone) for run, alone in zip(runs, np.eye(len(runs)), strict=True)},
        ensemble=evaluated(weights),
        equal_weights=evaluated(equal),
    )


def _evaluated(split: ClassPredictions, probabilities: np.ndarray, metrics: Sequence[Component]) -> Metrics:
    """The logarithms of probabilities are logits: their softmax is the probabilities."""
    logits = np.log(np.maximum(probabilities, SMALLEST))
    outputs = ClassificationOutputs(split.labels, split.targets, logits)
    return compute_metrics(outputs.log_loss, metrics, outputs)


def _metrics_of_task(run: Run, split: Literal["validation", "test"]) -> Sequence[Component]:
    return metrics_on(split, TASKS[task_of(run)].registries.metrics)


def _refuse_what_cannot_be_combined(runs: Sequence[Run]) -> None:
    """From what `run.json` says, before any prediction is read."""
    directories = [run.directory.resolve() for run in runs]
    for index, run in enumerate(runs):
        if directories[index] in directories[:index]:
            raise RequestError(f"run {run.id} is given twice: name each run of an ensemble once")
    if len(runs) < 2:
        raise RequestError(f"an ensemble needs two runs or more, and there is {counted(len(runs), 'run')}")
    for run in runs:
        _refuse_other_task(run)
        refuse_unfinished(run)
    for run in runs[1:]:
        refuse_other_splits(runs[0], run, "an ensemble")


def _refuse_other_task(run: Run) -> None:
    possible = [task.name for task in TASKS.values() if task.combines == "probabilities"]
    if (task := task_of(run)) not in possible:
        raise RequestError(
            f"run {run.id} is of the task {quoted(task)}: an ensemble averages class probabilities, which only runs of "
            f"{' and '.join(possible)} have"
        )
