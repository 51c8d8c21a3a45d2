"""The run that an experiment writes: its beginning, the session of the process that writes it, its continuation."""

from __future__ import annotations

import contextlib
import functools
import shlex
import shutil
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from seqlab import files, runs, runs_directory
from seqlab.config import Experiment, Loaded, dump, to_yaml
from seqlab.config.choices import choices_of
from seqlab.config.source_map import COMMAND_LINE
from seqlab.data.records import SplitName
from seqlab.errors import HostLostError, RequestError, Stopped
from seqlab.experiment.plugin_sources import checksums_of
from seqlab.experiment.prepare_data import PreparedData
from seqlab.experiment.setup import refuse_missing_gpu
from seqlab.hosts.group import ALONE, Group
from seqlab.interruption import Interruption
from seqlab.progress import Progress
from seqlab.reports.summary import parameters_of
from seqlab.runs import Run
from seqlab.runs.groups import Membership
from seqlab.runs.records import read_record
from seqlab.runs.sweeps import TrialOf
from seqlab.runtime import Runtime
from seqlab.sinks.reports import Reports, reporting
from seqlab.sinks.sink import refuse_missing_packages
from seqlab.tasks import TASKS
from seqlab.tasks.fitted_encoder import FittedEncoder
from seqlab.text.vocabulary import Vocabulary
from seqlab.training.checkpoints import saved, seconds_spent

if TYPE_CHECKING:
    import keras


Watch = Callable[[Run], str | None]
"""Called after each epoch of a run. A text ends the training with PrunedError, and is the reason."""


@dataclass(frozen=True)
class RunSession:
    """One process writing a run."""

    run: Run
    experiment: Experiment
    progress: Progress
    interruption: Interruption
    seconds: Callable[[], float]
    """The time spent on the run so far, by all processes."""
    reports: Reports
    watch: Watch | None = None
    hosts: Group = ALONE
    """Those that train it; only their chief writes it."""


MEANINGS = {"labels.json": "classes", "features.json": "categories or numbers", "target.json": "targets"}
"""Files of what a task learned of training data, apart from its vocabularies → what they hold."""


@contextlib.contextmanager
def before_the_run(
    begin: Callable[[Experiment], Run], experiment: Experiment, progress: Progress, hosts: Group = ALONE
) -> Iterator[Callable[[], float]]:
    """What is done before there is a run, so that an error leaves none behind. Yields the seconds since the beginning.

    A signal begins the run, which can then be resumed. Raises RequestError, before the data are read, if a GPU or a
    sink is asked for that cannot be used.
    """
    started = time.perf_counter()
    try:
        with Interruption():
            refuse_missing_packages(experiment.training.sinks)
            refuse_missing_gpu(experiment, progress)
            yield lambda: time.perf_counter() - started
    except Stopped:
        with run_session(begin(experiment), experiment, progress, hosts=hosts):
            raise


@contextlib.contextmanager
def run_session(
    run: Run,
    experiment: Experiment,
    progress: Progress,
    *,
    spent: float = 0.0,
    watch: Watch | None = None,
    hosts: Group = ALONE,
) -> Iterator[RunSession]:
    """Hold the run's lock, handle signals, and record how the block ends. After a signal, say how to continue.

    `spent`: the seconds that this process spent on the run before.
    """
    training = experiment.training
    sinks, tensorboard = (training.sinks, training.tensorboard) if hosts.is_chief else ((), False)
    try:
        spent += seconds_spent(run.checkpoints_directory)
        with (
            # Outermost: however the run ends, that is recorded before its sinks are waited for.
            reporting(run, sinks, progress, tensorboard=tensorboard) as reports,
            Interruption() as interruption,
            run.writing(spent) as seconds,
        ):
            yield RunSession(run, experiment, progress, interruption, seconds, reports, watch, hosts)
    except (Stopped, HostLostError) as stop:
        if not hosts.is_chief:
            raise
        what, kept = ("a host is gone", " up to the last checkpoint") if isinstance(stop, HostLostError) else (stop, "")
        done = f"; training is saved{kept}" if saved(run.checkpoints_directory) else " before training began"
        where = "" if hosts.count == 1 else ", on all hosts"
        # The command is on a line of its own, which is not wrapped, so that it can be copied.
        progress.say(f"{what}{done}. To resume{where}:\n  seqlab train --resume {_to_resume(run)}")
        if isinstance(stop, Stopped):
            stop.told = True
        raise


def _to_resume(run: Run) -> str:
    """What to type to continue a run, with the rest of its group."""
    group = run.metadata().get("group")
    return group_reference(group, run.directory.parent) if group else reference(run)


def group_reference(group: str, runs_dir: Path) -> str:
    """What to type for a group of runs: its id, with its folder unless that is the default."""
    in_default = runs_dir.absolute() == runs_directory().absolute()
    return shlex.quote(group) + ("" if in_default else f" --runs-dir {shlex.quote(str(runs_dir))}")


def reference(run: Run) -> str:
    """What to type for a run: its id in the default folder of runs, else its path."""
    return shlex.quote(run.id if run.directory.parent == runs_directory().absolute() else str(run.directory))


def place_for_run(
    run: Run | None, runs_dir: Path, loaded: Loaded, name: str | None, part_of: Membership | TrialOf | None = None
) -> Callable[[Experiment], Run]:
    """What begins the run. Raises SeqlabError, before any work is done, if a new one could not be written there."""
    if run is None:
        runs.refuse_unwritable(runs_dir)
    record = {"origins": loaded.chosen, **({} if part_of is None else part_of.record)}
    return functools.partial(begin_run, run, runs_dir, name or loaded.slug, record)


def begin_run(run: Run | None, runs_dir: Path, slug: str, record: Mapping[str, Any], experiment: Experiment) -> Run:
    """The run to write: the given one, a new one that follows it if it is finished, or a new one of that name.

    `record`: what a new one records besides its config.
    """
    if run is None:
        return new_run(runs_dir, slug, record, experiment)
    return successor(run, experiment, record["origins"]) if run.status() == "finished" else run


def new_run(runs_dir: Path, slug: str, record: Mapping[str, Any], experiment: Experiment) -> Run:
    """A run that holds its config from the first moment: however it ends, it can be resumed."""
    return runs.create(
        runs_dir, slug, {"config": dump(experiment), **record}, lambda new: _write_config(new, experiment)
    )


def successor(run: Run, experiment: Experiment, origins: Mapping[str, str]) -> Run:
    """A new run that starts where a finished one ended, with a copy of its last checkpoint and metrics.

    `origins`: of its config, that of the finished run but for overrides.
    """

    def begin(new: Run) -> None:
        _write_config(new, experiment)
        for checkpoint in saved(run.checkpoints_directory)[-1:]:
            shutil.copytree(checkpoint, new.checkpoints_directory / checkpoint.name)
        if run.metrics_file.is_file():
            shutil.copyfile(run.metrics_file, new.metrics_file)

    slug = run.id.split("-", 2)[-1]
    known = run.metadata()
    inherited = ("data", "pretrained", "init_from", "encoder", "accumulate")
    kept: dict[str, Any] = {name: known.get(name) for name in inherited if known.get(name) is not None}
    if (before := known.get("origins")) is not None:
        overrides = {key: origin for key, origin in origins.items() if origin == COMMAND_LINE}
        kept["origins"] = {**before, **overrides}
    metadata = {"config": dump(experiment), "parent": run.id, **kept}
    return runs.create(run.directory.parent, slug, metadata, begin)


def splits_to_prepare(experiment: Experiment) -> Sequence[SplitName]:
    """All, but with `refit`, the test split is scored only by the model that is trained again: it is prepared then."""
    splits = experiment.data.splits
    return splits[:2] if experiment.training.refit else splits


def refuse_changes(run: Run | None, experiment: Experiment, data: PreparedData, *, force: bool) -> None:
    """Raises RequestError if a run that continues has other data or another vocabulary now; with `force`, only if its
    weights would mean something else."""
    if run is not None:
        refuse_other_meanings(run, experiment, data)
        refuse_changed_data(run, data, force=force)
        refuse_changed_vocabulary(run, experiment, data, force=force)
        refuse_changed_encoder(run, data, force=force)


def refuse_other_meanings(run: Run, experiment: Experiment, data: PreparedData) -> None:
    """Raises RequestError if what inputs and outputs stand for, apart from the vocabulary, which a run keeps, was
    learned of other data than those it began with: its weights would answer with other classes, or of other numbers."""
    if experiment.training.refit or not saved(run.checkpoints_directory):
        return
    for name, what in MEANINGS.items():
        before, now = _began_in(run, name) / name, data.directory / name
        if before.is_file() and now.is_file() and read_record(before) != files.read_json(now):
            raise RequestError(
                f"the data of run {run.id} changed since it began: they have other {what} now, for which its weights "
                "were not trained. Restore the files, or start a new run"
            )


def refuse_changed_data(run: Run, data: PreparedData, *, force: bool) -> None:
    """A run continues with the splits it began with. Raises RequestError if they changed, unless `force`."""
    recorded = run.section("data", "splits") if run.metadata().get("data") else data.metadata["splits"]
    changed = [split for split, fingerprint in data.metadata["splits"].items() if recorded.get(split) != fingerprint]
    if changed and not force:
        sources = (run.metadata().get("data") or {}).get("sources", ())
        before = {source.get("sha256") for source in sources}  # and not the paths, which may be others
        others = [each["path"] for each in data.metadata["sources"] if each["sha256"] not in before]
        files_changed = f" ({', '.join(others)})" if before and others else ""
        raise RequestError(
            f"the data of run {run.id} changed since it began{files_changed}, in these splits: {', '.join(changed)}. "
            "Restore the files, or start a new run; use --force to continue with the new ones and the vocabulary it has"
        )


def refuse_changed_vocabulary(run: Run, experiment: Experiment, data: PreparedData, *, force: bool) -> None:
    """A run continues with the ids it began with. Raises RequestError if another version of seqlab learned them so that
    the same texts now give another vocabulary: weights and ids would no longer fit each other; unless `force`."""
    if force or experiment.training.refit:  # after a refit, the files hold the vocabulary of training and validation
        return
    began = vocabularies_began_with(run, experiment) if saved(run.checkpoints_directory) else {}
    if any(data.task.vectorizers[side].vocabulary.tokens != vocabulary.tokens for side, vocabulary in began.items()):
        raise RequestError(
            f"run {run.id} began with another vocabulary than its texts give now: another version of seqlab split them "
            "into words. Resume it with that version, or start a new run; use --force to resume anyway"
        )


def refuse_changed_encoder(run: Run, data: PreparedData, *, force: bool) -> None:
    """A run continues with the sentence encoder it began with. Raises RequestError if it changed, unless `force`."""
    before, now = FittedEncoder.version_in(run.directory), FittedEncoder.version_in(data.directory)
    if before not in {None, now} and not force:
        raise RequestError(
            f"the encoder of run {run.id} changed since it began: it was {before} and is {now}. Restore it, or start a "
            "new run; use --force to resume anyway"
        )


def vocabularies_began_with(run: Run, experiment: Experiment) -> dict[str, Vocabulary]:
    """Side → the vocabulary of a run that has begun; empty if it has no text, or no files yet."""
    began_in = _began_in(run, "vocabulary*.json")
    if not any(began_in.glob("vocabulary*.json")):
        return {}
    vectorizers = TASKS[experiment.task].restore(choices_of(experiment), began_in).vectorizers
    return {side: vectorizer.vocabulary for side, vectorizer in vectorizers.items()}


def _began_in(run: Run, pattern: str) -> Path:
    """The directory with such a file of what a run has learned: what continues a finished run has none yet."""
    parent = run.metadata().get("parent")
    if isinstance(parent, str) and not any(run.directory.glob(pattern)):
        return run.directory.parent / Path(parent).name
    return run.directory


def record_start(
    session: RunSession, data: PreparedData, lineage: Mapping[str, Any], model: keras.Model, device: Runtime
) -> None:
    """Write what is known before training: config, data, what the weights begin with, device, sizes.

    `lineage`: what is recorded under these keys; what a checkpoint holds is recorded already.
    """
    run, experiment = session.run, session.experiment
    _write_config(run, experiment)
    known: dict[str, Any] = {**parameters_of(model), "speed_unit": TASKS[experiment.task].speed_unit}
    for vectorizer in data.task.vectorizers.values():
        known["vocabulary_size"] = vectorizer.size  # of the output, where there are two sides
    if session.hosts.cluster is not None:
        known["hosts"] = [str(address) for address in session.hosts.cluster.addresses]
    if experiment.plugins:
        known["plugins"] = checksums_of(experiment.plugins)
    run.update(config=dump(experiment), data=data.metadata, machine=asdict(device), **known, **lineage)
    session.reports.begin(dump(experiment), to_yaml(experiment))


def _write_config(run: Run, experiment: Experiment) -> None:
    files.write_text(run.config_file, to_yaml(experiment))
