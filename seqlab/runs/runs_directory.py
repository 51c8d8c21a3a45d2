"""The folder of runs: create, list and find runs."""

from __future__ import annotations

import errno
import os
import re
import secrets
import shutil
import unicodedata
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from seqlab import files
from seqlab.errors import RequestError, SeqlabError, reason_of
from seqlab.runs import lock
from seqlab.runs.environment import current_environment
from seqlab.runs.run import FORMAT, Run, json_safe, now
from seqlab.runs.summaries import RunSummary, age, summary_of
from seqlab.runs.sweeps import is_sweep

LEFTOVER = re.compile(r"\.(\d{8}-\d{6}-.+\.deleted|[A-Za-z0-9].*\.seqlab-tmp)-\d+")
"""Hidden name of a run that is being created, unpacked or deleted."""

MAX_NAME_LENGTH = 60
KEYWORDS = ("latest", "auto")
"""References that mean whichever run is the newest, so that none has such a name."""
UNFINISHED = ("stopped", "killed", "failed", "diverged")


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
        with files.temporary_directory(hidden(runs_dir, name)) as directory:
            begin(Run(directory))
            files.sync_files(directory)
            record = {"format": FORMAT, "id": name, "status": "running", "started": now()}
            run = _named(Run(directory), name, record | current_environment() | dict(metadata))
        sweep(runs_dir)
        return run
    except OSError as error:
        raise unwritable(runs_dir, error) from error


def hidden(runs_dir: Path, name: str) -> Path:
    """A hidden path beside the runs, for a run that is not complete yet.

    Random, because jobs that start in the same second in different containers can share a process id.
    """
    return runs_dir.absolute() / f".{name}-{secrets.token_hex(4)}"


def refuse_unwritable(runs_dir: Path) -> None:
    """Raises SeqlabError unless a run can be made in a folder, or the folder where it is missing. Writes nothing."""
    folder = runs_dir.absolute()
    nearest = next(each for each in (folder, *folder.parents) if os.path.lexists(each))
    problem = 0
    if not nearest.is_dir():
        problem = errno.EEXIST if nearest == folder else errno.ENOTDIR
    elif not os.access(nearest, os.W_OK | os.X_OK):
        problem = errno.EACCES
    if problem:
        raise unwritable(runs_dir, OSError(problem, os.strerror(problem)))


def unwritable(runs_dir: Path, error: OSError) -> SeqlabError:
    """The error for a folder of runs that cannot be written."""
    why = error.strerror or reason_of(error)
    if error.errno == errno.EEXIST:
        why = "it is a file"
    elif isinstance(error, FileNotFoundError) and runs_dir.is_dir():
        why = "no folder can be created in it"
    if error.errno == errno.EFBIG:  # the limit is of this process, whatever the folder
        return SeqlabError(f"cannot write to the runs folder {runs_dir}: {reason_of(error)}")
    return SeqlabError(
        f"cannot write to the runs folder {runs_dir} ({why}): choose another with --runs-dir or SEQLAB_RUNS_DIR"
    )


def list_runs(runs_dir: Path) -> list[RunSummary]:
    """All runs from the oldest to the newest, damaged ones first. Reads `run.json` and `result.json` only."""
    summaries = [summary_of(Run(path)) for path in directories(runs_dir)]
    return sorted(summaries, key=age)


def sanitized(name: str) -> str:
    """A name that is safe in paths and shells, ASCII letters, digits, `.`, `_`, `-`, and means this run alone."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", errors="ignore").decode()
    joined = re.sub(r"[^A-Za-z0-9._]+", "-", plain).strip("-.")
    plain = joined[:MAX_NAME_LENGTH].rstrip("-.") or "run"
    return f"run-{plain}" if plain in KEYWORDS else plain


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


def sweep(runs_dir: Path) -> None:
    """Remove hidden directories left by crashes."""
    for path in filter(lambda each: LEFTOVER.fullmatch(each.name), runs_dir.iterdir()):
        if lock.is_abandoned(path):
            shutil.rmtree(path, ignore_errors=True)


def directories(runs_dir: Path) -> list[Path]:
    """The visible subdirectories but those of sweeps, sorted by name. Hidden ones are runs being created or deleted."""
    try:
        with os.scandir(runs_dir) as entries:
            names = [each.name for each in entries if each.is_dir() and not each.name.startswith(".")]
    except FileNotFoundError:
        return []
    except OSError as error:
        raise RequestError(f"cannot read the runs folder {runs_dir}: {error.strerror or error}") from error
    return [path for name in sorted(names) if not is_sweep(path := runs_dir.absolute() / name)]
