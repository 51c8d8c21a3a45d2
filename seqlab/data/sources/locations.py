"""Where a dataset's files are: the directories that are searched, and the published names, addresses and checksums.

The order is: `data.path` alone if it is given; else `$SEQLAB_DATA_DIR/<dataset>/`, then `<cache>/datasets/<dataset>/`,
to which published files are downloaded if they are in neither.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import platformdirs

from seqlab import files
from seqlab.data.records import SourceFile
from seqlab.errors import DataError, RequestError


@dataclass(frozen=True)
class PublishedFile:
    """A file as its authors publish it. A local file is official if its size and checksum are these.

    Without a checksum, its size can only show that a file is another one.
    """

    name: str
    address: str
    size: int | None = None
    sha256: str | None = None
    md5: str | None = None
    mirrors: tuple[str, ...] = ()
    """More addresses of the same bytes, tried in this order after `address`."""

    @property
    def addresses(self) -> tuple[str, ...]:
        return (self.address, *self.mirrors)

    @property
    def checksum(self) -> tuple[str, str] | None:
        """The strongest published checksum: algorithm and hexadecimal digits."""
        known = (("sha256", self.sha256), ("md5", self.md5))
        return next(((algorithm, digits) for algorithm, digits in known if digits is not None), None)


class FilesMissing(RequestError):
    """The files of a dataset are in none of the searched directories."""


def cache_directory() -> Path:
    """`$SEQLAB_CACHE_DIR`, else the platform's cache directory: `datasets/` and prepared data live below it."""
    chosen = os.environ.get("SEQLAB_CACHE_DIR")
    if not chosen:
        return platformdirs.user_cache_path("seqlab")
    return files.chosen_path(chosen, "SEQLAB_CACHE_DIR").absolute()


def cached(dataset: str) -> Path:
    """The directory to which the files of `dataset` are downloaded."""
    return cache_directory() / "datasets" / dataset


def offline() -> bool:
    """Whether `SEQLAB_OFFLINE` forbids the network."""
    return os.environ.get("SEQLAB_OFFLINE", "").strip().lower() not in {"", "0", "false", "no"}


def searched(dataset: str, path: str | None = None) -> list[Path]:
    """The directories or files to search for `dataset`, in order.

    A `path` is searched alone, so that a user who sets it never gets other data.
    """
    if path is not None:
        return [Path(path)]
    data_directory = os.environ.get("SEQLAB_DATA_DIR")
    local = [files.chosen_path(data_directory, "SEQLAB_DATA_DIR").absolute() / dataset] if data_directory else []
    return [*local, cached(dataset)]


def not_found(
    dataset: str, expected: Sequence[str], published: Sequence[PublishedFile], path: str | None = None
) -> FilesMissing:
    """The error with the files to get and where to put them. `expected`: the names that were searched for."""
    locations = searched(dataset, path)
    lines = [f"the files of the dataset '{dataset}' are not on this machine", "looked in:"]
    lines += [f"  {location}{'' if location.exists() else ' (does not exist)'}" for location in locations]
    if path is None and "SEQLAB_DATA_DIR" not in os.environ:
        lines.append(f"  ($SEQLAB_DATA_DIR/{dataset} would come first, but SEQLAB_DATA_DIR is not set)")
    lines.append(f"for: {' or '.join(expected)}")
    why = "SEQLAB_OFFLINE is set: " if offline() else ""
    for file in published:
        size = f" ({file.size:,} bytes)" if file.size else ""
        lines.append(f"{why}get {file.name}{size} from {file.address}")
        target = locations[0] if locations[0].name == file.name else locations[0] / file.name
        lines.append(f"and put it at {target}")
    return FilesMissing("\n".join(lines))


def missing(path: Path) -> str:
    """The message for a file that is not there."""
    return files.why_impossible(path) or f"there is no file {path}; correct the path or put the file there"


def file_source(path: Path, published: Sequence[PublishedFile] = ()) -> SourceFile:
    """Name, size and sha256 of a file, and whether it is a published one (None: nothing to compare with).

    Raises RequestError if there is no such file, DataError if it cannot be read.
    """
    if path.is_dir():
        raise RequestError(f"{path} is a directory; expected a file (for a directory of texts, use name: text_folder)")
    if not path.exists():
        raise RequestError(missing(path))
    refuse_streams(path)
    try:
        before, size, sha256 = version(path), path.stat().st_size, files.sha256_of_file(path)
        official = _is_one_of(path, size, sha256, published) if published else None
    except OSError as error:
        raise unreadable(path, error) from error
    return SourceFile(path.name, str(path), size, sha256, official, before)


def refuse_streams(path: Path) -> None:
    """Raises RequestError for what is neither a file nor a directory."""
    if not path.is_file() and not path.is_dir():
        raise RequestError(f"{path} is a pipe or a device, but data are read more than once: write them to a file")


def directory_source(directory: Path, members: Iterable[Path], *, official: bool | None = None) -> SourceFile:
    """A directory as one source: the total size of its `members`, and one sha256 of their names and contents."""
    digest, total, before = hashlib.sha256(), 0, version(directory)
    for name, path in sorted((path.relative_to(directory).as_posix(), path) for path in members):
        content = read_bytes(path)
        digest.update(f"{name}\n{len(content)}\n".encode("utf-8", errors="surrogateescape"))
        digest.update(content)
        total += len(content)
    return SourceFile(directory.name, str(directory), total, digest.hexdigest(), official, before)


def version(path: Path) -> str:
    """A text that changes whenever a file, or any file of a directory, is written or replaced.

    Not the content, but inode, size and times: a file that was exchanged and put back has the same content again, and
    what was read in between is another one.
    """
    found = [path.stat()]
    for folder, _, names in os.walk(path):
        found += [Path(folder, name).stat() for name in sorted(names)]
    lines = (f"{each.st_ino} {each.st_size} {each.st_mtime_ns} {each.st_ctime_ns}" for each in found)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def refuse_changed(sources: Iterable[SourceFile]) -> None:
    """Raises DataError if a source was written or replaced since it was hashed: what was read may be other content."""
    for source in sources:
        try:
            unchanged = version(Path(source.path)) == source.version
        except OSError:
            unchanged = False
        if not unchanged:
            raise DataError(
                f"{source.path} changed while it was read: start again when it is complete and no program writes to it"
            )


def read_bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise unreadable(path, error) from error


def unreadable(path: Path, error: OSError) -> DataError:
    return DataError(f"{path} cannot be read: {error.strerror or error}; check the file and its permissions")


def digest(path: Path, algorithm: str) -> str:
    """Hexadecimal digits. `usedforsecurity=False` allows md5 on systems that restrict it."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.new(algorithm, usedforsecurity=False)).hexdigest()


def _is_one_of(path: Path, size: int, sha256: str, published: Sequence[PublishedFile]) -> bool | None:
    possible = [known for known in published if known.size in {None, size}]
    if any(_is(path, sha256, known) for known in possible):
        return True
    return None if any(known.checksum is None for known in possible) else False


def _is(path: Path, sha256: str, known: PublishedFile) -> bool:
    """Whether the file has the published checksum. An md5 is computed only if no sha256 is published."""
    if known.checksum is None:
        return False
    algorithm, digits = known.checksum
    return digits == (sha256 if algorithm == "sha256" else digest(path, algorithm))
