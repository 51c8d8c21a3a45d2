"""An experiment from its config to a run that can be used: the contents page of seqlab.

`train` makes a run, `resume` goes on with one, `load` is the one door back in. Beyond this page only parts and plain
values travel.
"""

from __future__ import annotations

import contextlib
import shlex
import shutil
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from seqlab import files, runs, runs_directory, runtime
from seqlab.config import Experiment, Loaded, dump, to_yaml
from seqlab.config import load as load_config
from seqlab.data.records import SPLITS, SplitName
from seqlab.data.splits.load_splits import locate
from seqlab.errors import RequestError, Stopped
from seqlab.experiment.background_encoding import while_importing_tensorflow
from seqlab.experiment.evaluate import record, score
from seqlab.experiment.fit import WEIGHTS, fit, refit
from seqlab.experiment.loaded_run import LoadedRun
from seqlab.interruption import Interruption
from seqlab.progress import SILENT, Progress
from seqlab.reports.summary import report_data, report_model, report_notes
from seqlab.runs import Run
from seqlab.runs.environment import changed_environment
from seqlab.tasks import TASKS
from seqlab.tasks.prepared import Prepared, prepare
from seqlab.text_format import counted
from seqlab.training.checkpoints import saved, seconds_spent
from seqlab.training.resume_compatibility import differences, refused

if TYPE_CHECKING:
    import keras

__all__ = ["WEIGHTS", "LoadedRun", "load", "resume", "resume_or_train", "train"]


def train(loaded: Loaded, runs_dir: Path, *, name: str | None = None, progress: Progress = SILENT) -> Run:
    """One experiment: prepare data, train, keep the best weights by validation, evaluate on test once, record.

    Raises SeqlabError, or Stopped after a signal; the run then says why it ended and keeps what it has.
    """
    locate(loaded.experiment.data, progress)  # a missing file is told before there is a run
    run = _new_run(runs_dir, name or loaded.slug, loaded.experiment)
    return _carry_out(run, loaded.experiment, progress)


def resume(
    run: Run,
    overrides: Sequence[str] = (),
    *,
    force: bool = False,
    plugins: Iterable[str] = (),
    progress: Progress = SILENT,
) -> Run:
    """Go on with a run where its last checkpoint left it; one without a checkpoint starts from the beginning.

    Raises RequestError, with the exact differences, when its config or data changed in a way with which training
    would not go on as it began, unless `force`. A finished run goes on, with more epochs, as a new run.
    """
    experiment = load_config(run.config_file, tuple(overrides), plugins=tuple(plugins)).experiment
    metadata = run.metadata()
    if (changes := refused(_recorded(run, plugins), dump(experiment))) and not force:
        listed = "\n".join(f"  {change}" for change in changes)
        raise RequestError(f"run {run.id} was trained with another config:\n{listed}\nuse --force to resume anyway")
    if metadata["status"] == "finished":
        run = _successor(run, experiment)
    for fact, (before, now) in changed_environment(metadata).items():
        progress.say(f"{fact} was {before}, is {now}: resumed exactly in state, perhaps not bit for bit")
    return _carry_out(run, experiment, progress, force=force)


def resume_or_train(loaded: Loaded, runs_dir: Path, *, name: str | None = None, progress: Progress = SILENT) -> Run:
    """Go on with the newest unfinished run of the same config, else start one."""
    for summary in reversed(runs.list_runs(runs_dir)):
        unfinished = summary.status in {"stopped", "killed", "failed"}
        if unfinished and _is_of(summary.run, loaded.experiment):
            progress.say(f"resuming run {summary.run.id} ({summary.status})")
            return _carry_out(summary.run, loaded.experiment, progress)
    return train(loaded, runs_dir, name=name, progress=progress)


def load(run: Run, *, plugins: Iterable[str] = (), overrides: Iterable[str] = ()) -> LoadedRun:
    """A trained run, ready to answer: the same config, the same vectorizer, the weights that validation chose.

    `plugins` are the modules that may be imported for it: a run never names its own. Nothing in the run is executed.
    `overrides` change what the model is asked, never the model. Raises DataError when a file of the run changed.
    """
    overrides, plugins = tuple(overrides), tuple(plugins)
    experiment = load_config(run.config_file, overrides, plugins=plugins).experiment
    if overrides:
        _refuse_another_model(load_config(run.config_file, plugins=plugins).experiment, experiment)
    if not (run.model_directory / WEIGHTS).exists():
        raise RequestError(f"run {run.id} is {run.status()} and holds no trained model")
    run.refuse_changes()
    _prepare_runtime(experiment, SILENT)
    from seqlab.training.weights import load_weights

    task = TASKS[experiment.task].restore(experiment.data, experiment.vectorizer, experiment.model, run.directory)
    model = task.build(None)
    load_weights(model, run.model_directory / WEIGHTS)
    return LoadedRun(run, experiment, task, model)


def _recorded(run: Run, plugins: Iterable[str]) -> dict[str, Any]:
    """The config that a run began with, with the defaults of keys that are younger than it."""
    return dump(load_config(run.section("config"), plugins=tuple(plugins), trusted=False).experiment)


def _is_of(run: Run, experiment: Experiment) -> bool:
    try:
        return not differences(_recorded(run, experiment.plugins), dump(experiment))
    except RequestError:  # another seqlab's config, or none at all
        return False


def _refuse_another_model(trained: Experiment, asked: Experiment) -> None:
    parts = ("task", "vectorizer", "model")
    changed = [key for key in differences(dump(trained), dump(asked)) if key.split(".")[0] in parts]
    if changed:
        raise RequestError(
            f"{changed[0]} belongs to the trained model and cannot be changed; `seqlab train` makes another"
        )


def _carry_out(run: Run, experiment: Experiment, progress: Progress, *, force: bool = False) -> Run:
    """The walk itself, from wherever the run stands."""
    with contextlib.ExitStack() as scopes:
        scopes.enter_context(_resumable(run, progress))
        interruption = scopes.enter_context(Interruption())
        seconds = scopes.enter_context(run.writing(seconds_spent(run.checkpoints_directory)))
        # A model that will be trained again on train + validation is scored on test after that, and only then.
        splits = SPLITS[:2] if experiment.training.refit else SPLITS
        prepared = _prepare_data(experiment, splits, progress)
        report_notes(prepared, progress)
        _refuse_other_data(run, prepared, force)
        machine = _prepare_runtime(experiment, progress)
        scopes.enter_context(runtime.spread(machine))
        model = _build_model(experiment, prepared, progress)
        sizes = {"parameters": model.count_params(), "vocabulary_size": prepared.task.vocabulary_size}
        files.write_text(run.config_file, to_yaml(experiment))
        run.update(config=dump(experiment), data=prepared.metadata, machine=asdict(machine), **sizes)
        end, costs = fit(run, experiment, prepared, model, seconds, interruption, progress)
        figures, _ = score(run, experiment, prepared, model, "validation", progress)
        if experiment.training.refit:
            progress.say(f"training again on train + validation, {end.best.epoch} epochs as validation chose")
            prepared = _prepare_data(experiment, ("train", "test"), progress, train_on_validation=True)
            model = _build_model(experiment, prepared, SILENT)
            refit(run, experiment, prepared, model, end.best.epoch, interruption, progress)
        test_figures, scores = score(run, experiment, prepared, model, "test", progress)
        record(run, end, figures | test_figures | costs, scores, seconds())
    return run


def _new_run(
    runs_dir: Path, slug: str, experiment: Experiment, begin: Callable[[Run], None] = lambda new: None, **metadata: Any
) -> Run:
    """A run that knows its config from the first moment: however it ends, it can be gone on with."""

    def first_files(new: Run) -> None:
        files.write_text(new.config_file, to_yaml(experiment))
        begin(new)

    return runs.create(runs_dir, slug, {"config": dump(experiment), **metadata}, first_files)


@contextlib.contextmanager
def _resumable(run: Run, progress: Progress) -> Iterator[None]:
    """Report after a signal what is saved and how to resume."""
    try:
        yield
    except Stopped as stop:
        state = "; training is saved" if saved(run.checkpoints_directory) else " before training began"
        # The command is on a line of its own, which is not wrapped, so that it can be copied.
        progress.say(f"{stop}{state}. To resume:\n  seqlab train --resume {_reference(run)}")
        raise


def _reference(run: Run) -> str:
    """What to type for a run: its id in the default folder of runs, else its path."""
    return run.id if run.directory.parent == runs_directory().absolute() else shlex.quote(str(run.directory))


def _successor(run: Run, experiment: Experiment) -> Run:
    """A new run that begins where a finished one ended."""
    done = run.result().get("epochs")
    if not isinstance(done, int):
        raise RequestError(f"run {run.id} is finished, but {run.result_file} is not there or damaged: train again")
    if experiment.training.epochs <= done:
        raise RequestError(
            f"run {run.id} is finished after {counted(done, 'epoch')}; to go on with it ask for more: "
            f"training.epochs={2 * done}"
        )

    def begin(new: Run) -> None:
        for checkpoint in saved(run.checkpoints_directory)[-1:]:
            shutil.copytree(checkpoint, new.checkpoints_directory / checkpoint.name)
        if run.metrics_file.is_file():
            shutil.copyfile(run.metrics_file, new.metrics_file)

    slug = run.id.split("-", 2)[-1]
    return _new_run(run.directory.parent, slug, experiment, begin, parent=run.id, data=run.metadata().get("data"))


def _prepare_data(
    experiment: Experiment, splits: Sequence[SplitName], progress: Progress, *, train_on_validation: bool = False
) -> Prepared:
    """Load the data, fit the vectorizers on the training split, encode every split."""
    prepared = prepare(
        TASKS[experiment.task],
        experiment.data,
        experiment.vectorizer,
        experiment.model,
        progress,
        splits=splits,
        train_on_validation=train_on_validation,
        carry_out=while_importing_tensorflow,
    )
    report_data(prepared, progress)
    return prepared


def _refuse_other_data(run: Run, prepared: Prepared, force: bool) -> None:
    """A run goes on with the splits it began with, whatever lies at their place now."""
    before = run.section("data", "splits") if run.metadata().get("data") else prepared.metadata["splits"]
    changed = [split for split, fingerprint in prepared.metadata["splits"].items() if before.get(split) != fingerprint]
    if changed and not force:
        raise RequestError(
            f"the data of run {run.id} changed since it began: the {' and '.join(changed)} split is not the same. "
            "Restore the files, start a new run, or use --force to resume anyway"
        )


def _prepare_runtime(experiment: Experiment, progress: Progress) -> runtime.Runtime:
    chosen = experiment.runtime
    if "tensorflow" not in sys.modules:
        with progress.step("importing TensorFlow"):
            runtime.tensorflow()
    machine = runtime.prepare(
        seed=chosen.seed,
        device=chosen.device,
        devices=chosen.devices,
        precision=chosen.precision,
        deterministic=chosen.deterministic,
        threads=chosen.threads,
    )
    if not machine.deterministic:
        progress.say("not deterministic: a resume is exact in state, but not bit for bit (runtime.deterministic: true)")
    return machine


def _build_model(experiment: Experiment, prepared: Prepared, progress: Progress) -> keras.Model:
    """The model with weights that depend on the seed alone."""
    runtime.set_seed(experiment.runtime.seed)
    model = prepared.task.build(prepared.stores["train"])
    report_model(model, progress)
    return model
