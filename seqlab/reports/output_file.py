"""Files of the user's choice, which every command refuses in the same words if they cannot be written."""

from __future__ import annotations

import contextlib
import errno
import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from seqlab.errors import DISK_FULL, RequestError, SeqlabError, describe_system_error
from seqlab.files import shortened

if TYPE_CHECKING:
    from seqlab.runs import Run


def refuse_unwritable(
    path: Path, *, read: Path | None = None, makes_folder: bool = False, folder: bool = False
) -> None:
    """Raises the error of `cannot_write` for a file of the user's choice, before any work is done for it.

    Its folder is tried: a permission does not tell whether its file system takes files. Raises RequestError for the
    file that is read at the same time, and for one that a run consists of. `makes_folder`: a missing folder is made.
    `folder`: the path is that of a new folder.
    """
    try:
        if path.is_symlink():
            with contextlib.suppress(FileNotFoundError):  # it may lead to a new file
                path.stat()
        if path.is_dir():
            raise IsADirectoryError(errno.EISDIR, "it is a directory")
        if makes_folder and not os.path.lexists(path.parent):
            tempfile.TemporaryFile(dir=_nearest_folder(path)).close()
        elif not path.parent.is_dir():
            raise NotADirectoryError(errno.ENOTDIR, f"the directory {path.parent} does not exist")
        elif path.exists() and not os.access(path, os.W_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
        elif path.is_file() or not path.exists():
            tempfile.TemporaryFile(dir=path.resolve().parent).close()
    except OSError as error:
        raise cannot_write(path, error, what="folder" if folder else "file") from error
    if read is not None and path.exists() and read.exists() and path.samefile(read):
        raise RequestError(f"{path} is the file that is read: choose another one to write")
    if (owner := _run_of(path)) is not None:
        raise RequestError(f"{path} is a file of run {owner.id}: choose another one to write")


def _nearest_folder(path: Path) -> Path:
    """The first folder above a path that is there: in it, the missing ones would be made."""
    found = next(each for each in path.absolute().parents if os.path.lexists(each))
    if not found.is_dir():
        raise NotADirectoryError(errno.ENOTDIR, f"{found} is no directory")
    return found


def _run_of(path: Path) -> Run | None:
    """The run that a file is a part of, or would be: in its folders, nobody else's files belong."""
    from seqlab.runs import Run
    from seqlab.runs.contents import FOLDERS, is_own

    path = path.resolve()
    for folder in path.parents:
        try:
            recorded = Run(folder).recorded_files()
        except RequestError:
            continue
        name = path.relative_to(folder).as_posix()
        if name.partition("/")[0] in FOLDERS or is_own(name, recorded):
            return Run(folder)
    return None


def cannot_write(path: Path, error: OSError, what: str = "file") -> SeqlabError:
    """The error for a file, or another `what`, of the user's choice that cannot be written."""
    shown = shortened(path) if error.errno == errno.ENAMETOOLONG else str(path)
    if error.errno in {*DISK_FULL, errno.EFBIG}:
        return SeqlabError(f"cannot write {shown}: {describe_system_error(error)}")
    why = error.strerror or str(error)
    if isinstance(error, FileNotFoundError) and path.parent.is_dir():
        why = f"no file can be created in {path.parent}"
    return RequestError(f"cannot write {shown}: {why}; choose another {what}")
