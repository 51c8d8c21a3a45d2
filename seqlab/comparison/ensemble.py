"""Ensembles: the class probabilities of finished runs, averaged with weights that validation chooses."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from seqlab.comparison.mixture import mixture_weights
from seqlab.comparison.predictions import ClassPredictions, read_class_predictions
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
SMALLEST = 5e-7
"""Probabilities are recorded with six digits: what is recorded as 0 was less than this."""

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
            _refuse_other_items(runs[0], of_runs[0], run, found, split)
    stacked = {split: np.stack([each.probabilities for each in of_runs]) for split, of_runs in predictions.items()}
    equal = np.full(len(runs), 1 / len(runs))
    targets = predictions["validation"][0].targets
    enough = len(targets) >= FEWEST_ITEMS
    of_targets = np.maximum(stacked["validation"][:, np.arange(len(targets)), targets], SMALLEST)
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
    return metrics_on(split, TASKS[_task_of(run)].registries.metrics)


def _task_of(run: Run) -> str:
    task: Any = run.section("config").get("task")
    return task if isinstance(task, str) else ""


def _refuse_what_cannot_be_combined(runs: Sequence[Run]) -> None:
    """From what `run.json` says, before any prediction is read."""
    directories = [run.directory.resolve() for run in runs]
    for index, run in enumerate(runs):
        if directories[index] in directories[:index]:
            raise RequestError(f"run {run.id} is given twice: name each run of an ensemble once")
    if len(runs) < 2:
        raise RequestError(f"an ensemble needs two runs or more, and there is {counted(len(runs), 'run')}")
    for run in runs:
        _refuse_run(run)
    for run in runs[1:]:
        _refuse_other_splits(runs[0], run)


def _refuse_run(run: Run) -> None:
    possible = [task.name for task in TASKS.values() if task.combines == "probabilities"]
    if (task := _task_of(run)) not in possible:
        raise RequestError(
            f"run {run.id} is of the task {quoted(task)}: an ensemble averages class probabilities, which only runs of "
            f"{' and '.join(possible)} have"
        )
    if (status := run.status()) != "finished":
        raise RequestError(
            f"run {run.id} is {status}: finish it with `seqlab train --resume {shlex.quote(run.id)}`, or leave it out"
        )


def _refuse_other_splits(first: Run, other: Run) -> None:
    one, two = (run.section("data", "splits") for run in (first, other))
    if differing := [split for split in dict.fromkeys([*one, *two]) if one.get(split) != two.get(split)]:
        raise RequestError(
            f"runs {first.id} and {other.id} have different data in {_listed(differing)}, by the hashes in run.json: "
            "an ensemble needs runs on the same splits; train them with the same data, data.validation, data.test, "
            "data.take and data.split_seed"
        )


def _refuse_other_items(
    first: Run, expected: ClassPredictions, other: Run, found: ClassPredictions, split: str
) -> None:
    if expected.labels != found.labels:
        raise RequestError(
            f"runs {first.id} and {other.id} have different labels: {_listed(map(quoted, expected.labels))} and "
            f"{_listed(map(quoted, found.labels))}"
        )
    if expected.items != found.items:
        raise RequestError(
            f"the {split} predictions of run {other.id} are for other items than those of run {first.id}, though their "
            "split hashes are equal: restore them from a copy, or train again"
        )


def _listed(names: Sequence[str] | Iterator[str]) -> str:
    *others, last = names
    return f"{', '.join(others)} and {last}" if others else last
