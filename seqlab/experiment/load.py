"""Loading a trained run: the only way to use one."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from seqlab import runs
from seqlab.config import load as load_config
from seqlab.errors import RequestError
from seqlab.experiment.loaded_run import LoadedRun, lacks_capability
from seqlab.experiment.overridden import overridden
from seqlab.experiment.prepare_data import choices_of
from seqlab.experiment.setup import prepare_runtime
from seqlab.progress import SILENT, Progress
from seqlab.runs import Run
from seqlab.tasks import TASKS, tasks_able_to


def find(reference: str, runs_dir: Path, *, able_to: str) -> Run:
    """The run for this reference; `latest` is the newest finished run whose task has the capability.

    Raises RequestError for a run of another task, before anything of it is loaded.
    """
    tasks = tasks_able_to(able_to)
    run = runs.find(reference, runs_dir, tasks=tasks, status="finished")
    task = run.section("config").get("task")
    if isinstance(task, str) and task in TASKS and task not in tasks:  # not there: of a plug-in that load imports
        raise RequestError(lacks_capability(run, task, able_to))
    return run


def example_command(run: Run, reference: str) -> str:
    """A command that shows what the model of a run can do. `reference`: what to type for the run."""
    return list(TASKS[run.section("config")["task"]].capabilities.values())[-1].format(run=reference)


def load(
    run: Run, *, plugins: Iterable[str] = (), overrides: Iterable[str] = (), progress: Progress = SILENT
) -> LoadedRun:
    """A trained run, ready to predict: the same config, the same vectorizer, the weights that validation chose.

    `plugins`: modules that may be imported for it; a run never names its own. Nothing in the run is executed.
    `overrides` change what the model is applied to, never the model. `progress` is also that of `evaluate`. Raises
    DataError if a file of the run changed.
    """
    run.refuse_unsafe_contents()
    plugins = tuple(plugins)
    trained = load_config(run.config_file, plugins=plugins).experiment
    experiment = overridden(run, trained, overrides, plugins)
    if not run.weights_file.exists():
        way_out = (
            "its weights are missing: restore the run from a copy, or train again"
            if run.status() == "finished"
            else f"finish it first with `seqlab train --resume {run.id}`"
        )
        raise RequestError(f"run {run.id} is {run.status()} and has no trained model: {way_out}")
    run.refuse_changes()
    prepare_runtime(experiment, progress)
    from seqlab.training.weights import load_weights

    with progress.step("loading the run"):
        task = TASKS[experiment.task].restore(choices_of(experiment), run.directory)
        model = task.build(None)
        load_weights(model, run.weights_file)
    return LoadedRun(run, experiment, trained, task, model, task.predictor(model), progress)
