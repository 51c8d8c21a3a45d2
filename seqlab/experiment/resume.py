"""Continuing a run where its last checkpoint left it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from seqlab import runs
from seqlab.config import Experiment, Loaded, dump
from seqlab.config import load as load_config
from seqlab.config.yaml_writer import flow
from seqlab.errors import RequestError
from seqlab.experiment.data_checks import refuse_moved_data
from seqlab.experiment.load import lost_weights
from seqlab.experiment.memory_backoff import parts_of
from seqlab.experiment.plugin_sources import notes_on_plugins
from seqlab.experiment.pretrained import with_recorded_widths
from seqlab.experiment.run_session import Watch, reference
from seqlab.experiment.train import train
from seqlab.progress import SILENT, Progress
from seqlab.runs import Run, RunSummary
from seqlab.runs.environment import changed_environment
from seqlab.runs.runs_directory import sanitized
from seqlab.text_format import counted, quoted
from seqlab.training.checkpoints import epochs_done, restorable, saved
from seqlab.training.resume_compatibility import ABSENT, differences, refused

OF_LENGTH = ("max_length", "reverse")
"""Options of a vectorizer that change no token."""
RESUMABLE = {"stopped", "killed", "failed"}


def resume(
    run: Run,
    overrides: Sequence[str] = (),
    *,
    force: bool = False,
    plugins: Iterable[str] = (),
    watch: Watch | None = None,
    progress: Progress = SILENT,
) -> Run:
    """Continue a run; one without a checkpoint starts from the beginning. A finished run continues as a new one.

    Raises RequestError, with the exact differences, if its config or data changed in a way that changes how training
    continues, unless `force`.
    """
    run.refuse_unsafe_contents()
    loaded = load_config(run.config_file, tuple(overrides), plugins=tuple(plugins))
    experiment, metadata = loaded.experiment, run.metadata()
    recorded = _recorded(run, plugins)
    _refuse_other_config(run, recorded, experiment, force=force)
    if metadata["status"] == "finished":
        try:
            _refuse_without_more_epochs(run, experiment)
        except RequestError as error:
            if run.weights_file.exists():
                raise
            raise RequestError(lost_weights(run)) from error
    elif experiment.training.epochs < (done := epochs_done(run.checkpoints_directory)):
        raise RequestError(
            f"run {run.id} was already trained for {counted(done, 'epoch')}, so training.epochs="
            f"{experiment.training.epochs} is too few: ask for {done} or more, or train again"
        )
    refuse_moved_data(run, experiment.data, f"seqlab train --resume {reference(run)}")
    parts = parts_of(run, recorded.training), parts_of(run, experiment.training)
    other_parts = {"training.accumulate": parts} if parts[0] != parts[1] else {}
    for name, (before, now) in {**changed_environment(metadata), **other_parts}.items():
        progress.say(f"{name} was {before}, is {now}: resumed exactly in state, perhaps not bit for bit")
    for note in notes_on_plugins(run, experiment.plugins):
        progress.say(note)
    return train(loaded, run.directory.parent, run=run, force=force, watch=watch, progress=progress)


def resume_or_train(loaded: Loaded, runs_dir: Path, *, name: str | None = None, progress: Progress = SILENT) -> Run:
    """Continue the newest unfinished run of the same config; if there is none, start one, and say what else there is.

    A run that another process writes at this moment cannot be continued.
    """
    others: RunSummary | None = None
    for summary in reversed(runs.list_runs(runs_dir)):
        resumable = summary.status in RESUMABLE
        if not resumable and others is not None:
            continue
        if (experiment := same_config(summary.run, loaded.experiment)) is None:
            continue
        if not resumable:
            others = summary
            continue
        progress.say(f"resuming run {summary.run.id} ({summary.status})")
        if name is not None and f"-{sanitized(name)}" not in summary.run.id:
            progress.say(f"the name {quoted(name)} has no effect: a resumed run keeps its own")
        return train(replace(loaded, experiment=experiment), runs_dir, run=summary.run, progress=progress)
    if others is not None:
        state = "is running in another process" if others.status == "running" else f"is {others.status}"
        progress.say(f"run {others.run.id} of this config {state}: starting a new one")
    return train(loaded, runs_dir, name=name, progress=progress)


def _refuse_other_config(run: Run, before: Experiment, experiment: Experiment, *, force: bool) -> None:
    """Raises RequestError for options that change how training continues; with `force`, only for those that decide what
    the weights and the vocabulary mean: others would spoil them, or have no effect."""
    if restorable(run.checkpoints_directory) and (kept := _changes_of_meaning(before, experiment)):
        raise RequestError(
            f"run {run.id} continues with the task, the kind of model and the vocabulary that it has, and so with:\n"
            + f"{_listed(kept)}\nleave them as they were, or train again"
        )
    moved = {f"data.{key}" for key in {*before.data.locations} & {*experiment.data.locations}}
    moved.add("model.source")  # an encoder is compared by its content too
    if (changes := refused(dump(before), dump(experiment), free=moved)) and not force:
        raise RequestError(
            f"run {run.id} was trained with another config:\n{_listed(changes)}\nuse --force to resume anyway"
        )


def _listed(changes: Mapping[str, tuple[Any, Any]]) -> str:
    """One line `key: before → after` each, in YAML notation."""
    reasons = {"training.epochs": " (the learning rate follows training.schedule, which is as long as all epochs)"}
    return "\n".join(
        f"  {key}: {_in_yaml(old)} → {_in_yaml(new)}{reasons.get(key, '')}" for key, (old, new) in changes.items()
    )


def _in_yaml(value: Any) -> str:
    return ABSENT if value == ABSENT else flow(value)


def _changes_of_meaning(before: Experiment, experiment: Experiment) -> dict[str, tuple[Any, Any]]:
    changed = differences(dump(before), dump(experiment))
    return {
        key: values
        for key, values in changed.items()
        if key in {"task", "model.name"} or (key.startswith("vectorizer") and key.rpartition(".")[2] not in OF_LENGTH)
    }


def _recorded(run: Run, plugins: Iterable[str]) -> Experiment:
    """The config that a run began with, completed with the defaults of newer keys."""
    return load_config(run.section("config"), plugins=tuple(plugins), trusted=False).experiment


def same_config(run: Run, experiment: Experiment) -> Experiment | None:
    """The experiment as the run recorded it, if it is one of this config. What it expects changes no training, nor do
    the hosts."""
    try:
        recorded = _recorded(run, experiment.plugins)
    except RequestError:  # the config of another version of seqlab, or none at all
        return None
    experiment = with_recorded_widths(experiment, recorded)
    changes = differences(dump(recorded), dump(experiment))
    others = (key for key in changes if key != "runtime.hosts" and key.partition(".")[0] != "expected")
    return None if any(others) else experiment


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
    if not restorable(run.checkpoints_directory):
        raise RequestError(
            f"run {run.id} is finished, and its checkpoint to continue from is damaged: restore "
            f"{run.checkpoints_directory} from a copy, or train again with more epochs"
        )
    best, patience = run.result().get("best_epoch"), experiment.training.patience
    if isinstance(best, int) and patience is not None and done - best >= patience:
        raise RequestError(
            f"patience ended run {run.id} after {counted(done, 'epoch')}, of which epoch {best} was the best; to "
            f"continue, be more patient: training.patience={2 * (done - best)}, or training.patience=null"
        )
