"""Measures what a training that is ready costs: steps, validation, evaluation, saves, the size of what it keeps."""

from __future__ import annotations

import math
import shutil
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from seqlab import runtime
from seqlab.data.store import Store
from seqlab.experiment.cost_estimate import Amounts, Costs, Disk
from seqlab.experiment.cost_of_evaluation import EvaluationCost, measure_evaluation
from seqlab.experiment.cost_of_steps import measure_steps
from seqlab.experiment.evaluate import metrics_of, validation_metrics
from seqlab.experiment.fit import Training, plan_of
from seqlab.experiment.prepare_data import PreparedData
from seqlab.experiment.training_cost import ModelSize
from seqlab.progress import SILENT
from seqlab.reports.artifacts import write_plots, write_predictions, write_samples
from seqlab.reports.summary import parameters_of, sizes_of_layers
from seqlab.tasks import Predictor
from seqlab.tasks.evaluation import Evaluation
from seqlab.tasks.task import WritesToAnEnd
from seqlab.text_format import counted
from seqlab.training.checkpoints import KEPT
from seqlab.training.weights import save_weights

if TYPE_CHECKING:
    import keras

MEGABYTE = 1024**2
PLANNING_SECONDS = 1.0
"""The plans of all epochs are made and counted if that takes no longer: their numbers of steps can differ by chance."""


def measure(
    training: Training, data: PreparedData, of_refit: PreparedData | None, opening: float, steps: int | None
) -> tuple[Amounts, Costs, list[str]]:
    """What the training consists of, what its parts cost, and lines for the user. Its weights change.

    `of_refit`: the data of `training.refit`; `opening`: seconds before the first step, without importing TensorFlow;
    `steps`: see `measure_steps`.
    """
    experiment, progress, run = training.session.experiment, training.session.progress, training.session.run
    batches = data.task.batches(data.stores["train"], experiment.training)
    planning, plan = _timed(lambda: plan_of(experiment, batches, 1))
    # Before the steps: a translator that is a little trained may end its sentences too early.
    predictor = training.predictor
    if isinstance(predictor, WritesToAnEnd):
        predictor = predictor.ending_with_targets()
    with progress.step("measuring validation"):
        validation = _validation_cost(training, predictor, data.stores["validation"])
        evaluation, outcome = _evaluation_cost(training, predictor, data.stores["validation"])
    with progress.step("compiling and measuring training steps"):
        of_steps = measure_steps(training, batches, plan, steps)
    with progress.step("measuring saves and plots"):
        _put_averages_in_place(training)  # the first time TensorFlow looks for the kernels
        averaging, _ = _timed(lambda: _put_averages_in_place(training))
        weights, _ = _timed(lambda: save_weights(training.model, run.weights_file))
        checkpoint, _ = _timed(lambda: training.checkpoints.save(training.state))
        report, _ = _timed(lambda: _report(training, outcome, dict(of_steps.last)))
    importing = runtime.import_seconds()
    start = opening + importing
    saves = {"weights": weights, "checkpoint": checkpoint, "averaging": averaging}
    costs = Costs(start, importing, of_steps, validation, evaluation, report, **saves, planning=planning)
    notes = []
    if steps is not None and of_steps.steps < steps:
        notes.append(f"an epoch has only {counted(of_steps.steps, 'step')}: each round consists of them")
    return _amounts(training, data, of_refit, planning), costs, notes


def _amounts(training: Training, data: PreparedData, of_refit: PreparedData | None, planning: float) -> Amounts:
    experiment = training.session.experiment
    epochs = experiment.training.epochs

    def steps_of(each: PreparedData) -> tuple[int, int]:
        """Of the first epoch, and of all."""
        batches = each.task.batches(each.stores["train"], experiment.training)
        counted_epochs = epochs if planning * epochs <= PLANNING_SECONDS else 1
        found = [len(plan_of(experiment, batches, epoch)) for epoch in range(1, counted_epochs + 1)]
        return found[0], sum(found) * (epochs // counted_epochs)

    batches = data.task.batches(data.stores["train"], experiment.training)
    first, steps = steps_of(data)
    test = {**data.stores, **({} if of_refit is None else of_refit.stores)}.get("test")
    return Amounts(
        epochs,
        steps,
        first,
        batches.examples,
        batches.tokens,
        data.stores["validation"].size,
        0 if test is None else test.size,
        0 if of_refit is None else steps_of(of_refit)[1],
    )


def _validation_cost(training: Training, predictor: Predictor, store: Store) -> EvaluationCost:
    """Of the validation after an epoch."""
    experiment, monitor = training.session.experiment, training.state.best.monitor
    return measure_evaluation(lambda part: validation_metrics(experiment, predictor, part, monitor), store)


def _evaluation_cost(training: Training, predictor: Predictor, store: Store) -> tuple[EvaluationCost, Evaluation]:
    """Of the evaluation of a split at the end, with all metrics and predictions; and what was evaluated last."""
    session, evaluated = training.session, list[Evaluation]()

    def evaluate(part: Store) -> None:
        evaluation = predictor.evaluate(part, metrics_of(session.experiment, "validation"), SILENT)
        write_predictions(evaluation, session.run.predictions_file("validation"))
        evaluation.metrics()
        evaluated[:] = [evaluation]

    return measure_evaluation(evaluate, store), evaluated[0]


def _report(training: Training, evaluation: Evaluation, metrics: dict[str, Any]) -> None:
    """Samples and plots, as at the end of a run."""
    run = training.session.run
    write_samples(evaluation, run.samples_file)
    write_plots([metrics], 1, evaluation.plots(), "validation", run.plots_directory)


def _put_averages_in_place(training: Training) -> None:
    with training.trainer.averaged(1):
        pass


def _timed(work: Callable[[], Any]) -> tuple[float, Any]:
    started = time.perf_counter()
    result = work()
    return time.perf_counter() - started, result


def size_of(training: Training) -> ModelSize:
    """The parameters of the model, by layer, and what its optimizer keeps."""
    parameters = parameters_of(training.model)
    total = parameters["parameters"]
    layers = {layer.name: size for layer, size in sizes_of_layers(training.model) if size}
    optimizer = sum(math.prod(variable.shape) for variable in training.trainer.optimizer.variables)
    return ModelSize(total, parameters.get("trained_parameters", total), layers, optimizer)


def disk_of(training: Training, runs_dir: Path) -> Disk:
    """The size of what a run keeps. The folder of the measurement holds a vocabulary and predictions as a run does."""
    weights = _megabytes(training.model.weights)
    # Each has the best weights of its time beside its own.
    checkpoint = _megabytes(training.checkpoints.variables.values()) + weights
    run = training.session.run
    large = {run.model_directory, run.checkpoints_directory}
    small = [path for path in run.directory.rglob("*") if path.is_file() and not large & {*path.parents}]
    others = sum(path.stat().st_size for path in small) / MEGABYTE
    folder = next(each for each in (runs_dir.absolute(), *runs_dir.absolute().parents) if each.is_dir())
    return Disk(weights, checkpoint, weights + KEPT * checkpoint + others, shutil.disk_usage(folder).free / MEGABYTE)


def _megabytes(variables: Iterable[keras.Variable]) -> float:
    import tensorflow as tf

    return sum(math.prod(each.shape) * tf.as_dtype(each.dtype).size for each in variables) / MEGABYTE
