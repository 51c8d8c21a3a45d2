"""Atomic file writes: every file and directory that seqlab writes is either complete or absent.

A file is written under a temporary name beside its target, flushed to disk and renamed; a directory is filled under a
temporary name and renamed. A crash at any moment leaves the old state or the new one.
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
    """Write text as UTF-8 with `\\n` line ends on every platform. Lone surrogates are escaped."""
    write_bytes(path, content.encode("utf-8", errors="backslashreplace"))


def write_json(path: Path, value: Any, *, indent: int | None = 2) -> None:
    """Write a value as JSON. Raises ValueError for NaN and infinities."""
    write_text(path, json.dumps(value, ensure_ascii=False, indent=indent, allow_nan=False) + "\n")


def read_json(path: Path) -> Any:
    """Read a JSON file. Raises OSError, or ValueError for invalid JSON."""
    with path.open(encoding="utf-8") as file:
        try:
            return json.load(file)
        except RecursionError as error:
            raise ValueError("nested too deep") from error


@contextlib.contextmanager
def new_directory(path: Path) -> Iterator[Path]:
    """Yield a temporary directory that is renamed to `path` when the block succeeds and removed when it raises.

    If `path` exists by then (another process wrote the same content first), the new directory is dropped.
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
    """Yield an empty directory beside `path`, to be renamed by the caller; it is removed at exit if it still exists."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f"{path.name}.tmp-{os.getpid()}")
    shutil.rmtree(temporary, ignore_errors=True)
    try:
        temporary.mkdir()  # inside the try: a signal may arrive right after it
        yield temporary
    finally:
        _remove(temporary)


def _remove(directory: Path) -> None:
    """Remove a directory if it exists. A signal that arrives meanwhile is raised after the removal."""
    try:
        shutil.rmtree(directory, ignore_errors=True)
    except BaseException:
        shutil.rmtree(directory, ignore_errors=True)
        raise


def sweep(directory: Path, name: str = "*") -> None:
    """Remove temporary files and directories of killed processes. The caller must hold the directory's lock."""
    for leftover in directory.glob(f"{name}.tmp-*"):
        if leftover.is_dir():
            shutil.rmtree(leftover, ignore_errors=True)
        else:
            leftover.unlink(missing_ok=True)


def sha256_of_file(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def checksums(directory: Path, paths: Iterable[Path]) -> dict[str, str]:
    """Relative path in `directory` → sha256, for each file."""
    return {path.relative_to(directory).as_posix(): sha256_of_file(path) for path in sorted(paths)}


def changed(directory: Path, paths: Iterable[Path], recorded: Mapping[str, str]) -> list[str]:
    """Names in `recorded` (from `checksums`) whose file is no longer among `paths` or has another checksum."""
    now = checksums(directory, paths)
    return [name for name, digest in recorded.items() if now.get(name) != digest]


def sync_directory(path: Path) -> None:
    """Make renames in `path` durable. Windows offers no such call and needs none."""
    if os.name != "posix":
        return
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sync_files(directory: Path) -> None:
    """Flush every file below a directory to disk."""
    for path in directory.rglob("*"):
        if path.is_file():
            with path.open("r+b") as file:
                os.fsync(file.fileno())
