"""Deleting a run, and moving it to the trash: what is no run, what a process writes and what links lead to stays."""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Iterator

from seqlab.errors import RequestError, SeqlabError
from seqlab.runs import contents, lock
from seqlab.runs.run import Run


def delete(run: Run) -> None:
    """Delete a run directory for good; of a link to one, only the link.

    The directory is renamed to a hidden name first, so that a crash leaves no partial run in the list. Raises
    RequestError for a folder whose `run.json` does not prove that it is a run, and SeqlabError while a process writes
    it, or if a folder in it cannot be emptied.
    """
    doomed = run.directory.with_name(f".{run.id}.deleted-{os.getpid()}")
    with leaving(run):
        if run.directory.is_symlink():
            run.directory.unlink()
            return
        os.utime(run.directory)  # so that a concurrent sweep does not take it for an old leftover
        run.directory.rename(doomed)
        shutil.rmtree(doomed)


@contextlib.contextmanager
def leaving(run: Run) -> Iterator[None]:
    """Before a run is deleted or moved: raises as `delete`, and turns an OSError of the block into a SeqlabError."""
    refuse_what_is_no_run(run)
    try:
        if not run.directory.is_symlink():
            run.refuse_unsafe_contents()
            _refuse_what_stays(run)
            with lock.hold(run.lock_file):
                pass  # released before the rename: Windows cannot rename a directory that contains an open file
        yield
    except OSError as error:
        raise SeqlabError(f"cannot delete run {run.id}: {error}") from error


def foreign_files(run: Run) -> list[str]:
    """The files that `delete` would remove and seqlab did not write, such as a user's notes: paths in the run, sorted.

    Raises RequestError as `delete`. A link to a run has none: only the link is deleted.
    """
    refuse_what_is_no_run(run)
    if run.directory.is_symlink():
        return []
    run.refuse_unsafe_contents()
    return contents.foreign_files(run.directory, run.recorded_files())


def refuse_what_is_no_run(run: Run) -> None:
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
