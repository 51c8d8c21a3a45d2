"""Files of the user's choice, which every command refuses in the same words if they cannot be written."""

from __future__ import annotations

import errno
import os
import tempfile
from pathlib import Path

from seqlab.errors import DISK_FULL, RequestError, SeqlabError, describe_system_error
from seqlab.files import shortened


def refuse_unwritable(path: Path) -> None:
    """Raises the error of `cannot_write` for a file of the user's choice, before any work is done for it.

    Its folder is tried: a permission does not tell whether its file system takes files.
    """
    try:
        if path.is_dir():
            raise IsADirectoryError(errno.EISDIR, "it is a directory")
        if not path.parent.is_dir():
            raise NotADirectoryError(errno.ENOTDIR, f"the directory {path.parent} does not exist")
        if path.exists() and not os.access(path, os.W_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
        if path.is_file() or not path.exists():
            tempfile.TemporaryFile(dir=path.resolve().parent).close()
    except OSError as error:
        raise cannot_write(path, error) from error


def cannot_write(path: Path, error: OSError) -> SeqlabError:
    """The error for a file of the user's choice that cannot be written."""
    shown = shortened(path) if error.errno == errno.ENAMETOOLONG else str(path)
    if error.errno in DISK_FULL:
        return SeqlabError(f"cannot write {shown}: {describe_system_error(error)}")
    why = error.strerror or str(error)
    if isinstance(error, FileNotFoundError) and path.parent.is_dir():
        why = f"no file can be created in {path.parent}"
    return RequestError(f"cannot write {shown}: {why}; choose another file")
