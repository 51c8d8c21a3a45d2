"""Evaluating a model on a split, and recording the result of a run."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from seqlab import runtime
from seqlab.config import Experiment
from seqlab.data.records import SplitName
from seqlab.data.store import Store
from seqlab.errors import RequestError
from seqlab.experiment.prepare_data import PreparedData
from seqlab.experiment.run_session import RunSession
from seqlab.metrics.metric_names import (
    is_computed_after_training,
    is_of_the_model,
    is_one_of,
    metric_outputs,
)
from seqlab.progress import SILENT
from seqlab.registry import Component
from seqlab.reports.artifacts import write_plots, write_predictions, write_samples
from seqlab.runs import Run
from seqlab.tasks import TASKS, Predictor
from seqlab.tasks.evaluation import Evaluation, metrics_on
from seqlab.vectors import WordVectors

if TYPE_CHECKING:
    from seqlab.training.state import TrainingState


def validation_metrics(experiment: Experiment, predictor: Predictor, store: Store, monitor: str) -> dict[str, float]:
    """The metrics of the validation split after an epoch: all but the expensive ones, and the monitor."""
    monitored = monitor.partition(".")[2]
    metrics = [
        component
        for component in metrics_of(experiment, "validation")
        if not is_computed_after_training(component.name) or is_one_of(monitored, metric_outputs(component.name))
    ]
    return predictor.evaluate(store, metrics, SILENT).metrics()


def evaluate_split(
    session: RunSession, predictor: Predictor, data: PreparedData, split: SplitName
) -> tuple[dict[str, Any], Evaluation]:
    """Evaluate a split and write its predictions. Metrics are named `<split>.<metric>`."""
    evaluation = predictor.evaluate(data.stores[split], metrics_of(session.experiment, split), session.progress)
    write_predictions(evaluation, session.run.predictions_file(split))
    return with_split(split, evaluation.metrics()), evaluation


def evaluate_test(
    session: RunSession, predictor: Predictor, data: PreparedData, validated: tuple[dict[str, Any], Evaluation]
) -> tuple[dict[str, Any], Evaluation]:
    """Evaluate the test split and add its metrics to those of validation; `validated` where there is none."""
    if "test" not in data.stores:
        return validated
    metrics, evaluation = evaluate_split(session, predictor, data, "test")
    return validated[0] | metrics, evaluation


def record_result(
    session: RunSession,
    predictor: Predictor,
    end: TrainingState,
    metrics: Mapping[str, Any],
    evaluation: Evaluation,
) -> None:
    """Write samples and plots of the last split, then `result.json`: a run that has one is complete."""
    run = session.run
    write_samples(evaluation, run.samples_file)
    split = session.experiment.data.splits[-1]
    for note in write_plots(run.metrics(), end.best.epoch, evaluation.plots(), split, run.plots_directory):
        session.progress.say(note)
    result = {
        **{name: value for name, value in metrics_of_epoch(run, end.best.epoch).items() if name.startswith("train.")},
        **metrics,
        "best_epoch": end.best.epoch,
        "epochs": end.epoch - 1,
        "train.seconds": end.seconds,
        "train.examples_per_second": end.examples_per_second,
        "seconds": session.seconds(),
        "peak_memory_mb": runtime.memory_peak_mb(),
        **({} if (on_gpu := runtime.gpu_memory_peak_mb()) is None else {"gpu_peak_memory_mb": on_gpu}),
    }
    run.seal()
    run.write_result(result)
    session.reports.result(split, lambda: _word_vectors(session.experiment, predictor))


def _word_vectors(experiment: Experiment, predictor: Predictor) -> dict[str, WordVectors]:
    """The vectors of the tokens of each side, as far as the model has some."""
    found: dict[str, WordVectors] = {}
    if "word_vectors" in TASKS[experiment.task].capabilities:
        able: Any = predictor
        for side in ("text", "source", "target"):
            with contextlib.suppress(RequestError):
                found[side] = able.word_vectors(side, "input")
    return found


def metrics_of_epoch(run: Run, epoch: int) -> Mapping[str, Any]:
    """What a run recorded after an epoch; empty if it could not."""
    return next((line for line in run.metrics() if line["epoch"] == epoch), {})


def metrics_of(experiment: Experiment, split: SplitName) -> tuple[Component, ...]:
    """The metrics of the config, or all of the task, as far as they are computed on this split."""
    return metrics_on(split, TASKS[experiment.task].registries.metrics, experiment.metrics)


def with_split(split: str, metrics: Mapping[str, Any]) -> dict[str, Any]:
    """`accuracy` → `test.accuracy`; metrics of the model keep their names."""
    return {name if is_of_the_model(name) else f"{split}.{name}": value for name, value in metrics.items()}
