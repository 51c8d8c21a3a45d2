"""Fitting a model: once with validation and checkpoints, and for `training.refit` once more on both splits."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from seqlab.config import Experiment, dump
from seqlab.data.batching.batches import Batches
from seqlab.data.batching.pipeline import batches as pipeline_of
from seqlab.data.batching.plan import Plan, shareable
from seqlab.data.splits.load_splits import Located
from seqlab.errors import DataError, DivergedError, OutOfMemoryError
from seqlab.experiment.beginning import resolve_beginning
from seqlab.experiment.constant_answer import ConstantAnswerNotes
from seqlab.experiment.evaluate import metrics_of_epoch, validation_metrics
from seqlab.experiment.joint_training import by_chief, with_state_of_chief
from seqlab.experiment.memory_backoff import Backoff
from seqlab.experiment.prepare_data import PreparedData, prepare_data
from seqlab.experiment.run_session import RunSession, reference
from seqlab.experiment.setup import build_model
from seqlab.hosts.group import ALONE, Group
from seqlab.progress import SILENT
from seqlab.reports.summary import report_data
from seqlab.tasks import TASKS, Predictor
from seqlab.tasks.constant_answer import constant_answer_of
from seqlab.training.checkpoints import saved
from seqlab.training.options import TrainingOptions

if TYPE_CHECKING:
    import keras

    from seqlab.training.callbacks import Callbacks
    from seqlab.training.checkpoints import Checkpoints
    from seqlab.training.layer_rates import LayerRates
    from seqlab.training.loop import EpochData, Trainer
    from seqlab.training.state import TrainingState


LOSS = "validation.loss"


@dataclass(frozen=True)
class Training:
    """A training that is ready to continue from `state`."""

    session: RunSession
    model: keras.Model
    predictor: Predictor
    trainer: Trainer
    checkpoints: Checkpoints
    callbacks: Callbacks
    constant_answer: ConstantAnswerNotes
    state: TrainingState
    validate: Callable[[], dict[str, float]]
    backoff: Backoff

    def go_back(self) -> TrainingState:
        """Restore the newest checkpoint. Raises DataError if there is none."""
        run, state = self.session.run, self.checkpoints.restore()
        if state is None:
            raise DataError(f"{run.checkpoints_directory} has no checkpoint to go back to")
        self.session.progress.say(f"going on at step {state.step + 1:,} in epoch {state.epoch}")
        run.cut_metrics(state.history)
        self.constant_answer.begin(run.metrics())
        return state


def restore_training(session: RunSession, data: PreparedData, model: keras.Model) -> Training:
    """Build the trainer, and set it to the newest checkpoint of the run if there is one."""
    from seqlab.training.callbacks import DisplayCallbacks, RunCallbacks
    from seqlab.training.early_stopping import BestEpoch
    from seqlab.training.state import TrainingState

    run, experiment, progress, hosts = session.run, session.experiment, session.progress, session.hosts
    options, predictor = experiment.training, data.task.predictor(model)
    run.model_directory.mkdir(exist_ok=True)
    backoff = _backoff(session, data)
    trainer = replace(_trainer(session, data, model, options.epochs), accumulate=hosts.from_chief(backoff.parts))
    checkpoints = _checkpoints(session, data, trainer)
    monitor = options.monitor or TASKS[experiment.task].monitor
    state = checkpoints.restore() or TrainingState(BestEpoch(monitor))
    state = with_state_of_chief(hosts, checkpoints.variables, state)
    if state.step:
        progress.say(f"resuming at step {state.step + 1:,} in epoch {state.epoch}")
    for line in () if trainer.rates is None else trainer.rates.lines(options.epochs):
        progress.say(line)
    data.task.save(run.directory)  # only now: weights that do not fit are an error above, and the run stays as it was
    run.cut_metrics(state.history)
    answer = constant_answer_of(data.task, data.stores["train"], options)
    constant_answer = ConstantAnswerNotes(experiment, answer, run.metrics())
    notes_on, reports, watch = constant_answer.after_epoch, session.reports, session.watch
    callbacks: Callbacks = DisplayCallbacks(progress)
    if hosts.is_chief:
        callbacks = RunCallbacks(run, model, trainer.optimizer, checkpoints, progress, notes_on, reports, watch)
    return Training(
        session,
        model,
        predictor,
        trainer,
        checkpoints,
        callbacks,
        constant_answer,
        state,
        by_chief(hosts, lambda: validation_metrics(experiment, predictor, data.stores["validation"], monitor)),
        backoff,
    )


def _checkpoints(session: RunSession, data: PreparedData, trainer: Trainer) -> Checkpoints:
    from seqlab.training.checkpoints import Checkpoints, training_variables

    run, experiment = session.run, session.experiment
    when = experiment.training.checkpoint
    return Checkpoints(
        run.checkpoints_directory,
        training_variables(trainer.model, trainer.optimizer, trainer.carried),
        run.weights_file,
        lambda: {"config": dump(experiment), "data": data.metadata["splits"], "seconds": session.seconds()},
        session.progress.say,
        when.every_seconds,
        when.every_epochs,
    )


def fit(training: Training) -> TrainingState:
    """Train to the end, save the last checkpoint, and load the best weights: the chief, if there are several hosts.
    Returns the state at the end."""
    from seqlab.training.weights import load_weights, save_weights

    if not training.session.hosts.is_chief:
        return training.trainer.fit(training.state, training.callbacks, training.validate)
    weights = training.session.run.weights_file
    if training.backoff.allowed and not saved(training.checkpoints.directory):
        training.checkpoints.save(training.state)
    try:
        end = training.backoff.fit(
            training.trainer, training.state, training.callbacks, training.validate, training.go_back
        )
    except DivergedError:
        if not weights.exists():
            save_weights(training.model, weights)
        raise
    with training.session.interruption.until_saved():
        training.checkpoints.save(end)
        training.checkpoints.prune(1)
        load_weights(training.model, weights)
    for note in [*_notes_on_constant_answer(training, end), *_notes_on_best_epoch(training.session, end)]:
        training.session.progress.say(note)
    return end


def _notes_on_constant_answer(training: Training, end: TrainingState) -> list[str]:
    """Records whether the weights that are kept are no better than a constant answer. The note, unless it was told."""
    notes, run = training.constant_answer, training.session.run
    found = list(notes.on(metrics_of_epoch(run, end.best.epoch), end.step))
    run.update(warning=found[0] if found else None)
    return [] if notes.told else found


def _notes_on_best_epoch(session: RunSession, end: TrainingState) -> Iterator[str]:
    """Whether the monitored metric could choose an epoch, and whether it chose the last one."""
    best, last, options = end.best, end.epoch - 1, session.experiment.training
    if last == 1:  # there was nothing to choose
        return
    chosen_by = best.monitor
    if best.constant_loss is not None and best.monitor != LOSS:
        chosen_by = LOSS
        yield (
            f"{best.monitor} was {best.value:.4f} after every epoch and cannot choose one: epoch {best.epoch} is kept, "
            f"which has the lowest {LOSS}"
        )
    if best.epoch == last:
        improving = f"{chosen_by} was still improving in the last epoch ({last}): more epochs may help"
        more = f"training.epochs={2 * last}"
        if options.schedule is not None:
            yield f"{improving}; the learning rate schedule was for {last}, so train again with {more}"
        elif not options.checkpoint.keep_last:
            yield f"{improving}; train again with {more}"
        else:
            # The command is on a line of its own, which is not wrapped, so that it can be copied.
            yield f"{improving}. To continue:\n  seqlab train --resume {reference(session.run)} {more}"


def refit(session: RunSession, located: Located, *, epochs: int) -> tuple[PreparedData, Predictor]:
    """Train a new model on training and validation data together, for as many epochs as validation chose."""
    from seqlab.training.callbacks import DisplayCallbacks
    from seqlab.training.early_stopping import BestEpoch
    from seqlab.training.state import TrainingState
    from seqlab.training.weights import load_weights, save_weights

    experiment, progress, weights = session.experiment, session.progress, session.run.weights_file
    progress.say(f"training again on train + validation, for the {epochs} epochs that validation chose")
    data = prepare_data(experiment, located, progress, splits=("train", "test"), train_on_validation=True)
    report_data(data.metadata, progress)
    # Other words have vectors now: the vocabulary was learned from validation too.
    _, data, beginning = resolve_beginning(None, experiment, data, session.run.directory.parent, progress)
    backoff, begin = _backoff(session, data), TrainingState(BestEpoch(TASKS[experiment.task].monitor))
    while True:
        model = build_model(experiment, data, SILENT)
        beginning.place(model)
        trainer = replace(_trainer(session, data, model, epochs), accumulate=backoff.parts)
        try:
            trainer.fit(begin, DisplayCallbacks(progress), None)
            break
        except OutOfMemoryError as error:  # a refit has no checkpoints: it begins again
            backoff.increase(error)
    with session.interruption.until_saved():
        data.task.save(session.run.directory)
        with trainer.averaged(epochs):
            save_weights(model, weights)
        load_weights(model, weights)
    return data, data.task.predictor(model)


def _trainer(session: RunSession, data: PreparedData, model: keras.Model, epochs: int) -> Trainer:
    """The training loop with what it needs from the config, as plain values."""
    from seqlab.training.averaging import Averaging
    from seqlab.training.loop import Trainer
    from seqlab.training.optimizers.build import build_optimizer

    experiment, train, hosts = session.experiment, data.stores["train"], session.hosts
    options = experiment.training
    batches = data.task.batches(train, options)
    rates = _layer_rates(options, model)
    optimizer = build_optimizer(
        options.optimizer,
        learning_rate=options.learning_rate,
        schedule=options.schedule,
        clip_norm=options.clip_norm,
        devices=experiment.runtime.devices * hosts.count,
        steps=options.epochs * len(plan_of(experiment, batches, 1, hosts)),
        factor_of=None if rates is None else rates.of,
    )
    optimizer.build(model.trainable_variables)
    averaged = options.average_checkpoints
    return Trainer(
        model,
        optimizer,
        data.task.loss(train, model, options),
        lambda epoch, step, parts: epoch_data_of(
            experiment, batches, plan_of(experiment, batches, epoch, hosts), step, parts, hosts
        ),
        session.progress,
        session.interruption,
        epochs=epochs,
        patience=options.patience,
        jit_compile=bool(experiment.runtime.xla),
        averaging=None if averaged is None else Averaging(model.trainable_variables, averaged),
        rates=rates,
        hosts=hosts,
    )


def _layer_rates(options: TrainingOptions, model: keras.Model) -> LayerRates | None:
    """The learning rates of the layers, if they differ."""
    from seqlab.training.layer_rates import LayerRates

    if options.layer_decay == 1 and options.unfreeze_epochs is None:
        return None
    return LayerRates(model, layer_decay=options.layer_decay, unfreeze_epochs=options.unfreeze_epochs)


def epoch_data_of(
    experiment: Experiment, batches: Batches, plan: Plan, step: int = 0, parts: int = 1, hosts: Group = ALONE
) -> EpochData:
    """The batches of the plan of an epoch from a step on, each in `parts`: a resume slices the plan.

    Of several hosts, the shares of this one's devices."""
    from seqlab.training.loop import EpochData

    devices = experiment.runtime.devices
    rest = pipeline_of(
        plan[step:],
        batches.gather,
        batches.signature,
        shares=devices * hosts.count,
        parts=parts,
        own=range(devices * hosts.index, devices * (hosts.index + 1)),
        gather_share=batches.gather_share,
    )
    return EpochData(rest, len(plan), batches.examples, batches.tokens)


def _backoff(session: RunSession, data: PreparedData) -> Backoff:
    experiment = session.experiment

    def largest_batch() -> int:
        plan = plan_of(experiment, data.task.batches(data.stores["train"], experiment.training), 1)
        return max(1, max(map(len, plan)) // experiment.runtime.devices)

    return Backoff(session, largest_batch)


def plan_of(experiment: Experiment, batches: Batches, epoch: int, hosts: Group = ALONE) -> Plan:
    """The batches of an epoch as row numbers, the same on all hosts."""
    options = experiment.runtime
    return shareable(batches.plan(seed=options.seed, epoch=epoch), options.devices * hosts.count)
