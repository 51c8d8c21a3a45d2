"""The folder of runs: create, list, find and delete runs."""

from __future__ import annotations

import contextlib
import difflib
import os
import re
import secrets
import shutil
import time
import unicodedata
from collections.abc import Callable, Collection, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from seqlab import files
from seqlab.errors import RequestError, SeqlabError
from seqlab.runs import lock
from seqlab.runs.environment import current_environment
from seqlab.runs.run import FORMAT, Run, json_safe, now
from seqlab.runs.summaries import TIME, RunSummary, age, summary_of

LEFTOVER = re.compile(r"\.\d{8}-\d{6}-.+(-[0-9a-f]{8}\.seqlab-tmp|\.deleted)-\d+")
"""Hidden name of a run that is being created or deleted."""
LEFTOVER_AGE = 86_400.0
"""Seconds after which a leftover is removed: the process that made it has died."""

MAX_NAME_LENGTH = 60
MAX_LISTED_NAMES = 8
MAX_REFERENCE_LENGTH = 80
"""Characters of a reference that a message repeats."""

FINISHED = ("finished",)
UNFINISHED = ("stopped", "killed", "failed", "diverged")


class UnknownRun(RequestError):
    """No run has this id, name or path."""


def create(
    runs_dir: Path, slug: str, metadata: Mapping[str, Any], begin: Callable[[Run], None] = lambda run: None
) -> Run:
    """Create a run directory with its `run.json`: `metadata`, the environment, status `running`.

    `begin` writes the first files into a hidden directory, which is renamed when it is complete: a process killed
    earlier leaves no run. The id is the time (UTC) and the slug, plus a number if that id is taken. Enter
    `run.writing()` at once: until then no process holds the lock and the run is displayed as killed.
    """
    name = f"{datetime.now(UTC):%Y%m%d-%H%M%S}-{sanitized(slug)}"
    try:
        runs_dir.mkdir(parents=True, exist_ok=True)
        # Random, because jobs that start in the same second in different containers can share a process id.
        hidden = runs_dir.absolute() / f".{name}-{secrets.token_hex(4)}"
        with files.temporary_directory(hidden) as directory:
            begin(Run(directory))
            files.sync_files(directory)
            record = {"format": FORMAT, "id": name, "status": "running", "started": now()}
            run = _named(Run(directory), name, record | current_environment() | dict(metadata))
        _sweep(runs_dir)
        return run
    except OSError as error:
        raise SeqlabError(
            f"cannot write to the runs folder {runs_dir} ({error.strerror or error}): "
            "choose another with --runs-dir or SEQLAB_RUNS_DIR"
        ) from error


def list_runs(runs_dir: Path) -> list[RunSummary]:
    """All runs from the oldest to the newest, damaged ones first. Reads `run.json` and `result.json` only."""
    summaries = [summary_of(Run(path)) for path in _directories(runs_dir)]
    return sorted(summaries, key=age)


def find(
    reference: str,
    runs_dir: Path,
    *,
    tasks: Collection[str] | None = None,
    status: str | None = None,
    prefer: Collection[str] = FINISHED,
) -> Run:
    """Resolve a run id, a unique prefix of one, a name, `latest`, or the path of a run directory.

    `tasks` and `status` restrict what `latest` chooses from. If several runs have a name, the only one of `tasks` with
    a status in `prefer` is meant, and of a run and its continuation the continuation. Raises RequestError if no run or
    several runs match, or if the run cannot be read.
    """
    if reference == "latest":
        return _latest(runs_dir, tasks, status)
    named = _named_by(reference, runs_dir)
    fitting = [each for each in map(summary_of, named) if each.fits(tasks) and each.status in prefer]
    continued = {each.metadata.get("parent") for each in fitting}
    fitting = [each for each in fitting if each.run.id not in continued]
    run = fitting[0].run if len(named) > 1 and len(fitting) == 1 else locate(reference, runs_dir)
    run.metadata()
    run.refuse_unsafe_contents()
    return run


def locate(reference: str, runs_dir: Path) -> Run:
    """Resolve an id, a unique prefix of one, a unique name or a path. The directory may be damaged."""
    ids = [path.name for path in _directories(runs_dir)]
    by_prefix = [each for each in ids if each.startswith(reference)] if reference else []
    if reference in ids:
        by_prefix = [reference]
    by_name = [run.id for run in _named_by(reference, runs_dir)]
    for candidates in (by_prefix, by_name):
        if len(candidates) == 1:
            return Run(runs_dir.absolute() / candidates[0])
    if reference and _is_directory(reference):
        return Run(_absolute(reference))
    shown = reference if len(reference) <= MAX_REFERENCE_LENGTH else f"{reference[:MAX_REFERENCE_LENGTH]}…"
    if by_prefix:
        raise RequestError(f"{len(by_prefix)} runs start with '{shown}': {_some(by_prefix)}")
    if by_name:
        raise RequestError(f"{len(by_name)} runs are named '{shown}': {_some(by_name)}; use an id")
    raise UnknownRun(f"no run '{shown}' in {runs_dir}; {_suggestion(reference, ids)}")


def resolves(reference: str, runs_dir: Path) -> bool:
    """Whether `find` would return a run for this reference. Tells a RUN from a sentence: it never raises."""
    try:
        return reference == "latest" or bool(find(reference, runs_dir).id)
    except RequestError:
        return False


def _named_by(reference: str, runs_dir: Path) -> list[Run]:
    """The runs with this name, as it was given to `--name` or as it is in their ids; never by an empty name."""
    names = {reference, sanitized(reference)} if reference.strip() else set()
    return [Run(path) for path in _directories(runs_dir) if name_of(path.name) in names]


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


def delete(run: Run) -> None:
    """Delete a run directory; of a link to one, only the link.

    The directory is renamed to a hidden name first, so that a crash leaves no partial run in the list. Raises
    RequestError for a folder whose `run.json` does not prove that it is a run, and SeqlabError while a process writes
    it, or if a folder in it cannot be emptied.
    """
    _refuse_what_is_no_run(run)
    doomed = run.directory.with_name(f".{run.id}.deleted-{os.getpid()}")
    try:
        if run.directory.is_symlink():
            run.directory.unlink()
            return
        run.refuse_unsafe_contents()
        _refuse_what_stays(run)
        with lock.hold(run.lock_file):
            pass  # released before the rename: Windows cannot rename a directory that contains an open file
        os.utime(run.directory)  # so that a concurrent sweep does not take it for an old leftover
        run.directory.rename(doomed)
        shutil.rmtree(doomed)
    except OSError as error:
        raise SeqlabError(f"cannot delete run {run.id}: {error}") from error


def _refuse_what_is_no_run(run: Run) -> None:
    try:
        metadata = run.metadata()
        if missing := {"id", "status"} - metadata.keys():
            raise RequestError(f"{run.metadata_file} has no '{min(missing)}'")
    except RequestError as error:
        raise RequestError(
            f"{run.directory} does not look like a run and was not deleted ({error}). If it is one, delete the folder "
            "yourself"
        ) from error


def _refuse_what_stays(run: Run) -> None:
    """A run is deleted whole or not at all."""
    for folder in (run.directory, *(path for path in run.directory.rglob("*") if path.is_dir())):
        if not os.access(folder, os.W_OK | os.X_OK):
            raise SeqlabError(f"cannot delete run {run.id}: {folder} cannot be written; nothing was deleted")


def sanitized(name: str) -> str:
    """A name that is safe in paths and shells: ASCII letters, digits, `.`, `_`, `-`."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", errors="ignore").decode()
    joined = re.sub(r"[^A-Za-z0-9._]+", "-", plain).strip("-.")
    return joined[:MAX_NAME_LENGTH].rstrip("-.") or "run"


def _named(run: Run, name: str, record: Mapping[str, Any]) -> Run:
    """Rename a hidden run to the first free name among `name`, `name-2`, … Renames are atomic, so ids stay unique."""
    number = 0
    while True:
        number += 1
        target = run.directory.with_name(name if number == 1 else f"{name}-{number}")
        if target.exists():
            continue
        files.write_json(run.metadata_file, json_safe({**record, "id": target.name}))
        try:
            run.directory.rename(target)
        except OSError:
            if not target.exists():
                raise  # not a race with another process
        else:
            files.sync_directory(target.parent)
            return Run(target)


def _sweep(runs_dir: Path) -> None:
    """Remove hidden directories left by crashes."""
    for path in filter(lambda each: LEFTOVER.fullmatch(each.name), runs_dir.iterdir()):
        with contextlib.suppress(OSError):
            if path.stat().st_mtime < time.time() - LEFTOVER_AGE:
                shutil.rmtree(path, ignore_errors=True)


def _directories(runs_dir: Path) -> list[Path]:
    """The visible subdirectories, sorted by name. Hidden ones are runs being created or deleted."""
    try:
        with os.scandir(runs_dir) as entries:
            names = [each.name for each in entries if each.is_dir() and not each.name.startswith(".")]
    except FileNotFoundError:
        return []
    except OSError as error:
        raise RequestError(f"cannot read the runs folder {runs_dir}: {error.strerror or error}") from error
    return [runs_dir.absolute() / name for name in sorted(names)]


def _latest(runs_dir: Path, tasks: Collection[str] | None, status: str | None) -> Run:
    for each in reversed(list_runs(runs_dir)):
        if each.fits(tasks) and status in {None, each.status}:
            return each.run
    description = " ".join(word for word in (status, " or ".join(tasks or ()), "run") if word)
    raise RequestError(f"no {description} in {runs_dir}; {_suggestion('', [])}")


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
