"""The folder of runs: a new run, the runs there are, the one that is meant, and its end."""

from __future__ import annotations

import contextlib
import difflib
import os
import re
import secrets
import shutil
import time
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from seqlab import files
from seqlab.errors import RequestError, SeqlabError
from seqlab.runs import lock
from seqlab.runs.environment import current_environment
from seqlab.runs.run import FORMAT, Run, finite, now

LEFTOVER = re.compile(r"\.\d{8}-\d{6}-.+\.(tmp|deleted)-\d+")
"""The hidden name of a run that begins or is being deleted."""
LONG_AGO = 86_400.0
"""Seconds. Nobody takes so long for either: the process died."""

LONGEST_NAME = 60
SHOWN_NAMES = 8


@dataclass(frozen=True)
class Summary:
    """What a list shows of a run. `damage` says why a directory cannot be read; its metadata are empty then."""

    run: Run
    status: str
    metadata: Mapping[str, Any] = field(default_factory=dict)
    result: Mapping[str, Any] = field(default_factory=dict)
    damage: str = ""

    @property
    def started(self) -> str:
        return str(self.metadata.get("started") or "")

    @property
    def task(self) -> str:
        config = self.metadata.get("config")
        return str(config.get("task") or "") if isinstance(config, Mapping) else ""


def create(
    runs_dir: Path, slug: str, metadata: Mapping[str, Any], begin: Callable[[Run], None] = lambda run: None
) -> Run:
    """A new run directory with its `run.json`: `metadata`, the environment, status `running`.

    `begin` writes what a run needs from its first moment into a hidden directory, which becomes the run when all is
    there: one that is killed before has never been. The id is the time (UTC) and the slug, with a number behind it when
    another run was as fast. Enter `run.writing()` at once: until then nobody holds the run, and it is shown as killed.
    """
    name = f"{datetime.now(UTC):%Y%m%d-%H%M%S}-{sanitized(slug)}"
    try:
        runs_dir.mkdir(parents=True, exist_ok=True)
        # Random, because jobs that begin in the same second in containers have the same process id as well.
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
            f"the runs folder {runs_dir} cannot be written ({error.strerror or error}): "
            "name another with --runs-dir or SEQLAB_RUNS_DIR"
        ) from error


def list_runs(runs_dir: Path) -> list[Summary]:
    """All runs, the oldest first, each known from `run.json` and `result.json` alone. Damaged ones come first."""
    summaries = [_summary(Run(path)) for path in _directories(runs_dir)]
    return sorted(summaries, key=lambda each: (each.started, each.run.id))


def find(reference: str, runs_dir: Path, *, task: str | None = None, status: str | None = None) -> Run:
    """The run that a person means: an id, the beginning of one, `latest`, or the path of a run directory.

    `task` and `status` say which runs `latest` chooses among. Raises RequestError for a run that is not there, that
    is not the only one, or that cannot be read.
    """
    if reference == "latest":
        return _latest(runs_dir, task, status)
    run = locate(reference, runs_dir)
    run.metadata()
    return run


def locate(reference: str, runs_dir: Path) -> Run:
    """The directory that an id, the beginning of one or a path means; it may be damaged."""
    ids = [path.name for path in _directories(runs_dir)]
    candidates = [each for each in ids if each.startswith(reference)] if reference else []
    if reference in ids:
        candidates = [reference]
    if len(candidates) == 1:
        return Run(runs_dir.absolute() / candidates[0])
    if reference and Path(reference).expanduser().is_dir():
        return Run(Path(reference).expanduser().resolve())
    if candidates:
        raise RequestError(f"'{reference}' is the beginning of {len(candidates)} runs: {_some(candidates)}")
    raise RequestError(f"there is no run '{reference}' in {runs_dir}; {_way_out(reference, ids)}")


def delete(run: Run) -> None:
    """Remove a run and all that it holds. Raises SeqlabError while a process writes it.

    The directory gets a hidden name first: a crash on the way leaves no half run in the list.
    """
    if not run.metadata_file.exists() and not re.match(r"\d{8}-\d{6}-", run.id):
        raise RequestError(f"{run.directory} does not look like a run and is not deleted")
    doomed = run.directory.with_name(f".{run.id}.deleted-{os.getpid()}")
    try:
        with lock.hold(run.lock_file):
            pass  # Windows renames no directory with an open file in it
        os.utime(run.directory)  # no leftover of long ago, for whoever sweeps now
        run.directory.rename(doomed)
        shutil.rmtree(doomed)
    except OSError as error:
        raise SeqlabError(f"run {run.id} cannot be deleted: {error}") from error


def sanitized(name: str) -> str:
    """A name that is safe in a path and in a shell: plain letters, digits, `.`, `_`, `-`."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", errors="ignore").decode()
    joined = re.sub(r"[^A-Za-z0-9._]+", "-", plain).strip("-.")
    return joined[:LONGEST_NAME].rstrip("-.") or "run"


def _named(run: Run, name: str, record: Mapping[str, Any]) -> Run:
    """Give a hidden run the first of `name`, `name-2`, … that is free. A rename is atomic: two never share one."""
    number = 0
    while True:
        number += 1
        place = run.directory.with_name(name if number == 1 else f"{name}-{number}")
        if place.exists():
            continue
        files.write_json(run.metadata_file, finite({**record, "id": place.name}))
        try:
            run.directory.rename(place)
        except OSError:
            if not place.exists():
                raise  # nobody was faster
        else:
            files.sync_directory(place.parent)
            return Run(place)


def _sweep(runs_dir: Path) -> None:
    """Remove what crashes left under hidden names."""
    for path in filter(lambda each: LEFTOVER.fullmatch(each.name), runs_dir.iterdir()):
        with contextlib.suppress(OSError):
            if path.stat().st_mtime < time.time() - LONG_AGO:
                shutil.rmtree(path, ignore_errors=True)


def _directories(runs_dir: Path) -> list[Path]:
    """Every directory that is, or looks like, a run. Hidden ones are on their way in or out."""
    try:
        with os.scandir(runs_dir) as entries:
            names = [each.name for each in entries if each.is_dir() and not each.name.startswith(".")]
    except FileNotFoundError:
        return []
    except OSError as error:
        raise RequestError(f"the runs folder {runs_dir} cannot be read: {error.strerror or error}") from error
    return [runs_dir.absolute() / name for name in sorted(names)]


def _summary(run: Run) -> Summary:
    try:
        metadata = run.metadata()
        return Summary(run, run.status_in(metadata), metadata, run.result())
    except RequestError as error:
        return Summary(run, "damaged", damage=str(error))


def _latest(runs_dir: Path, task: str | None, status: str | None) -> Run:
    for each in reversed(list_runs(runs_dir)):
        if not each.damage and task in {None, each.task} and status in {None, each.status}:
            return each.run
    wanted = " ".join(word for word in (status, task, "run") if word)
    raise RequestError(f"there is no {wanted} in {runs_dir}; {_way_out('', [])}")


def _way_out(reference: str, ids: list[str]) -> str:
    """What to try instead of a reference that names no run."""
    holding = [each for each in ids if reference and reference in each]
    # People remember the name of a run, not the time before it.
    by_name = {each[len("20261121-203015-") :]: each for each in ids}
    alike = [by_name[name] for name in difflib.get_close_matches(reference, by_name, cutoff=0.7)]
    close = holding or alike
    hint = f"did you mean {_some(close)}? " if close else ""
    return f"{hint}`seqlab runs list` shows the runs, --runs-dir names another folder"


def _some(names: list[str]) -> str:
    """The names, or the first few of many."""
    more = [f"and {len(names) - SHOWN_NAMES} more"] if len(names) > SHOWN_NAMES else []
    return ", ".join([*names[:SHOWN_NAMES], *more])
