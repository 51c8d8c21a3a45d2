"""The trash of a folder of runs: where deleted runs stay until it is emptied.

It is the hidden folder `.trash` among the runs. A deleted run lies in it as `<time>/<id>`, so that deleting and
restoring are renames, and a run can be deleted again after another one took its id.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from seqlab import files
from seqlab.errors import RequestError, SeqlabError
from seqlab.runs.deletion import leaving
from seqlab.runs.references import name_of
from seqlab.runs.run import Run
from seqlab.runs.summaries import summary_of

TRASH = ".trash"
TIME = "%Y%m%d-%H%M%S-%f"
ENTRY = re.compile(r"\d{8}-\d{6}-\d{6}", re.ASCII)


@dataclass(frozen=True)
class Trashed:
    """A run in the trash."""

    run: Run
    deleted: datetime
    """When it was moved there (UTC)."""

    @property
    def size(self) -> int:
        """Bytes on disk."""
        return size_of(self.run.directory)


def move_to_trash(run: Run) -> None:
    """Move a run to the trash of its folder; of a link to one, the link is deleted. Raises as `delete`."""
    trash = _trash_of(run.directory.parent)
    with leaving(run):
        if run.directory.is_symlink():
            run.directory.unlink()
            return
        entry = trash / f"{datetime.now(UTC):{TIME}}"
        entry.mkdir(parents=True)
        try:
            run.directory.rename(entry / run.id)
        except OSError:
            entry.rmdir()
            raise
        files.sync_directory(entry)
        files.sync_directory(run.directory.parent)


def trashed(runs_dir: Path) -> list[Trashed]:
    """The runs in the trash, the one deleted last at the end. Raises RequestError if it cannot be read."""
    trash = _trash_of(runs_dir)
    found = []
    for entry in _subfolders(trash):
        if ENTRY.fullmatch(entry.name):
            with contextlib.suppress(ValueError):  # a date that does not exist is none of ours
                time = datetime.strptime(entry.name, TIME).replace(tzinfo=UTC)
                found += [Trashed(Run(path), time) for path in _subfolders(entry)]
    return found


def restore(reference: str, runs_dir: Path) -> Run:
    """Bring a run back from the trash, by its id, a beginning of it or its name; of several of one id the one that was
    deleted last. Raises RequestError if there is none, if there are several, or if its id is taken."""
    found = _meant(reference, trashed(runs_dir), runs_dir)
    target = runs_dir.absolute() / found.run.id
    if os.path.lexists(target):
        raise RequestError(f"there is a run {found.run.id} in {runs_dir}: move or delete it first")
    try:
        found.run.directory.rename(target)
        with contextlib.suppress(OSError):  # it is empty, unless somebody put something there
            found.run.directory.parent.rmdir()
        files.sync_directory(target.parent)
    except OSError as error:
        raise SeqlabError(f"cannot restore run {found.run.id}: {error.strerror or error}") from error
    return Run(target)


def empty(runs: list[Trashed]) -> None:
    """Delete these runs for good. Raises SeqlabError if one cannot be deleted."""
    for each in runs:
        try:
            shutil.rmtree(each.run.directory)
            with contextlib.suppress(OSError):
                each.run.directory.parent.rmdir()
        except OSError as error:
            raise SeqlabError(f"cannot delete {each.run.directory}: {error.strerror or error}") from error


def older_than(runs: list[Trashed], days: float) -> list[Trashed]:
    """Those that were deleted so many days ago or more."""
    latest = datetime.now(UTC) - timedelta(days=days)
    return [each for each in runs if each.deleted <= latest]


def size_of(directory: Path) -> int:
    """The bytes of the files of a directory, without what links lead to. What cannot be read counts nothing."""
    total, pending = 0, [directory]
    while pending:
        with contextlib.suppress(OSError), os.scandir(pending.pop()) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    pending.append(Path(entry.path))
                else:
                    total += entry.stat(follow_symlinks=False).st_size
    return total


def _meant(reference: str, found: list[Trashed], runs_dir: Path) -> Trashed:
    by_id = {each.run.id: each for each in found}  # the last of each id
    matching = [each for run_id, each in by_id.items() if reference == run_id]
    matching = matching or [each for run_id, each in by_id.items() if reference and run_id.startswith(reference)]
    matching = matching or [each for run_id, each in by_id.items() if reference == name_of(run_id)]
    of_group = [each.run.id for each in by_id.values() if reference and summary_of(each.run).group == reference]
    if of_group and reference not in by_id:
        raise RequestError(f"'{reference:.80}' is a group of runs; restore one after another: {', '.join(of_group)}")
    if len(matching) == 1:
        return matching[0]
    if matching:
        raise RequestError(
            f"{len(matching)} runs in the trash fit '{reference}': {', '.join(each.run.id for each in matching)}"
        )
    listed = f"it holds {', '.join(list(by_id)[-8:])}" if by_id else "it is empty"
    raise RequestError(f"no run '{reference:.80}' in the trash of {runs_dir}: {listed}")


def _trash_of(runs_dir: Path) -> Path:
    """The trash of a folder. Raises RequestError for a link, which leads out of it, and for a file."""
    trash = runs_dir.absolute() / TRASH
    with contextlib.suppress(OSError):
        kind = files.why_not_regular(trash.lstat())
        if kind != "a folder":
            raise RequestError(f"{trash} is {kind or 'a file'}, not the folder of deleted runs: rename or remove it")
    return trash


def _subfolders(folder: Path) -> list[Path]:
    """Sorted by name; links are none."""
    try:
        with os.scandir(folder) as entries:
            return [Path(each.path) for each in sorted(entries, key=lambda each: each.name) if _is_folder(each)]
    except FileNotFoundError:
        return []
    except OSError as error:
        raise RequestError(f"cannot read {folder}: {error.strerror or error}") from error


def _is_folder(entry: os.DirEntry[str]) -> bool:
    return entry.is_dir(follow_symlinks=False)
