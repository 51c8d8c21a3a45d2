"""An experiment from its config to a run that can be used: the contents page of seqlab.

`train` makes a run, `load` is the one door back in. Beyond this page only parts and plain values travel.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from seqlab import runs, runtime
from seqlab.config import Experiment, Loaded, dump, to_yaml
from seqlab.config import load as load_config
from seqlab.data import plan
from seqlab.data.corpus import load as load_corpus
from seqlab.data.corpus import locate
from seqlab.data.pipeline import batches
from seqlab.data.records import SplitName
from seqlab.data.store import Store
from seqlab.errors import DivergedError, RequestError
from seqlab.progress import SILENT, Progress
from seqlab.reports.summary import say_data, say_model
from seqlab.reports.verdict import Verdict, verdicts
from seqlab.reports.written import write_plots, write_predictions, write_samples
from seqlab.runs import Run
from seqlab.tasks import TASKS
from seqlab.tasks.prepared import Prepared, prepare
from seqlab.tasks.task import Scores, Task

if TYPE_CHECKING:
    import keras

    from seqlab.training.loop import EpochData, Outcome

WEIGHTS = "weights.safetensors"


def train(loaded: Loaded, runs_dir: Path, *, name: str | None = None, progress: Progress = SILENT) -> Run:
    """One experiment: prepare data, train, keep the best weights by validation, evaluate on test once, record.

    Raises SeqlabError; the run then says why it ended and keeps what it has.
    """
    experiment, started = loaded.experiment, time.perf_counter()
    locate(experiment.data)  # a missing file is told before there is a run
    run = runs.create(runs_dir, name or loaded.slug, {"config": dump(experiment)})
    with run.writing():
        run.config_file.write_text(to_yaml(experiment), encoding="utf-8")
        prepared = _prepare(experiment, progress)
        run.update(data=prepared.facts)
        machine = _prepare_runtime(experiment)
        model = _build(experiment, prepared, progress)
        run.update(
            machine=asdict(machine), parameters=model.count_params(), vocabulary_size=prepared.task.vocabulary_size
        )
        outcome = _fit(run, experiment, prepared, model, progress)
        figures, _ = _score(run, experiment, prepared, model, "validation", progress)
        if experiment.training.refit:
            prepared, model = _refit(run, experiment, outcome.best.epoch, progress)
        test_figures, scores = _score(run, experiment, prepared, model, "test", progress)
        _record(run, outcome, figures | test_figures, scores, started)
    return run


def load(run: Run, *, plugins: Iterable[str] = (), overrides: Iterable[str] = ()) -> LoadedRun:
    """A trained run, ready to answer: the same config, the same vectorizer, the weights that validation chose.

    `plugins` are the modules that may be imported for it: a run never names its own. Nothing in the run is executed.
    """
    experiment = load_config(run.config_file, tuple(overrides), plugins=tuple(plugins)).experiment
    if not (run.model_directory / WEIGHTS).exists():
        raise RequestError(f"run {run.id} is {run.status()} and holds no trained model yet")
    _prepare_runtime(experiment)
    from seqlab.training.weights import load_weights

    parts = experiment.data, experiment.vectorizer, experiment.model
    task = TASKS[experiment.task].restore(*parts, run.directory)
    model = task.build(None)
    load_weights(model, run.model_directory / WEIGHTS)
    return LoadedRun(run, experiment, task, model)


@dataclass(frozen=True)
class LoadedRun:
    """A run with its model in memory."""

    run: Run
    experiment: Experiment
    task: Task
    model: keras.Model

    @property
    def metrics(self) -> dict[str, Any]:
        """The figures of `result.json`."""
        return self.run.result()

    def predict(self, texts: Iterable[str]) -> list[Any]:
        """An answer per text."""
        return list(self.answers(texts))

    def answers(self, texts: Iterable[str]) -> Iterator[Any]:
        """Answers one by one, as the texts come: an endless pipe will do."""
        return self.task.answer(self.model, texts)

    def evaluate(self, split: SplitName = "test", progress: Progress = SILENT) -> dict[str, float]:
        """The figures of a split, from the raw data again, under the keys of `result.json`."""
        corpus = load_corpus(self.experiment.data, progress)
        recorded = self.run.facts()["data"]["splits"]
        if self.experiment.training.refit and split != "test":
            progress.say(f"this model was trained on {split} too (training.refit): its figures there are too good")
        elif corpus.fingerprints[split] != recorded[split]:
            progress.say(f"the {split} split is not the one of the training run: its figures cannot be compared")
        store = self.task.prepare(corpus.splits[split], progress)
        scores = self.task.score(self.model, store, _metrics(self.experiment), progress)
        return _named(split, scores.figures())

    def verdicts(self, result: Mapping[str, Any] | None = None) -> list[Verdict]:
        """The figures against the bands that the config expects."""
        return verdicts(self.metrics if result is None else result, self.experiment.expected.bands)


def _prepare(experiment: Experiment, progress: Progress, *, train_on_validation: bool = False) -> Prepared:
    """Load the data, fit the vectorizers on the training split, encode every split."""
    parts = experiment.data, experiment.vectorizer, experiment.model
    prepared = prepare(TASKS[experiment.task], *parts, progress, train_on_validation=train_on_validation)
    say_data(prepared, progress)
    return prepared


def _prepare_runtime(experiment: Experiment) -> runtime.Runtime:
    chosen = experiment.runtime
    return runtime.prepare(
        seed=chosen.seed,
        device=chosen.device,
        precision=chosen.precision,
        deterministic=chosen.deterministic,
        threads=chosen.threads,
    )


def _build(experiment: Experiment, prepared: Prepared, progress: Progress) -> keras.Model:
    """The model with weights that depend on the seed alone."""
    runtime.set_seed(experiment.runtime.seed)
    model = prepared.task.build(prepared.stores["train"])
    say_model(model, progress)
    return model


def _fit(run: Run, experiment: Experiment, prepared: Prepared, model: keras.Model, progress: Progress) -> Outcome:
    """Train; afterwards the model holds the best weights, which are in the run as well."""
    from seqlab.training.loop import Listeners
    from seqlab.training.weights import load_weights, save_weights

    weights, store, task = run.model_directory / WEIGHTS, prepared.stores["validation"], prepared.task
    weights.parent.mkdir()
    task.save(run.directory)

    def validate() -> dict[str, float]:
        return task.score(model, store, _metrics(experiment), SILENT).figures()

    def epoch_ended(figures: Mapping[str, float]) -> None:
        run.append_metrics(figures)
        progress.epoch(figures)

    listeners = Listeners(epoch_ended, lambda: save_weights(model, weights))
    try:
        outcome = _loop(experiment, prepared, model, validate, listeners, progress, experiment.training.epochs)
    except DivergedError:
        if not weights.exists():
            save_weights(model, weights)
        raise
    load_weights(model, weights)
    return outcome


def _refit(run: Run, experiment: Experiment, epochs: int, progress: Progress) -> tuple[Prepared, keras.Model]:
    """Train anew on training and validation data together, for as many epochs as validation chose."""
    from seqlab.training.loop import Listeners
    from seqlab.training.weights import save_weights

    progress.say(f"training again on train + validation, {epochs} epochs as validation chose")
    prepared = _prepare(experiment, progress, train_on_validation=True)
    model = _build(experiment, prepared, SILENT)
    listeners = Listeners(progress.epoch, lambda: None)
    _loop(experiment, prepared, model, None, listeners, progress, epochs)
    prepared.task.save(run.directory)
    save_weights(model, run.model_directory / WEIGHTS)
    return prepared, model


def _loop(
    experiment: Experiment,
    prepared: Prepared,
    model: keras.Model,
    validate: Callable[[], dict[str, float]] | None,
    listeners: Any,
    progress: Progress,
    epochs: int,
) -> Outcome:
    """Hand the training loop what it needs of the config, as plain values."""
    from seqlab.training.loop import fit
    from seqlab.training.optimizer import build_optimizer

    training, store = experiment.training, prepared.stores["train"]
    steps = training.epochs * -(-len(store) // training.batch_size)
    optimizer = build_optimizer(
        training.optimizer,
        learning_rate=training.learning_rate,
        schedule=training.schedule,
        clip_norm=training.clip_norm,
        steps=steps,
    )
    objective = prepared.task.objective(
        store, loss=training.loss, class_weights=training.class_weights, label_smoothing=training.label_smoothing
    )
    return fit(
        model,
        optimizer,
        objective,
        lambda epoch: _epoch_data(experiment, prepared.task, store, epoch),
        validate,
        listeners,
        progress,
        epochs=epochs,
        monitor=training.monitor or prepared.task.monitor,
        patience=training.patience if validate else None,
        jit_compile=bool(experiment.runtime.xla),
    )


def _epoch_data(experiment: Experiment, task: Task, store: Store, epoch: int) -> EpochData:
    from seqlab.training.loop import EpochData

    order = plan.shuffled(len(store), experiment.training.batch_size, seed=experiment.runtime.seed, epoch=epoch)
    data = batches(order, lambda rows: task.gather(store, rows), task.signature)
    return EpochData(data, len(order), len(store), int(task.lengths(store).sum()))


def _score(
    run: Run, experiment: Experiment, prepared: Prepared, model: keras.Model, split: SplitName, progress: Progress
) -> tuple[dict[str, float], Scores]:
    """Score a split and write its predictions."""
    scores = prepared.task.score(model, prepared.stores[split], _metrics(experiment), progress)
    write_predictions(scores, run.predictions_file(split))
    return _named(split, scores.figures()), scores


def _record(run: Run, outcome: Outcome, figures: Mapping[str, float], scores: Scores, started: float) -> None:
    """Samples and pictures for people, then `result.json`: a run that has one is complete."""
    epochs = run.metrics()
    write_samples(scores, run.samples_file)
    write_plots(epochs, outcome.best.epoch, scores.pictures(), run.plots_directory)
    chosen = next(line for line in epochs if line["epoch"] == outcome.best.epoch)
    result = {
        **{name: value for name, value in chosen.items() if name.startswith("train.")},
        **figures,
        "best_epoch": outcome.best.epoch,
        "epochs": outcome.epochs,
        "train.seconds": outcome.seconds,
        "train.examples_per_second": outcome.examples_per_second,
        "seconds": time.perf_counter() - started,
        "peak_memory_mb": runtime.memory_peak_mb(),
    }
    run.write_result(result)


def _metrics(experiment: Experiment) -> tuple[Any, ...]:
    """The metrics of the config, or all that the task has."""
    if experiment.metrics is not None:
        return tuple(experiment.metrics)
    return tuple(part() for part in TASKS[experiment.task].metrics)


def _named(split: str, figures: Mapping[str, float]) -> dict[str, float]:
    return {f"{split}.{name}": value for name, value in figures.items()}
