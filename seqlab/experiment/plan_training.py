"""`seqlab plan`: what a training will cost, from a few real steps. The walk of `train`, in a temporary folder."""

from __future__ import annotations

import contextlib
import shutil
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from seqlab import runtime
from seqlab.config import Experiment, Loaded
from seqlab.data.splits.load_splits import Located, locate
from seqlab.errors import DivergedError, OutOfMemoryError, SeqlabError, Stopped, describe_system_error
from seqlab.experiment.beginning import resolve_beginning
from seqlab.experiment.cost_estimate import Memory
from seqlab.experiment.data_checks import refuse_what_does_not_fit
from seqlab.experiment.fit import restore_training
from seqlab.experiment.init_from import with_vocabulary
from seqlab.experiment.joint_training import refuse_several_hosts
from seqlab.experiment.measure_cost import disk_of, measure, size_of
from seqlab.experiment.memory_backoff import LESS
from seqlab.experiment.named_run import with_encoder
from seqlab.experiment.prepare_data import PreparedData, prepare_data
from seqlab.experiment.run_session import RunSession, new_run, splits_to_prepare
from seqlab.experiment.setup import build_model, import_tensorflow, prepare_runtime, refuse_missing_gpu
from seqlab.experiment.training_cost import Preparation, TrainingCost
from seqlab.interruption import Interruption
from seqlab.progress import SILENT, Progress
from seqlab.reports.summary import report_data
from seqlab.runs import lock
from seqlab.runs.machine_memory import memory_mb
from seqlab.sinks.reports import Reports

PREFIX = "seqlab-plan-"
"""Of the names of temporary folders."""
KEPT_WEIGHTS = "; the last finite weights are kept"
"""What a training that diverges says of its run."""


def plan(
    loaded: Loaded, runs_dir: Path, *, steps: int | None = None, runs: int = 1, progress: Progress = SILENT
) -> TrainingCost:
    """Measure what training a config will cost: prepare its data, build its model, train and evaluate a little.

    Nothing is kept but the prepared data. `steps`: of each of the five rounds that are timed; None: as many as take
    half a second. `runs`: how often it will be trained. Raises SeqlabError, or Stopped after a signal.
    """
    try:
        with Interruption() as interruption, _temporary_folder() as folder:
            return _planned(loaded, runs_dir, folder, interruption, steps, runs, progress)
    except Stopped as stop:
        progress.say(f"{stop}: nothing is kept, except data that were prepared")
        stop.told = True
        raise
    except DivergedError as error:
        raise DivergedError(f"training would diverge: {str(error).replace(KEPT_WEIGHTS, '')}") from error
    except OutOfMemoryError as error:
        remedy = f"compute each batch in parts, with training.accumulate=2 or more, or reduce {LESS}"
        raise SeqlabError(f"while measuring what training costs: {error}: {remedy}") from error
    except Exception as error:
        if isinstance(error, SeqlabError) or not (described := describe_system_error(error)):
            raise
        raise SeqlabError(f"while measuring what training costs: {described}") from error


@contextlib.contextmanager
def _temporary_folder() -> Iterator[Path]:
    """A folder for a run that is not kept. Those of killed processes of this user are removed."""
    with tempfile.TemporaryDirectory(prefix=PREFIX) as folder:
        for path in Path(folder).parent.glob(f"{PREFIX}*"):
            with contextlib.suppress(OSError):
                if path.lstat().st_uid == Path(folder).lstat().st_uid and lock.is_abandoned(path):
                    shutil.rmtree(path, ignore_errors=True)
        with lock.hold(Path(folder) / lock.FILE):  # tells others that this process is alive
            yield Path(folder)


def _planned(
    loaded: Loaded,
    runs_dir: Path,
    folder: Path,
    interruption: Interruption,
    steps: int | None,
    runs: int,
    progress: Progress,
) -> TrainingCost:
    watch = _Stopwatch()
    refuse_several_hosts(loaded.experiment, "seqlab plan")
    experiment = with_encoder(None, with_vocabulary(None, loaded.experiment, runs_dir), runs_dir)
    refuse_missing_gpu(experiment, progress)
    located = locate(experiment.data, progress)  # the first time, this may download
    with watch.running():
        locate(experiment.data, SILENT)
    given = _prepared(experiment, located, watch, progress)
    report_data(given.data.metadata, progress)
    refuse_what_does_not_fit(None, experiment, given.data)
    with watch.running():
        experiment, data, beginning = resolve_beginning(None, experiment, given.data, runs_dir, progress)
    import_tensorflow(progress)  # unless it was imported beside the preparation of the data
    with watch.running():
        device = prepare_runtime(experiment, progress)
    with runtime.spread(device):
        with watch.running():
            model = build_model(experiment, data, SILENT)
            beginning.place(model)
            run = new_run(folder, loaded.slug, {}, experiment)
            nowhere = Reports(run, (), SILENT, tensorboard=False)
            session = RunSession(run, experiment, progress, interruption, lambda: 0.0, nowhere)
            training = restore_training(session, data, model)
        size = size_of(training)
        amounts, costs, notes = measure(training, data, given.of_refit, watch.seconds, steps)
    memory = Memory(runtime.memory_peak_mb(), memory_mb(), runtime.gpu_memory_peak_mb())
    disk = disk_of(training, runs_dir)
    return TrainingCost(experiment, given.preparation, size, amounts, costs, memory, disk, tuple(notes), runs)


@dataclass(frozen=True)
class _Given:
    """The data of a training, and those of `training.refit`: training and validation together, and test."""

    data: PreparedData
    of_refit: PreparedData | None
    seconds: float

    @property
    def preparation(self) -> Preparation:
        both = [each for each in (self.data, self.of_refit) if each is not None]
        sizes = {**both[-1].metadata["sizes"], **self.data.metadata["sizes"]}  # those of the test split may be the last
        examples = {split: int(sizes[split]["examples"]) for split in ("train", "validation", "test") if split in sizes}
        return Preparation(self.seconds, any(each.made for each in both), examples)


def _prepared(experiment: Experiment, located: Located, watch: _Stopwatch, progress: Progress) -> _Given:
    """All data that the training reads, in the cache from now on. `watch` adds the seconds of opening them."""

    def first() -> PreparedData:
        return prepare_data(experiment, located, progress, splits=splits_to_prepare(experiment))

    def of_refit() -> PreparedData:
        return prepare_data(experiment, located, progress, splits=("train", "test"), train_on_validation=True)

    found, spent = [], 0.0
    for prepare in (first, of_refit) if experiment.training.refit else (first,):
        started = time.perf_counter()
        data = prepare()
        spent += time.perf_counter() - started
        if data.made:
            with watch.running():
                prepare()
        else:
            watch.seconds += time.perf_counter() - started
        found.append(data)
    return _Given(found[0], found[1] if len(found) > 1 else None, spent)


@dataclass
class _Stopwatch:
    """Adds up what a training spends before its first step, of blocks of the walk."""

    seconds: float = field(default=0.0)

    @contextlib.contextmanager
    def running(self) -> Iterator[None]:
        started = time.perf_counter()
        yield
        self.seconds += time.perf_counter() - started
