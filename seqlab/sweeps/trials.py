"""A trial as a run: who may train it, how it begins or continues, and what is told to the study at its end."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from filelock import FileLock, Timeout

from seqlab import runs
from seqlab.errors import PrunedError, Stopped
from seqlab.experiment.resume import resume
from seqlab.experiment.train import train
from seqlab.interruption import Interruption
from seqlab.progress import SILENT, Progress
from seqlab.runs import RunSummary, lock
from seqlab.runs.run import Run
from seqlab.runs.sweeps import TrialOf
from seqlab.sweeps.outcomes import DELETED, NoSuchGoal, Outcome, is_finite, of_error, of_result
from seqlab.sweeps.storage import StudyError, study_errors
from seqlab.sweeps.study import Study
from seqlab.sweeps.sweep_directory import Clock, SweepDirectory
from seqlab.text_format import format_number

if TYPE_CHECKING:
    from optuna.trial import FrozenTrial, Trial

PRUNED = "pruned after epoch"
"""How the reason of a pruned run begins."""
MOST_DEATHS = 10
"""So many workers may die, one after the other, before the next epoch of a trial: then it has failed."""
RUN, REASON, DEATHS, TASK, MEMORY = "run", "reason", "deaths", "task", "memory"
"""What trials carry in the study: the id of the run, why it ended early, [epochs done, workers that died] (no epochs:
the last worker did not die), the task of a launcher that took it last, and the gigabytes that it needs at least, if
less were not enough."""


@dataclass(frozen=True)
class Claim:
    """A trial that this process may train: nobody else can while the lock is held."""

    trial: Trial
    held: FileLock
    values: Mapping[str, Any]
    """Config key → value."""
    taken_up: bool = False
    """Whether another process began it."""
    run: Run | None = None
    """The run that it began, if it came that far."""


@dataclass(frozen=True)
class Waiting:
    """All trials are taken, and some are being trained elsewhere: one may become free."""

    held: tuple[FileLock, ...] = ()
    """The locks of those trials."""


@dataclass
class Trials:
    """The trials of a sweep, as a worker sees them."""

    directory: SweepDirectory
    study: Study
    threads: int | None = None
    """Of each trial; None: as the base config says."""
    progress: Progress = SILENT
    after_epoch: Callable[[], object] = lambda: None
    task: str | None = None
    """What a launcher calls this worker."""
    memory: float | None = None
    """Gigabytes that this worker may use: trials that need more are for others. None: it takes any."""
    only: int | None = None
    """The number of the only trial that this worker takes; None: any."""
    clock: Clock = field(init=False)

    def __post_init__(self) -> None:
        self.clock = Clock(self.directory)

    def claim(self) -> Claim | Waiting | None:
        """A trial whose worker died, else a new one. None: every trial has ended, or the time is up."""
        self.clock.tick()
        with study_errors(), self.directory.lock:
            running = [each for each in self.study.trials() if each.state.name == "RUNNING" and self._may_take(each)]
            for each in running:
                if (claim := self._left_by_another(each)) is not None:
                    return claim
            trial = self.study.ask() if self.in_time and self.only is None else None
            if trial is None:
                locks = tuple(self.directory.trial_lock(each.number) for each in running)
                return Waiting(locks) if running else None
            held = self.directory.trial_lock(trial.number)
            held.acquire()
            return self._signed(Claim(trial, held, self.study.values(trial)))

    @property
    def in_time(self) -> bool:
        """Whether a trial may begin."""
        minutes = self.study.sweep.search.minutes
        return minutes is None or self.clock.spent() < 60 * minutes

    def _may_take(self, trial: FrozenTrial) -> bool:
        needed = trial.user_attrs.get(MEMORY)
        enough = needed is None or self.memory is None or needed <= self.memory
        return enough and self.only in {None, trial.number}

    def _left_by_another(self, trial: FrozenTrial) -> Claim | None:
        """A trial that runs, if the worker that trained it died."""
        held = self.directory.trial_lock(trial.number)
        with contextlib.suppress(Timeout):
            held.acquire(timeout=0)
            run = self._run_of(trial.number)
            if run is None or not lock.is_held(run.lock_file):
                again = self.study.taken_up(trial)
                return self._signed(Claim(again, held, self.study.values(again), True, run))
            held.release()  # the user resumed this run
        return None

    def _signed(self, claim: Claim) -> Claim:
        """The same, once others can see whose it is."""
        lock.sign(Path(claim.held.lock_file))
        if self.task is not None:
            claim.trial.set_user_attr(TASK, self.task)
        return claim

    def give_up(self, number: int, reason: str) -> bool:
        """Record that a trial failed, unless another process trains it. Returns whether it did."""
        claim = replace(self, only=number, memory=None).claim()
        if not isinstance(claim, Claim):
            return False
        with study_errors():
            claim.trial.set_user_attr(REASON, reason)
            self.study.tell(claim.trial, "FAIL")
        claim.held.release()
        return True

    def train(self, claim: Claim, interruption: Interruption) -> Outcome:
        """Train a trial to its end, and tell the study. Raises Stopped after a signal; then it can be claimed again."""
        try:
            outcome = self._outcome(claim)
            if outcome.state == DELETED:
                return outcome  # it is claimed again, as after a death
            with interruption.deferred(), study_errors():
                if outcome.reason:
                    claim.trial.set_user_attr(REASON, outcome.reason)
                self._name_run(claim.trial)
                self.study.tell(claim.trial, outcome.state, outcome.value)
            return outcome
        except Stopped:
            with contextlib.suppress(Exception):  # it counts as a death then
                claim.trial.set_user_attr(DEATHS, [None, 0])
            raise
        finally:
            claim.held.release()

    def _outcome(self, claim: Claim) -> Outcome:
        try:
            known = None if claim.run is None else self._known(claim.trial, claim.run)
            if (known := known or self._too_many_deaths(claim)) is not None:
                return known
            run = self._trained(claim)
        except PrunedError as error:
            return Outcome("PRUNED", reason=str(error))
        except Exception as error:
            return self._failure(claim, error)
        return self._result(claim.trial, run)

    def _failure(self, claim: Claim, error: Exception) -> Outcome:
        """What an error says of a trial. Raises the error again if it is no fault of this trial."""
        if isinstance(error, StudyError | NoSuchGoal):
            raise error
        run = claim.trial.user_attrs.get(RUN)
        if run is not None and not (self.directory.runs_dir / run).exists():
            return Outcome(DELETED)
        if isinstance(error, OSError):
            raise error  # of the machine, such as a full disk
        return of_error(error)

    def _known(self, trial: Trial, run: Run) -> Outcome | None:
        """How the run of a trial ended whose worker died before it told the study; None if it did not end."""
        metadata = run.metadata()
        status, reason = metadata.get("status"), str(metadata.get("reason") or "")
        if status == "finished":
            return self._result(trial, run)
        if status == "diverged":
            return Outcome("FAIL", reason=reason)
        if status == "stopped" and reason.startswith(PRUNED):
            return Outcome("PRUNED", reason=reason)
        self._report(trial, run)
        return None

    def _too_many_deaths(self, claim: Claim) -> Outcome | None:
        """That a trial failed, if one worker after the other died with it, such as for want of memory."""
        if not claim.taken_up:
            return None
        epochs = 0 if claim.run is None else len(claim.run.metrics())
        before, deaths = claim.trial.user_attrs.get(DEATHS, (epochs, 0))
        deaths = 0 if before is None else deaths + 1 if before == epochs else 1
        claim.trial.set_user_attr(DEATHS, [epochs, deaths])
        if deaths <= MOST_DEATHS:
            return None
        return Outcome("FAIL", reason=f"{deaths} workers died in epoch {epochs + 1} of this trial, one after the other")

    def _trained(self, claim: Claim) -> Run:
        sweep, number = self.study.sweep, claim.trial.number

        def watch(run: Run) -> str | None:
            with study_errors():
                return self._after_epoch(claim.trial, run)

        if claim.run is not None:
            given = sweep.loaded.experiment.runtime.threads is not None
            threads = [] if given or self.threads is None else [f"runtime.threads={self.threads}"]
            return resume(claim.run, threads, plugins=sweep.plugins, watch=watch, progress=self.progress)
        return train(
            sweep.trial_config(claim.values, self.threads),
            self.directory.runs_dir,
            name=f"{sweep.name}-{number:03}",
            part_of=TrialOf(self.directory.id, number),
            watch=watch,
            progress=self.progress,
        )

    def _after_epoch(self, trial: Trial, run: Run) -> str | None:
        """Tell the study what the epoch reached. The reason to prune the trial; None if it goes on."""
        self.clock.tick()
        self._report(trial, run)
        self.after_epoch()
        sweep, lines = self.study.sweep, run.metrics()
        last = lines[-1] if lines else {}
        is_end = last.get("epoch") == last.get("epochs") or not is_finite(last.get(sweep.goal))
        if sweep.search.pruning == "none" or is_end or not trial.should_prune():
            return None
        rule = {"median": "worse than the median of the other trials at this epoch", "hyperband": "by Hyperband"}
        return f"{PRUNED} {last['epoch']}: {sweep.goal} {format_number(last[sweep.goal])}, {rule[sweep.search.pruning]}"

    def _name_run(self, trial: Trial) -> None:
        """Name the run of a trial that ended before its first epoch."""
        if RUN not in trial.user_attrs and (run := self._run_of(trial.number)) is not None:
            trial.set_user_attr(RUN, run.id)

    def _report(self, trial: Trial, run: Run) -> None:
        if trial.user_attrs.get(RUN) != run.id:
            trial.set_user_attr(RUN, run.id)
        goal = self.study.sweep.goal
        known = self.study.trials()[trial.number].intermediate_values
        for line in run.metrics():
            if line["epoch"] not in known and is_finite(line.get(goal)):
                trial.report(float(line[goal]), step=line["epoch"])

    def _result(self, trial: Trial, run: Run) -> Outcome:
        """The goal of a finished run, by its result: that of the weights that were kept."""
        self._report(trial, run)
        others = any(each.state.name == "COMPLETE" for each in self.study.trials())
        return of_result(run, self.study.sweep.goal, others_have_it=others)

    def _run_of(self, number: int) -> Run | None:
        """The run of a trial; a finished one if there are several."""
        found = [each for each in runs.list_runs(self.directory.runs_dir) if self._is_of(each, number)]
        found.sort(key=lambda each: each.status == "finished")
        return found[-1].run if found else None

    def _is_of(self, summary: RunSummary, number: int) -> bool:
        record = summary.metadata
        return record.get("sweep") == self.directory.id and record.get("trial") == number
