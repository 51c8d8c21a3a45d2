"""Atomic file writes and careful reads: every file and directory that seqlab writes is either complete or absent.

A file is written under a temporary name beside its target, flushed to disk and renamed; a directory is filled under a
temporary name and renamed. A crash at any moment leaves the old state or the new one.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import json
import os
import re
import shutil
import stat
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, BinaryIO

from seqlab.errors import RequestError

MARK = ".seqlab-tmp-"
"""Before the number of the process that writes, at the end of temporary names: none of a user's files is called so."""
LONGEST_KEPT = 200
"""Characters of a name that its temporary name keeps: with the ending, it must not become too long for the disk."""
LONGEST_SHOWN = 80
"""Characters of a path that messages repeat where it may be too long to be one."""
LARGEST_FILE = 1 << 29
"""Bytes. The largest JSON files are vocabularies; one of a million tokens has 40 MB."""
DEEPEST_JSON = 100
"""Levels of nesting. A config may have 64."""
MOST_DIGITS = 20
"""Digits of an integer; those of 64 bits have 19 and a sign."""


def write_bytes(path: Path, content: bytes) -> None:
    """Write `content` to `path` atomically and durably."""
    with _replacement(path) as file:
        file.write(content)


@contextlib.contextmanager
def _replacement(path: Path) -> Iterator[BinaryIO]:
    """Yield a temporary file that takes the place of `path`, durably, when the block succeeds."""
    temporary = path.with_name(f"{path.name[:LONGEST_KEPT]}{MARK}{os.getpid()}")
    try:
        with temporary.open("wb") as file:
            yield file
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


class NotRegularError(OSError):
    """A path is a link, a folder, a FIFO or a device where a file is expected."""


def open_regular(path: Path) -> BinaryIO:
    """Open a regular file for reading. Raises NotRegularError for anything else, and never waits.

    A symbolic link may point anywhere, opening a FIFO waits for a writer, and a device may have no end.
    """
    if reason := why_not_regular(path.lstat()):
        raise NotRegularError(errno.EINVAL, f"it is {reason}, not a regular file", str(path))
    # The flags are for what replaces the file between both calls; Windows has neither.
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    return os.fdopen(os.open(path, flags), "rb")


def why_not_regular(status: os.stat_result) -> str:
    """What an entry of a folder is if it is not a regular file (`lstat`): `a symbolic link`, …; empty if it is one."""
    if stat.S_ISREG(status.st_mode):
        return ""
    kinds = {stat.S_ISLNK: "a symbolic link", stat.S_ISDIR: "a folder", stat.S_ISFIFO: "a FIFO"}
    return next((name for is_kind, name in kinds.items() if is_kind(status.st_mode)), "a device or socket")


def read_bytes(path: Path, largest: int = LARGEST_FILE) -> bytes:
    """The content of a regular file of at most `largest` bytes. Raises OSError."""
    with open_regular(path) as file:
        content = file.read(min(os.fstat(file.fileno()).st_size, largest) + 1)  # it allocates so much
    if len(content) > largest:
        raise OSError(errno.EFBIG, f"it is larger than {largest / 1e6:,.0f} MB", str(path))
    return content


def read_json(path: Path) -> Any:
    """Read a JSON file. Raises OSError, or ValueError as `parse_json`."""
    return parse_json(read_bytes(path).decode("utf-8"))


def refuse_newer(path: Path, content: object, newest: int, name: str = "format") -> None:
    """Raises RequestError for a file of a later version of seqlab: one whose value `name` is above `newest`."""
    version = content.get(name) if isinstance(content, dict) else None
    if type(version) is int and version > newest:
        raise RequestError(
            f"{path} was written by a newer seqlab ({name} {version}; this one reads up to {newest}): upgrade seqlab "
            "to read it"
        )


def parse_json(text: str) -> Any:
    """Parse JSON. Raises ValueError for invalid JSON and for what no file of seqlab contains.

    Bounded are the depth of nesting and the size of integers: converting an integer of 400 digits fails in many places.
    """
    try:
        content = json.loads(text, parse_int=_integer)
    except RecursionError as error:
        raise ValueError("nested too deep") from error
    if _depth(content) > DEEPEST_JSON:
        raise ValueError("nested too deep")
    return content


def _integer(digits: str) -> int:
    if len(digits) > MOST_DIGITS:
        raise ValueError(f"an integer of {len(digits)} digits")
    return int(digits)


def _depth(content: Any) -> int:
    """How deep mappings and lists are nested: 0 for a plain value. Not recursive, because the content may be."""
    depth, level = 0, [content]
    while level := [each for each in level if isinstance(each, dict | list)]:
        depth += 1
        if depth > DEEPEST_JSON:
            break
        level = [item for each in level for item in (each.values() if isinstance(each, dict) else each)]
    return depth


def chosen_path(text: str | os.PathLike[str], chosen_by: str) -> Path:
    """The file or directory that a user names, with `~` expanded. `chosen_by`: the variable or option that names it.

    Raises RequestError if it starts with `~` and an unknown user, or if nothing can have this path.
    """
    try:
        path = Path(text).expanduser()
    except RuntimeError:
        message = f"{chosen_by} is {os.fspath(text)!r}, but there is no such user: write the whole path"
        raise RequestError(message) from None
    if reason := why_impossible(path):
        raise RequestError(f"{chosen_by}: {reason}")
    return path


def why_impossible(path: Path) -> str:
    """Why no file or directory can have this path, such as a name that is too long; empty if one can."""
    try:
        path.lstat()
    except OSError as error:
        if error.errno != errno.ENAMETOOLONG:
            return _url_in(path)  # else the message of whoever opens it is better
        reason = error.strerror
    except ValueError as error:  # a null character
        reason = str(error)
    else:
        return ""
    return f"nothing can have the path {shortened(path)!r} ({reason}): use a shorter one of printable characters"


def _url_in(path: Path) -> str:
    """What is wrong with a path that was a URL, whose second slash is lost; empty for any other."""
    found = re.fullmatch(r"(?:.*/)?((?:https?|ftp|s3|gs):)/(.*)", path.as_posix(), re.IGNORECASE)
    does_not = "is a URL, from which nothing is downloaded: download the file yourself and give its path"
    return f"{found[1]}//{found[2]} {does_not}" if found else ""


def shortened(path: Path) -> str:
    """The path for a message, cut if it is very long."""
    return str(path) if len(str(path)) <= LONGEST_SHOWN else f"{str(path)[: LONGEST_SHOWN - 1]}…"


@contextlib.contextmanager
def new_file(path: Path) -> Iterator[BinaryIO]:
    """Yield a file to write that takes the name `path`, and the rights of the file there, when the block succeeds.

    A link is followed; a pipe or a device is written to as it is.
    """
    path = path.resolve()
    if path.exists() and not path.is_file():
        with path.open("wb") as file:
            yield file
        return
    with _replacement(path) as file:
        if path.exists():
            shutil.copymode(path, file.name)
        yield file


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
    temporary = path.with_name(f"{path.name}{MARK}{os.getpid()}")
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


def is_temporary(path: Path) -> bool:
    """Whether a name is one under which a process of seqlab writes."""
    return path.name.rpartition(MARK)[1] != "" and path.name.rpartition(MARK)[2].isdecimal()


def sweep(directory: Path, name: str = "*") -> None:
    """Remove temporary files and directories of killed processes. The caller must hold the directory's lock."""
    for leftover in filter(is_temporary, directory.glob(f"{name}{MARK}*")):
        if leftover.is_dir():
            shutil.rmtree(leftover, ignore_errors=True)
        else:
            leftover.unlink(missing_ok=True)


def unshare(path: Path) -> None:
    """Give a file of several names (hard links) a copy of its own, so that writing in place changes no other file."""
    with contextlib.suppress(FileNotFoundError):
        if path.lstat().st_nlink > 1:
            write_bytes(path, read_bytes(path))


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
