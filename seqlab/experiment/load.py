"""Loading a trained run: the only way to use one."""

from __future__ import annotations

import contextlib
import shlex
from collections.abc import Iterable
from pathlib import Path

from seqlab import runs
from seqlab.config import Experiment
from seqlab.config import load as load_config
from seqlab.config.choices import choices_of
from seqlab.data.datasets import Dataset
from seqlab.errors import RequestError
from seqlab.experiment.loaded_run import LoadedRun
from seqlab.experiment.overridden import overridden
from seqlab.experiment.plugin_sources import notes_on_plugins
from seqlab.experiment.setup import prepare_runtime
from seqlab.files import sha256_of_file
from seqlab.progress import SILENT, Progress
from seqlab.reports.summary import moved
from seqlab.runs import Run
from seqlab.tasks import TASKS, tasks_able_to
from seqlab.tasks.given_rows import columns_of, reads_columns, rows_expected
from seqlab.tasks.task import lacks_capability
from seqlab.tasks.trained import trained as trained_model
from seqlab.training.checkpoints import BEST, saved


def find(reference: str, runs_dir: Path, *, able_to: str) -> Run:
    """The run for this reference; `latest` is the newest finished run whose task has the capability.

    Raises RequestError for a run of another task, before anything of it is loaded.
    """
    tasks = tasks_able_to(able_to)
    run = runs.find(reference, runs_dir, tasks=tasks)
    task = run.section("config").get("task")
    if isinstance(task, str) and task in TASKS and task not in tasks:  # not there: of a plug-in that load imports
        raise RequestError(lacks_capability(run.id, task, able_to))
    return run


def example_command(run: Run, reference: str) -> str:
    """A command that shows what the model of a run can do. `reference`: what to type for the run."""
    capabilities, data = TASKS[run.section("config")["task"]].capabilities, _data_of(run)
    reads_rows = data is not None and bool(data.feature_columns)
    return (capabilities["notes_on_rows"] if reads_rows else list(capabilities.values())[-1]).format(run=reference)


def refuse_texts(run: Run, way_out: str | None = None) -> None:
    """Raises RequestError for a run that answers rows, which no line of text can be, before its model is loaded.
    `way_out`: what to do instead; None: give rows."""
    data = _data_of(run)
    if data is not None and data.feature_columns:
        raise RequestError(rows_expected(data) if way_out is None else f"{reads_columns(columns_of(data))}: {way_out}")


def _data_of(run: Run) -> Dataset | None:
    """The dataset of a run; None if it is of a plug-in that is not imported, or damaged: loading the run says so."""
    config = run.metadata().get("config", {})
    task, data = TASKS.get(str(config.get("task"))), config.get("data")
    if task is None or not isinstance(data, dict) or data.get("name") not in task.registries.datasets:
        return None
    with contextlib.suppress(ValueError):
        return task.registries.datasets.read(data)
    return None


def config_of(run: Run, plugins: Iterable[str] = ()) -> Experiment:
    """The config that a run was trained with; nothing else of the run is read. `plugins`: as for `load`."""
    run.refuse_unsafe_contents()
    return load_config(run.config_file, plugins=tuple(plugins)).experiment


def load(
    run: Run, *, plugins: Iterable[str] = (), overrides: Iterable[str] = (), progress: Progress = SILENT
) -> LoadedRun:
    """A trained run, ready to predict: the same config, the same vectorizer, the weights that validation chose.

    `plugins`: modules that may be imported for it; a run never names its own. Nothing in the run is executed.
    `overrides` change what the model is applied to, never the model. `progress` is also that of `evaluate`. It is
    loaded on what there is, whatever it was trained on, unless an override names a device. Raises DataError if a file
    of the run changed.
    """
    plugins, overrides = tuple(plugins), tuple(overrides)
    trained = config_of(run, plugins)
    experiment = overridden(run, trained, overrides, plugins)
    if not run.weights_file.exists():
        if (status := run.status()) == "finished":
            raise RequestError(lost_weights(run))
        way_out = f"finish it first with `seqlab train --resume {shlex.quote(run.id)}`"
        raise RequestError(f"run {run.id} is {status} and has no trained model: {way_out}")
    if (status := run.status()) != "finished":
        progress.say(f"run {run.id} is {status}, not finished: its model has the best weights so far")
    run.refuse_changes()
    for note in notes_on_plugins(run, trained.plugins):
        progress.say(note)
    _use_what_there_is(run, experiment, overrides, progress)
    with progress.step("loading the run"):
        task, model = trained_model(TASKS[experiment.task], choices_of(experiment), run)
    return LoadedRun(run, experiment, trained, task, model, task.predictor(model), progress)


def _use_what_there_is(run: Run, experiment: Experiment, overrides: Iterable[str], progress: Progress) -> None:
    """Set up TensorFlow. Settings of the machine that no override names give way: they may be another machine's."""
    named = {override.partition("=")[0] for override in overrides}
    flexible = [each for each in ("device", "devices", "threads") if not {f"runtime.{each}", "runtime"} & named]
    machine = prepare_runtime(experiment, progress, flexible=flexible)
    for note in moved(run.metadata().get("machine"), machine):
        progress.say(f"{note}: results agree up to rounding")


def on_machine_of(experiment: Experiment) -> list[str]:
    """The overrides that load a run for an experiment that begins: TensorFlow takes the machine's settings once per
    process."""
    machine = experiment.runtime
    settings = (("device", machine.device), ("devices", machine.devices), ("threads", machine.threads))
    return [f"runtime.{key}={'null' if value is None else value}" for key, value in settings]


def lost_weights(run: Run) -> str:
    """The message for a finished run without weights. A checkpoint may hold the same: after a refit it does not."""
    lost = f"run {run.id} is finished and has no trained model: {run.weights_file} is missing"
    recorded = (run.metadata().get("files") or {}).get(run.weights_file.relative_to(run.directory).as_posix())
    for checkpoint in reversed(saved(run.checkpoints_directory)):
        copy = checkpoint / BEST
        command = shlex.join(["cp", str(copy), str(run.weights_file)])
        if recorded and copy.is_file() and sha256_of_file(copy) == recorded:
            return f"{lost}. The last checkpoint has the same weights; to use them:\n  {command}"
    return f"{lost}: restore it from a copy, or train again"
