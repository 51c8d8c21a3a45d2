"""Repeats of one experiment with several seeds: a group of runs, which continues as a whole."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

from seqlab import runs
from seqlab.config import Experiment, Loaded, dump
from seqlab.config import load as load_config
from seqlab.config.source_map import COMMAND_LINE
from seqlab.errors import DivergedError, RequestError, SeqlabError, Stopped
from seqlab.experiment.resume import resume as resume_run
from seqlab.experiment.resume import same_config
from seqlab.experiment.run_session import group_reference
from seqlab.experiment.train import train
from seqlab.interruption import Interruption
from seqlab.progress import SILENT, Progress, ProgressStep
from seqlab.runs import RunSummary
from seqlab.runs.groups import Membership, members
from seqlab.runs.references import name_of
from seqlab.runs.runs_directory import MAX_NAME_LENGTH, sanitized
from seqlab.training.resume_compatibility import differences

DONE = {"finished", "diverged"}
"""Statuses of a run that its group does not train again: the same seed would diverge at the same step."""


def new_group(loaded: Loaded, seeds: Sequence[int], runs_dir: Path, name: str | None = None) -> Membership:
    """A group that has no run yet; its id is the time (UTC) and the name of its config."""
    group = f"{datetime.now(UTC):%Y%m%d-%H%M%S}-{sanitized(name or loaded.slug)}"
    taken = {each.group for each in runs.list_runs(runs_dir)}
    numbered = (group if number == 1 else f"{group}-{number}" for number in range(1, len(taken) + 2))
    return Membership(next(each for each in numbered if each not in taken), tuple(seeds))


def group_of_config(loaded: Loaded, seeds: Sequence[int], runs_dir: Path) -> Membership | None:
    """The newest group of this config, whatever its seeds; None if there is none."""
    for summary in reversed(runs.list_runs(runs_dir)):
        if summary.group and summary.seed is not None:
            experiment = with_seed(loaded, summary.seed).experiment
            if same_config(summary.run, experiment) is not None:
                return Membership(summary.group, tuple(seeds))
    return None


def group_to_resume(
    found: Sequence[RunSummary], seeds: Sequence[int] | None, overrides: Sequence[str], plugins: Iterable[str]
) -> tuple[Loaded, Membership]:
    """The config of a group, given all its runs, and the seeds that it still has to have: those given, else those it
    was asked for. Raises RequestError for overrides that would make its runs differ in more than their seed."""
    group = found[0].group
    loaded = load_config(found[0].run.config_file, plugins=tuple(plugins))
    changed = load_config(found[0].run.config_file, tuple(overrides), plugins=tuple(plugins))
    _refuse_other_experiment(group, loaded.experiment, changed.experiment)
    asked = {seed for each in found for seed in each.metadata.get("group_seeds", ())}
    asked |= {each.seed for each in found if each.seed is not None}
    return replace(changed, slug=name_of(group)), Membership(group, tuple(seeds or sorted(asked)))


def train_group(
    loaded: Loaded,
    group: Membership,
    runs_dir: Path,
    *,
    overrides: Sequence[str] = (),
    plugins: Iterable[str] = (),
    force: bool = False,
    progress: Progress = SILENT,
) -> list[RunSummary]:
    """Train one run after another, each with its seed: what is finished is kept, an unfinished run continues.

    `overrides` and `force`: of runs that continue, as in `resume`. A seed that diverges ends no other. Returns all runs
    of the group. Raises SeqlabError, or Stopped, after saying how to continue.
    """
    plugins, summaries, once = tuple(plugins), runs.list_runs(runs_dir), _SaidOnce(progress)
    found = sorted(members(group.group, summaries), key=lambda each: each.status == "finished")
    known = {each.seed: each for each in found}  # of several runs of a seed the finished one
    try:
        with Interruption():  # also between two runs
            for number, seed in enumerate(group.seeds, 1):
                before = known.get(seed)
                if before is not None and before.status in DONE:
                    progress.say(f"seed {seed}: run {before.run.id} is {before.status}{_lost(before)}")
                    continue
                name = member_name(name_of(group.group), seed)
                again = "".join(f"; run {each} of this seed is damaged" for each in _damaged(name, summaries))
                progress.say(f"seed {seed} ({number} of {len(group.seeds)}){again}")
                once.begin()
                try:
                    if before is None:
                        train(with_seed(loaded, seed), runs_dir, name=name, part_of=group, progress=once)
                    else:
                        resume_run(before.run, overrides, force=force, plugins=plugins, progress=once)
                except DivergedError as error:
                    progress.say(f"seed {seed} diverged: {error}")
    except (SeqlabError, KeyboardInterrupt) as error:
        _say_how_to_continue(error, group.group, runs_dir, progress)
        raise
    return members(group.group, runs.list_runs(runs_dir))


@dataclass
class _SaidOnce:
    """A `Progress` that leaves out what an earlier seed had before its first epoch: tables of data and model, notes."""

    progress: Progress
    is_training: bool = False
    said: set[object] = field(default_factory=set)

    def begin(self) -> None:
        """With the next seed."""
        self.is_training = False

    def say(self, text: str) -> None:
        if self._is_new(text):
            self.progress.say(text)

    def step(self, what: str, total: int | None = None, unit: str = "") -> AbstractContextManager[ProgressStep]:
        self.is_training = self.is_training or what.startswith("epoch ")
        return self.progress.step(what, total, unit)

    def epoch(self, metrics: Mapping[str, float]) -> None:
        self.progress.epoch(metrics)

    def table(self, title: str, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        if self._is_new((title, *map(tuple, rows))):
            self.progress.table(title, columns, rows)

    def _is_new(self, what: object) -> bool:
        if self.is_training or what not in self.said:
            self.said |= set() if self.is_training else {what}
            return True
        return False


def _say_how_to_continue(error: BaseException, group: str, runs_dir: Path, progress: Progress) -> None:
    """Unless the session of a run did."""
    told = isinstance(error, Stopped) and error.told
    if not told and members(group, runs.list_runs(runs_dir)):
        why = f"{error}. " if isinstance(error, Stopped) else ""
        progress.say(f"{why}To continue the group:\n  seqlab train --resume {group_reference(group, runs_dir)}")


def _damaged(name: str, summaries: Sequence[RunSummary]) -> list[str]:
    """The ids of damaged runs of this name: their group cannot be read."""
    return [each.run.id for each in summaries if each.damage and name_of(each.run.id) == name]


def _lost(summary: RunSummary) -> str:
    """What to do about a finished run whose result is not there."""
    if summary.result or summary.status != "finished":
        return ""
    return ", but its result.json is missing: delete the run and repeat the command to train it again"


def with_seed(loaded: Loaded, seed: int) -> Loaded:
    """The same experiment with another `runtime.seed`."""
    runtime = loaded.experiment.runtime.model_copy(update={"seed": seed})
    origins = {**loaded.origins, ("runtime", "seed"): COMMAND_LINE}
    return replace(loaded, experiment=loaded.experiment.model_copy(update={"runtime": runtime}), origins=origins)


def member_name(name: str, seed: int) -> str:
    """`imdb-bigram-seed3`; a long name is cut, and not its seed."""
    ending = f"-seed{seed}"
    return f"{name[: MAX_NAME_LENGTH - len(ending)]}{ending}"


def _refuse_other_experiment(group: str, before: Experiment, after: Experiment) -> None:
    """The runs of a group differ only in their seed."""
    free = tuple(f"data.{key}" for key in {*before.data.locations} & {*after.data.locations})
    changes = differences(dump(before), dump(after))
    other = [key for key in changes if key not in free and (key == "runtime.seed" or not key.startswith("runtime."))]
    if other:
        raise RequestError(
            f"the runs of a group differ only in their seed, so {', '.join(other)} cannot change in group {group}: "
            "train another group"
        )
