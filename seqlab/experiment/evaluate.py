"""What a model is worth: its scores on a split, and the record of a run."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from seqlab import runtime
from seqlab.config import Experiment
from seqlab.data.records import SplitName
from seqlab.metrics.metric_names import is_expensive, is_one_of, metric_outputs
from seqlab.progress import SILENT, Progress
from seqlab.reports.artifacts import write_plots, write_predictions, write_samples
from seqlab.runs import Run
from seqlab.tasks import TASKS
from seqlab.tasks.prepared import Prepared
from seqlab.tasks.task import Evaluation

if TYPE_CHECKING:
    import keras

    from seqlab.training.state import TrainingState


def validation_metrics(experiment: Experiment, prepared: Prepared, model: keras.Model) -> dict[str, float]:
    """The metrics of the validation split, as the training loop asks for them after each epoch."""
    monitor = experiment.training.monitor or prepared.task.monitor
    chosen = monitor.partition(".")[2]
    metrics = [
        part
        for part in metrics_of(experiment)
        if not is_expensive(part.name) or is_one_of(chosen, metric_outputs(part.name))
    ]
    return prepared.task.score(model, prepared.stores["validation"], metrics, SILENT).figures()


def score(
    run: Run, experiment: Experiment, prepared: Prepared, model: keras.Model, split: SplitName, progress: Progress
) -> tuple[dict[str, float], Evaluation]:
    """Score a split and write its predictions."""
    scores = prepared.task.score(model, prepared.stores[split], metrics_of(experiment), progress)
    write_predictions(scores, run.predictions_file(split))
    return named(split, scores.figures()), scores


def record(run: Run, end: TrainingState, figures: Mapping[str, float], scores: Evaluation, seconds: float) -> None:
    """Samples and pictures for people, then `result.json`: a run that has one is complete."""
    epochs = run.metrics()
    write_samples(scores, run.samples_file)
    write_plots(epochs, end.best.epoch, scores.pictures(), run.plots_directory)
    chosen: Mapping[str, float] = next((line for line in epochs if line["epoch"] == end.best.epoch), {})
    result = {
        **{name: value for name, value in chosen.items() if name.startswith("train.")},
        **figures,
        "best_epoch": end.best.epoch,
        "epochs": end.epoch - 1,
        "train.seconds": end.seconds,
        "train.examples_per_second": end.examples / max(end.seconds, 1e-9),
        "seconds": seconds,
        "peak_memory_mb": runtime.memory_peak_mb(),
    }
    run.seal()
    run.write_result(result)


def metrics_of(experiment: Experiment) -> tuple[Any, ...]:
    """The metrics of the config, or all that the task has."""
    if experiment.metrics is not None:
        return tuple(experiment.metrics)
    return tuple(part(name=part.component_name()) for part in TASKS[experiment.task].metrics)


def named(split: str, figures: Mapping[str, float]) -> dict[str, float]:
    """`accuracy` → `test.accuracy`."""
    return {f"{split}.{name}": value for name, value in figures.items()}
