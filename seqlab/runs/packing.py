"""A run as one file: a tar archive that begins with the checksums of all others, and is unpacked only if they hold.

Nothing of an archive is trusted: names lead nowhere but into the new run, and no more is written than was announced.
"""

from __future__ import annotations

import contextlib
import gzip
import hashlib
import io
import json
import os
import re
import shutil
import tarfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, BinaryIO, TypeVar

from seqlab import files
from seqlab.errors import RequestError, SeqlabError, describe_system_error
from seqlab.runs import contents, lock
from seqlab.runs.run import Run
from seqlab.runs.runs_directory import KEYWORDS

Result = TypeVar("Result")

FORMAT = 1
"""Version of packed runs."""
MANIFEST = "seqlab-run.json"
"""The first file of the archive: `format`, `run`, and of every other file its `sha256` and its size in `bytes`."""
ENDINGS = {".tar": "w", ".tar.gz": "w:gz", ".tgz": "w:gz"}
"""Of archives → how they are written."""
LARGEST_MANIFEST = 1 << 24
"""Bytes: some hundred thousand names."""
BLOCK = 1 << 20
RUN_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,199}", re.ASCII)
NAME = re.compile(r"[^\x00-\x1f\x7f/\\:*?\"<>|]{1,200}")
"""A part of a path that every file system takes."""
DAMAGED = "it is damaged: pack the run again, or fetch the file again"


@dataclass(frozen=True)
class Packed:
    """What was packed or unpacked."""

    run: Run
    files: int
    bytes: int
    """Of the files, before compression."""
    left_out: tuple[str, ...] = ()
    """Files in the run's folder that are not part of the archive."""


def ending_of(path: Path) -> str | None:
    """`.tar`, `.tar.gz` or `.tgz`; None for other names."""
    return next((ending for ending in ENDINGS if path.name.lower().endswith(ending)), None)


def pack(run: Run, path: Path, *, checkpoints: bool = True) -> Packed:
    """Write a run to an archive. The same run gives the same bytes, whenever and by whomever it is packed.

    `checkpoints`: with what continuing the training needs. Files that seqlab did not write are left out. Raises
    RequestError for an ending that names no format and for an unsafe run, DataError if a file was changed after
    training, and SeqlabError while a process writes the run.
    """
    ending = ending_of(path)
    if ending is None:
        raise RequestError(f"{path} has no ending of an archive: give {', '.join(ENDINGS)}")
    run.refuse_unsafe_contents()
    # Nobody writes a run in a folder that cannot be written, and no lock can be taken there.
    with lock.hold(run.lock_file) if os.access(run.directory, os.W_OK) else contextlib.nullcontext():
        run.refuse_changes()
        foreign = set(contents.foreign_files(run.directory, run.recorded_files()))
        found = {name: each for name, each in _files_of(run).items() if checkpoints or not _is_checkpoint(name)}
        chosen = {name: each for name, each in found.items() if name not in foreign}
        records = {
            name: {"sha256": files.sha256_of_file(each), "bytes": each.stat().st_size} for name, each in chosen.items()
        }
        manifest = {"format": FORMAT, "run": run.id, "files": records}
        with files.new_file(path) as file, _archive(file, compressed=ending != ".tar") as archive:
            _add(archive, MANIFEST, io.BytesIO(json.dumps(manifest, indent=1).encode()), None)
            for name, each in chosen.items():
                with files.open_regular(each) as content:
                    _add(archive, f"{run.id}/{name}", content, int(each.stat().st_mtime))
    return Packed(run, len(records), _total(records), tuple(sorted(foreign)))


def unpack(path: Path, runs_dir: Path) -> Packed:
    """Bring a packed run into a folder of runs, whole or not at all.

    Raises RequestError for what is no packed run, is damaged or is unsafe, and if the id of the run is taken;
    SeqlabError if it cannot be written.
    """
    with _reading(path) as archive:
        name, records = _manifest(archive, path)
        target = runs_dir.absolute() / name
        if target.exists() or target.is_symlink():
            raise RequestError(f"there is a run {name} in {runs_dir}: move or delete it first, or choose --runs-dir")
        with _writing(runs_dir), files.temporary_directory(target.with_name(f".{name}")) as directory:
            _refuse_lack_of_space(directory, _total(records))
            _extract(archive, path, directory, name, records)
            unpacked = Run(directory)
            unpacked.refuse_unsafe_contents()
            unpacked.metadata()
            files.sync_files(directory)
            directory.rename(target)
            files.sync_directory(target.parent)
    return Packed(Run(target), len(records), _total(records))


def verify(path: Path) -> str:
    """Read a packed run and compare all its checksums; returns the id of the run. Raises as `unpack`."""
    with _reading(path) as archive:
        name, records = _manifest(archive, path)
        _extract(archive, path, None, name, records)
    return name


def _files_of(run: Run) -> dict[str, Path]:
    """Path in the run → file, sorted; without the lock and what a crash left."""
    found = {each.relative_to(run.directory).as_posix(): each for each in run.directory.rglob("*") if each.is_file()}
    return {
        name: found[name]
        for name in sorted(found)
        if name != run.lock_file.name and not any(files.is_temporary(Path(part)) for part in name.split("/"))
    }


def _is_checkpoint(name: str) -> bool:
    return name.startswith("checkpoints/")


def _total(records: Mapping[str, Any]) -> int:
    return sum(each["bytes"] for each in records.values())


@contextlib.contextmanager
def _archive(file: BinaryIO, *, compressed: bool) -> Iterator[tarfile.TarFile]:
    """An archive to write; the time of a gzip header would make each one different."""
    with contextlib.ExitStack() as stack:
        if compressed:
            file = stack.enter_context(gzip.GzipFile(filename="", fileobj=file, mode="wb", mtime=0))  # type: ignore[assignment]
        yield stack.enter_context(tarfile.open(fileobj=file, mode="w", format=tarfile.PAX_FORMAT))


def _add(archive: tarfile.TarFile, name: str, content: IO[bytes], modified: int | None) -> None:
    """Without owner and rights, which are of the machine that packs."""
    member = tarfile.TarInfo(name)
    member.size = content.seek(0, io.SEEK_END)
    content.seek(0)
    member.mtime = modified or 0
    archive.addfile(member, content)


@contextlib.contextmanager
def _reading(path: Path) -> Iterator[tarfile.TarFile]:
    """The archive as a stream, which cannot lead back and forth. Raises RequestError for what is none."""
    try:
        with files.open_regular(path.resolve()) as file, _sound(tarfile.open)(fileobj=file, mode="r|*") as archive:
            yield archive
    except (tarfile.TarError, EOFError, zlib.error, gzip.BadGzipFile, UnicodeError) as error:
        raise RequestError(f"{path} cannot be read as a packed run ({error}): {DAMAGED}") from error
    except FileNotFoundError as error:
        raise RequestError(f"there is no file {files.shortened(path)}") from error
    except OSError as error:
        raise RequestError(f"cannot read {files.shortened(path)}: {error.strerror or error}") from error


def _sound(function: Callable[..., Result]) -> Callable[..., Result]:
    """A function of tarfile that raises TarError for every header that it cannot read: on some it fails with others."""

    def checked(*arguments: Any, **options: Any) -> Result:
        try:
            return function(*arguments, **options)
        except (ValueError, TypeError, IndexError, KeyError, OverflowError, AttributeError) as error:
            raise tarfile.ReadError(str(error)) from error

    return checked


@contextlib.contextmanager
def _writing(runs_dir: Path) -> Iterator[None]:
    """Turns an OSError of writing into a SeqlabError, so that it is not taken for one of reading."""
    try:
        yield
    except gzip.BadGzipFile:
        raise
    except OSError as error:
        raise SeqlabError(f"cannot unpack into {runs_dir}: {describe_system_error(error)}") from error


def _manifest(archive: tarfile.TarFile, path: Path) -> tuple[str, dict[str, Any]]:
    """The id of the run, and path in it → `sha256` and `bytes`. Raises RequestError unless all of it is sound."""
    member = _sound(archive.next)()
    if member is None or member.name != MANIFEST or not member.isreg() or member.size > LARGEST_MANIFEST:
        raise RequestError(f"{path} is no packed run: `seqlab pack RUN -o FILE` writes one")
    content = archive.extractfile(member)
    try:
        manifest = json.loads(content.read() if content else b"")
        version, name, records = manifest["format"], manifest["run"], manifest["files"]
        if version != FORMAT:
            raise RequestError(f"{path} has format {version!s:.20}; this version of seqlab reads {FORMAT}: update it")
        if not RUN_ID.fullmatch(name) or name in KEYWORDS or len(records) > contents.MOST_ENTRIES:
            raise ValueError("it names no run")
        for each, record in records.items():
            _refuse_bad_record(each, record)
        if len({each.casefold() for each in records}) < len(records):
            raise ValueError("two files differ only in capitals")
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise RequestError(f"the list of files in {path} is not sound ({error}): {DAMAGED}") from error
    return name, records


def _refuse_bad_record(name: str, record: Mapping[str, Any]) -> None:
    parts = name.split("/")
    if len(parts) > contents.DEEPEST or not all(
        NAME.fullmatch(part) and not part.endswith((".", " ")) for part in parts
    ):
        raise ValueError(f"{name!r:.80} is no path of a run")
    size = record["bytes"]
    if type(size) is not int or size < 0 or not re.fullmatch(r"[0-9a-f]{64}", record["sha256"]):
        raise ValueError(f"size or checksum of {name!r:.80}")


def _refuse_lack_of_space(directory: Path, needed: int) -> None:
    free = shutil.disk_usage(directory).free
    if needed > free:
        raise SeqlabError(f"the run needs {needed:,} bytes, and {free:,} are free in {directory.parent}: free some")


def _extract(
    archive: tarfile.TarFile, path: Path, directory: Path | None, run: str, records: Mapping[str, Mapping[str, Any]]
) -> None:
    """Write, or only check, every file that was announced, once. Raises RequestError for anything else."""
    missing = dict(records)
    while (member := _sound(archive.next)()) is not None:  # iterating would begin with the manifest again
        name = member.name.removeprefix(f"{run}/")
        record = missing.pop(name, None) if member.name == f"{run}/{name}" else None
        if record is None or not member.isreg() or member.size != record["bytes"]:
            raise RequestError(f"{path} holds {member.name!r:.80}, which is not in its list of files: {DAMAGED}")
        content = archive.extractfile(member)
        if content is None or _copied(content, directory, name) != record["sha256"]:
            raise RequestError(f"{name} in {path} has another checksum than its list of files says: {DAMAGED}")
    if missing:
        raise RequestError(
            f"{path} ends before {min(missing)!r:.80} ({len(missing):,} of {len(records):,} files): {DAMAGED}"
        )


def _copied(content: IO[bytes], directory: Path | None, name: str) -> str:
    """The checksum of a file, after it was written to its place in `directory`, if there is one."""
    digest = hashlib.sha256()
    with contextlib.ExitStack() as stack:
        file = None
        if directory is not None:
            target = directory / name
            target.parent.mkdir(parents=True, exist_ok=True)
            file = stack.enter_context(target.open("xb"))
        while block := content.read(BLOCK):
            digest.update(block)
            if file is not None:
                file.write(block)
    return digest.hexdigest()
