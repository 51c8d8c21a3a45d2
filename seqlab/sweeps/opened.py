"""Begins a sweep, or joins the one that its file began earlier."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from seqlab import runs
from seqlab.data.splits.load_splits import locate
from seqlab.errors import RequestError
from seqlab.progress import SILENT, Progress
from seqlab.sweeps.pictures import draw_importance, draw_parallel
from seqlab.sweeps.read_sweep import Sweep, read_sweep
from seqlab.sweeps.storage import refuse_unusable
from seqlab.sweeps.study import Study, open_study, search_details
from seqlab.sweeps.summary import Best, TrialRow, best_of, rows_of, write_best
from seqlab.sweeps.sweep_directory import SweepDirectory, join_or_create
from seqlab.text_format import counted, verb


@dataclass(frozen=True)
class OpenedSweep:
    """A sweep that a process works on."""

    sweep: Sweep
    directory: SweepDirectory
    study: Study
    is_new: bool = False
    """Whether this process began it."""

    def discard_unused(self) -> None:
        """Remove a sweep that this process began, unless a trial of it has begun: none of its workers could start."""
        if not (self.is_new and self.directory.path.is_dir()):
            return
        with self.directory.lock:
            if not self.study.trials():
                self.study.remove()
                self.directory.remove()

    @property
    def rows(self) -> list[TrialRow]:
        return rows_of(self.study)

    @property
    def best(self) -> Best | None:
        return best_of(self.sweep, self.directory, self.rows)

    def write_result(self) -> list[str]:
        """Write the best config and the pictures, as far as there are trials. Returns notes on the pictures."""
        best, rows, goal, folder = self.best, self.rows, self.sweep.goal, self.directory.path
        if best is None:
            return []
        write_best(self.sweep, self.directory, best)
        parameters, maximize = self.sweep.space.parameters, self.sweep.maximize
        notes = [draw_parallel(rows, parameters, goal, folder / "parallel.png", maximize=maximize)]
        if importances := self.study.importances():
            finished = sum(each.state == "finished" for each in rows)
            notes.append(draw_importance(importances, goal, finished, folder / "importance.png"))
        return [note for note in notes if note]


def open_sweep(
    file: Path,
    runs_dir: Path,
    *,
    plugins: Sequence[str] = (),
    storage: str | None = None,
    progress: Progress = SILENT,
) -> OpenedSweep:
    """Read a sweep file, fetch its data, and begin its sweep, or join it if there is one.

    Raises RequestError, such as ConfigError, before anything is written; and DataError.
    """
    sweep = read_sweep(file, plugins)
    details = search_details(sweep.search)
    refuse_unusable(storage)
    locate(sweep.loaded.experiment.data, progress)
    directory, is_new = join_or_create(sweep, runs_dir, storage, details)
    try:
        study = open_study(sweep, directory, storage)
    except RequestError:
        if is_new:
            directory.remove()
        raise
    _refuse_lost_study(study, directory)
    before, now = directory.record().get("optuna"), details["optuna"]
    if before != now:
        progress.say(f"this sweep began with {_shown(before)}, and this is {_shown(now)}: other values may be drawn")
    return OpenedSweep(sweep, directory, study, is_new)


def _refuse_lost_study(study: Study, directory: SweepDirectory) -> None:
    """Raises RequestError if trials were trained that the study does not know: all of them would be done again."""
    if study.trials():
        return
    trained = sum(each.metadata.get("sweep") == directory.id for each in runs.list_runs(directory.runs_dir))
    if trained:
        raise RequestError(
            f"the study of sweep {directory.id} is gone: {directory.record().get('storage')} knows none of its trials, "
            f"of which {counted(trained, 'run')} {verb(trained, 'is', 'are')} in {directory.runs_dir}. Restore it from "
            f"a copy; to begin a new sweep, delete {directory.path}"
        )


def _shown(optuna: object) -> str:
    return f"Optuna {optuna.get('version')}" if isinstance(optuna, dict) else "another Optuna"
