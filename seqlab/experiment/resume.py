"""Continuing a run where its last checkpoint left it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from seqlab import runs
from seqlab.config import Experiment, Loaded, dump
from seqlab.config import load as load_config
from seqlab.errors import RequestError
from seqlab.experiment.run_session import successor
from seqlab.experiment.train import train
from seqlab.progress import SILENT, Progress
from seqlab.runs import Run
from seqlab.runs.environment import changed_environment
from seqlab.text_format import counted
from seqlab.training.checkpoints import saved
from seqlab.training.resume_compatibility import differences, refused

RESUMABLE = {"stopped", "killed", "failed"}


def resume(
    run: Run,
    overrides: Sequence[str] = (),
    *,
    force: bool = False,
    plugins: Iterable[str] = (),
    progress: Progress = SILENT,
) -> Run:
    """Continue a run; one without a checkpoint starts from the beginning. A finished run continues as a new one.

    Raises RequestError, with the exact differences, if its config or data changed in a way that changes how training
    continues, unless `force`.
    """
    run.refuse_unsafe_contents()
    loaded = load_config(run.config_file, tuple(overrides), plugins=tuple(plugins))
    experiment, metadata = loaded.experiment, run.metadata()
    if (changes := refused(_recorded_config(run, plugins), dump(experiment))) and not force:
        listed = "\n".join(f"  {change}" for change in changes)
        raise RequestError(f"run {run.id} was trained with another config:\n{listed}\nuse --force to resume anyway")
    if metadata["status"] == "finished":
        _refuse_without_more_epochs(run, experiment)
        run = successor(run, experiment)
    for name, (before, now) in changed_environment(metadata).items():
        progress.say(f"{name} was {before}, is {now}: resumed exactly in state, perhaps not bit for bit")
    return train(loaded, run.directory.parent, run=run, force=force, progress=progress)


def resume_or_train(loaded: Loaded, runs_dir: Path, *, name: str | None = None, progress: Progress = SILENT) -> Run:
    """Continue the newest unfinished run of the same config; if there is none, start one."""
    for summary in reversed(runs.list_runs(runs_dir)):
        if summary.status in RESUMABLE and _has_config(summary.run, loaded.experiment):
            progress.say(f"resuming run {summary.run.id} ({summary.status})")
            return train(loaded, runs_dir, run=summary.run, progress=progress)
    return train(loaded, runs_dir, name=name, progress=progress)


def _recorded_config(run: Run, plugins: Iterable[str]) -> dict[str, Any]:
    """The config that a run began with, completed with the defaults of newer keys."""
    return dump(load_config(run.section("config"), plugins=tuple(plugins), trusted=False).experiment)


def _has_config(run: Run, experiment: Experiment) -> bool:
    try:
        return not differences(_recorded_config(run, experiment.plugins), dump(experiment))
    except RequestError:  # the config of another version of seqlab, or none at all
        return False


def _refuse_without_more_epochs(run: Run, experiment: Experiment) -> None:
    done = run.result().get("epochs")
    if not isinstance(done, int):
        raise RequestError(f"run {run.id} is finished, but {run.result_file} is missing or damaged: train again")
    if experiment.training.epochs <= done:
        raise RequestError(
            f"run {run.id} is finished after {counted(done, 'epoch')}; to continue, ask for more: "
            f"training.epochs={2 * done}"
        )
    if not saved(run.checkpoints_directory):
        raise RequestError(
            f"run {run.id} is finished and has no checkpoint to continue from; train again with more epochs, and with "
            "training.checkpoint.keep_last=true to be able to continue"
        )
