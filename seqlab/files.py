"""Files that are whole or not there: the crash-safety protocol of everything seqlab writes.

A file is written beside its final name, flushed to the disk and renamed into place; a directory is filled under a
temporary name and renamed. A crash at any moment leaves the old state or the new one, never half of either.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any


def write_bytes(path: Path, content: bytes) -> None:
    """Write `content` to `path` atomically and durably."""
    temporary = path.with_name(f"{path.name}.tmp-{os.getpid()}")
    try:
        with temporary.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            temporary.unlink()
        raise
    sync_directory(path.parent)


def write_text(path: Path, content: str) -> None:
    """Write text as UTF-8, lone surrogates escaped, with `\\n` line ends on every platform."""
    write_bytes(path, content.encode("utf-8", errors="backslashreplace"))


def write_json(path: Path, value: Any, *, indent: int | None = 2) -> None:
    write_text(path, json.dumps(value, ensure_ascii=False, indent=indent, allow_nan=False) + "\n")


def read_json(path: Path) -> Any:
    """What a JSON file holds. Raises OSError, or ValueError for what is no JSON."""
    with path.open(encoding="utf-8") as file:
        try:
            return json.load(file)
        except RecursionError as error:
            raise ValueError("nested too deep") from error


@contextlib.contextmanager
def new_directory(path: Path) -> Iterator[Path]:
    """Fill a temporary directory that becomes `path` when the block ends well, and vanishes when it does not.

    If `path` appeared meanwhile (another process was faster with the same content) the new one is dropped.
    """
    with temporary_directory(path) as temporary:
        yield temporary
        sync_files(temporary)
        try:
            temporary.rename(path)
        except OSError:
            if not path.is_dir():
                raise
        sync_directory(path.parent)


@contextlib.contextmanager
def temporary_directory(path: Path) -> Iterator[Path]:
    """An empty directory beside `path`, to be renamed when it is filled: what still has its name at the end goes."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f"{path.name}.tmp-{os.getpid()}")
    shutil.rmtree(temporary, ignore_errors=True)
    try:
        temporary.mkdir()  # here, because a signal may come with it
        yield temporary
    finally:
        _remove(temporary)


def _remove(directory: Path) -> None:
    """Remove a directory if it is there, also when a signal comes meanwhile; that is raised once all is gone."""
    try:
        shutil.rmtree(directory, ignore_errors=True)
    except BaseException:
        shutil.rmtree(directory, ignore_errors=True)
        raise


def sweep(directory: Path, name: str = "*") -> None:
    """Remove what killed writers left under temporary names. Only whoever holds the directory's lock may call it."""
    for leftover in directory.glob(f"{name}.tmp-*"):
        if leftover.is_dir():
            shutil.rmtree(leftover, ignore_errors=True)
        else:
            leftover.unlink(missing_ok=True)


def sha256_of_file(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def checksums(directory: Path, paths: Iterable[Path]) -> dict[str, str]:
    """The sha256 of each of the files, by its place in `directory`."""
    return {path.relative_to(directory).as_posix(): sha256_of_file(path) for path in sorted(paths)}


def changed(directory: Path, paths: Iterable[Path], recorded: Mapping[str, str]) -> list[str]:
    """Of the files that `checksums` recorded those that are not among `paths` any more, or not what they were."""
    now = checksums(directory, paths)
    return [name for name, digest in recorded.items() if now.get(name) != digest]


def sync_directory(path: Path) -> None:
    """Make a rename in `path` durable. Windows has no such call and needs none."""
    if os.name != "posix":
        return
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sync_files(directory: Path) -> None:
    """Make what the files of a directory hold durable."""
    for path in directory.rglob("*"):
        if path.is_file():
            with path.open("r+b") as file:
                os.fsync(file.fileno())
