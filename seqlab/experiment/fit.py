"""Fitting a model: once with an eye on validation and with checkpoints, and once more for `training.refit`."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from seqlab.config import Experiment, dump
from seqlab.data.batching.pipeline import batches
from seqlab.data.batching.plan import Plan, shareable
from seqlab.errors import DivergedError
from seqlab.experiment.evaluate import validation_metrics
from seqlab.interruption import Interruption
from seqlab.progress import Progress
from seqlab.runs import Run
from seqlab.tasks.prepared import Prepared

if TYPE_CHECKING:
    import keras

    from seqlab.training.loop import EpochData, Trainer
    from seqlab.training.state import TrainingState

WEIGHTS = "weights.safetensors"


def fit(
    run: Run,
    experiment: Experiment,
    prepared: Prepared,
    model: keras.Model,
    seconds: Callable[[], float],
    interruption: Interruption,
    progress: Progress,
) -> tuple[TrainingState, dict[str, float]]:
    """Train, from the run's newest checkpoint if it has one. Afterwards the model holds the best weights.

    `seconds()` were spent on the run so far. Returns where training ended, and what saving cost.
    """
    from seqlab.training.callbacks import RunCallbacks
    from seqlab.training.checkpoints import Checkpoints, training_variables
    from seqlab.training.early_stopping import BestEpoch
    from seqlab.training.state import TrainingState
    from seqlab.training.weights import load_weights, save_weights

    weights, training = run.model_directory / WEIGHTS, experiment.training
    weights.parent.mkdir(exist_ok=True)
    prepared.task.save(run.directory)
    trainer = _trainer(experiment, prepared, model, interruption, progress, training.epochs)
    checkpoints = Checkpoints(
        run.checkpoints_directory,
        training_variables(model, trainer.optimizer, trainer.carried),
        weights,
        lambda: {"config": dump(experiment), "data": prepared.metadata["splits"], "seconds": seconds()},
        progress.say,
        training.checkpoint.every_seconds,
        training.checkpoint.every_epochs,
    )
    position = checkpoints.restore() or TrainingState(BestEpoch(training.monitor or prepared.task.monitor))
    if position.step:
        progress.say(f"resuming at step {position.step + 1:,}, in epoch {position.epoch}")
    run.cut_metrics(position.history)
    callbacks = RunCallbacks(run, model, weights, checkpoints, progress)
    try:
        end = trainer.fit(position, callbacks, lambda: validation_metrics(experiment, prepared, model))
    except DivergedError:
        if not weights.exists():
            save_weights(model, weights)
        raise
    with interruption.deferred():
        checkpoints.save(end)
        checkpoints.prune(1)
        load_weights(model, weights)
    return end, {"checkpoint.saves": checkpoints.saves, "checkpoint.seconds": checkpoints.seconds}


def refit(
    run: Run,
    experiment: Experiment,
    merged: Prepared,
    model: keras.Model,
    epochs: int,
    interruption: Interruption,
    progress: Progress,
) -> None:
    """Train a fresh model on training and validation data together, for as many epochs as validation chose."""
    from seqlab.training.callbacks import DisplayCallbacks
    from seqlab.training.early_stopping import BestEpoch
    from seqlab.training.state import TrainingState
    from seqlab.training.weights import load_weights, save_weights

    trainer = _trainer(experiment, merged, model, interruption, progress, epochs)
    trainer.fit(TrainingState(BestEpoch(merged.task.monitor)), DisplayCallbacks(progress), None)
    with interruption.deferred():
        merged.task.save(run.directory)
        with trainer.averaged(epochs):
            save_weights(model, run.model_directory / WEIGHTS)
        load_weights(model, run.model_directory / WEIGHTS)


def _trainer(
    experiment: Experiment,
    prepared: Prepared,
    model: keras.Model,
    interruption: Interruption,
    progress: Progress,
    epochs: int,
) -> Trainer:
    """Hand the training loop what it needs of the config, as plain values."""
    from seqlab.training.averaging import Averaging
    from seqlab.training.loop import Trainer
    from seqlab.training.optimizer import build_optimizer

    training, store, task = experiment.training, prepared.stores["train"], prepared.task
    optimizer = build_optimizer(
        training.optimizer,
        learning_rate=training.learning_rate,
        schedule=training.schedule,
        clip_norm=training.clip_norm,
        devices=experiment.runtime.devices,
        steps=training.epochs * len(_order(experiment, prepared, 1)),
    )
    optimizer.build(model.trainable_variables)
    loss_function = task.loss_function(
        store,
        model,
        training.batching,
        loss=training.loss,
        class_weights=training.class_weights,
        label_smoothing=training.label_smoothing,
    )
    return Trainer(
        model,
        optimizer,
        loss_function,
        lambda epoch, step: _epoch_data(experiment, prepared, epoch, step),
        progress,
        interruption,
        epochs=epochs,
        patience=training.patience,
        jit_compile=bool(experiment.runtime.xla),
        averaging=Averaging(model.trainable_variables, several) if (several := training.average_checkpoints) else None,
    )


def _epoch_data(experiment: Experiment, prepared: Prepared, epoch: int, step: int) -> EpochData:
    """The batches of an epoch from a step on: a resume slices the plan."""
    from seqlab.training.loop import EpochData

    task, store, batching = prepared.task, prepared.stores["train"], experiment.training.batching
    order = _order(experiment, prepared, epoch)
    rest = batches(
        order[step:],
        lambda rows: task.gather(store, rows, batching),
        task.signature,
        shares=experiment.runtime.devices,
    )
    return EpochData(rest, len(order), len(store), int(task.lengths(store).sum()))


def _order(experiment: Experiment, prepared: Prepared, epoch: int) -> Plan:
    runtime = experiment.runtime
    order = prepared.task.order(prepared.stores["train"], experiment.training.batching, seed=runtime.seed, epoch=epoch)
    return shareable(order, runtime.devices)
