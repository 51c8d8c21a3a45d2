"""Which run a reference means: an id, the beginning of one, a name, `latest`, or the path of a run directory."""

from __future__ import annotations

import difflib
import os
from collections.abc import Collection
from pathlib import Path

from seqlab.errors import RequestError
from seqlab.runs.run import Run
from seqlab.runs.runs_directory import UNFINISHED, directories, list_runs, sanitized
from seqlab.runs.summaries import TIME, RunSummary, summary_of
from seqlab.runs.sweeps import sweep_of

MAX_LISTED_NAMES = 8
MAX_REFERENCE_LENGTH = 80
"""Characters of a reference that a message repeats."""

IN_CONFIGS = "run:"
"""Before the reference of a run in a config."""

FINISHED = ("finished",)


class UnknownRun(RequestError):
    """No run has this id, name or path."""


def find(
    reference: str,
    runs_dir: Path,
    *,
    tasks: Collection[str] | None = None,
    status: str | Collection[str] | None = FINISHED,
    prefer: Collection[str] = FINISHED,
) -> Run:
    """Resolve a run id, a unique prefix of one, a name, `latest`, or the path of a run directory.

    `tasks` and `status` restrict what `latest` chooses from; None: nothing does. If several runs have a name, the only
    one of `tasks` with a status in `prefer` is meant, and of a run and its continuation the continuation. Raises
    RequestError if no run or several runs match, or if the run cannot be read.
    """
    if reference == "latest":
        return _latest(runs_dir, tasks, (status,) if isinstance(status, str) else status)
    named = _named_by(reference, runs_dir)
    run = _meant(named, tasks, prefer) or locate(reference, runs_dir)
    run.metadata()
    run.refuse_unsafe_contents()
    return run


def _meant(named: list[Run], tasks: Collection[str] | None, prefer: Collection[str]) -> Run | None:
    """Which of several runs of one name is meant, as `find` says; None: there is no telling."""
    if len(named) < 2:
        return None
    fitting = [each for each in map(summary_of, named) if each.fits(tasks)]
    preferred = [each for each in fitting if each.status in prefer]
    candidates = preferred or fitting
    continued = {str(each.metadata.get("parent")) for each in candidates}
    last = [each.run for each in candidates if each.run.id not in continued]
    return last[0] if len(last) == 1 and (preferred or len(fitting) > 1) else None


def locate(reference: str, runs_dir: Path) -> Run:
    """Resolve an id, a unique prefix of one, a unique name or a path. The directory may be damaged."""
    ids = [path.name for path in directories(runs_dir)]
    by_prefix = [each for each in ids if each.startswith(reference)] if reference else []
    if reference in ids:
        by_prefix = [reference]
    by_name = [run.id for run in _named_by(reference, runs_dir)]
    for candidates in (by_prefix, by_name):
        if len(candidates) == 1:
            found = Run(runs_dir.absolute() / candidates[0])
            _refuse_group(reference, found, runs_dir)
            return found
    shown = reference if len(reference) <= MAX_REFERENCE_LENGTH else f"{reference[:MAX_REFERENCE_LENGTH]}…"
    if not by_prefix and not by_name and (sweep := sweep_of(reference, runs_dir)) is not None:
        raise UnknownRun(f"'{shown}' is a sweep, and no run: `seqlab runs list --where sweep={sweep}` lists its trials")
    if reference and _is_directory(reference):
        return Run(_absolute(reference))
    if by_prefix:
        raise RequestError(f"{len(by_prefix)} runs start with '{shown}': {_some(by_prefix)}")
    if by_name:
        raise RequestError(f"{len(by_name)} runs are named '{shown}': {_some(by_name)}; use an id")
    if any(name_of(each).startswith(f"{sanitized(reference)}-seed") for each in ids):  # reading all runs takes longer
        _refuse_name_of_group(reference, runs_dir)
    raise UnknownRun(f"no run '{shown}' in {runs_dir}; {_suggestion(reference, ids)}")


def _refuse_group(reference: str, run: Run, runs_dir: Path) -> None:
    """Raises RequestError for the id of a group, which may be the beginning of that of one of its runs."""
    if reference != run.id and summary_of(run).group == reference:
        members = [each.run.id for each in list_runs(runs_dir) if each.group == reference]
        raise RequestError(f"'{reference}' is a group of runs; name one of them: {_some(members)}")


def _refuse_name_of_group(reference: str, runs_dir: Path) -> None:
    """Raises RequestError for the name of a group."""
    names = {reference, sanitized(reference)} if reference.strip() else set()
    members = [each.run.id for each in list_runs(runs_dir) if each.group and name_of(each.group) in names]
    if members:
        raise RequestError(
            f"'{reference}' is a group of runs; name one of them: {_some(members)}. `seqlab runs prune --keep-last 0 "
            "--where group=GROUP` removes a whole group"
        )


def resolves(reference: str, runs_dir: Path) -> bool:
    """Whether `find` would return a run for this reference. Tells a RUN from a sentence: it never raises."""
    try:
        return reference == "latest" or bool(find(reference, runs_dir).id)
    except RequestError:
        return False


def named(reference: str, runs_dir: Path) -> list[Run]:
    """The runs that have this name. An id is none."""
    return [run for run in _named_by(reference, runs_dir) if run.id != reference]


def _named_by(reference: str, runs_dir: Path) -> list[Run]:
    """The runs with this name, as it was given to `--name` or as it is in their ids; never by an empty name."""
    names = {reference, sanitized(reference)} if reference.strip() else set()
    return [Run(path) for path in directories(runs_dir) if name_of(path.name) in names]


def is_exact(reference: str, run: Run) -> bool:
    """Whether a reference is the full id or the path of a run, not only a part of its id or its name."""
    return reference == run.id or _absolute(reference) == run.directory


def _absolute(path: str) -> Path:
    """The path of a directory as it was given: a link is not resolved, because `delete` must see it."""
    return Path(os.path.abspath(Path(path).expanduser()))  # noqa: PTH100  # Path.resolve() would follow it


def name_of(run_id: str) -> str:
    """The id without its time: `base` for `20261121-203015-base`."""
    return TIME.sub("", run_id, count=1)


def _is_directory(path: str) -> bool:
    try:
        return Path(path).expanduser().is_dir()
    except (OSError, RuntimeError, ValueError):  # too long, `~` of an unknown user, a null character
        return False


def passed_over(run: Run, runs_dir: Path) -> list[RunSummary]:
    """The runs that are newer than the one that `latest` means, by the times in their ids: they do not fit."""
    return [summary_of(Run(path)) for path in directories(runs_dir) if path.name > run.id and TIME.match(path.name)]


def _latest(runs_dir: Path, tasks: Collection[str] | None, status: Collection[str] | None) -> Run:
    found = list_runs(runs_dir)
    for each in reversed(found):
        if each.fits(tasks) and (status is None or each.status in status):
            return each.run
    state = {FINISHED: "finished", UNFINISHED: "unfinished"}.get(tuple(status or ()), " or ".join(status or ()))
    description = " ".join(word for word in (state, " or ".join(tasks or ()), "run") if word)
    others = [f"{each.run.id} ({each.status})" for each in found if each.fits(tasks)][-3:]
    there = f"there is {', '.join(others)}; " if others else ""
    raise RequestError(f"no {description} in {runs_dir}; {there}{_suggestion('', [])}")


def _suggestion(reference: str, ids: list[str]) -> str:
    """What to try instead of a reference that matches no run."""
    containing = [each for each in ids if reference and reference in each]
    by_name = {name_of(each): each for each in ids}
    similar = [by_name[name] for name in difflib.get_close_matches(reference, by_name, cutoff=0.7)]
    close = containing or similar
    hint = f"did you mean {_some(close)}? " if close else ""
    return f"{hint}`seqlab runs list` lists the runs, --runs-dir selects another folder"


def _some(names: list[str]) -> str:
    """The names, cut after `MAX_LISTED_NAMES`."""
    more = [f"and {len(names) - MAX_LISTED_NAMES} more"] if len(names) > MAX_LISTED_NAMES else []
    return ", ".join([*names[:MAX_LISTED_NAMES], *more])
