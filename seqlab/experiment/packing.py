"""A run as one file: a tar archive that begins with the checksums of all others, and is unpacked only if they hold.

Nothing of an archive is trusted: it is read with the checks of all archives (`seqlab/data/sources/archives.py`), and
holds the files of its list, and no other.
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
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any, BinaryIO

from seqlab import files
from seqlab.data.sources.archive_checks import Bounds, DamagedArchiveError
from seqlab.data.sources.archives import Member, members
from seqlab.errors import DataError, RequestError, SeqlabError
from seqlab.interruption import Interruption
from seqlab.runs import contents, lock, runs_directory
from seqlab.runs.run import Run
from seqlab.runs.runs_directory import KEYWORDS

FORMAT = 1
"""Version of packed runs."""
MANIFEST = "seqlab-run.json"
"""The first file of the archive: `format`, `run`, and of every other file its `sha256` and its size in `bytes`."""
ENDINGS = {".tar": "w", ".tar.gz": "w:gz", ".tgz": "w:gz"}
"""Of archives → how they are written."""
LARGEST_MANIFEST = 1 << 24
"""Bytes: some hundred thousand names."""
RECORD, CHECKPOINTS, BLOCK = "run.json", "checkpoints/", 1 << 20
GZIP, USTAR, MAGIC = b"\x1f\x8b", b"ustar", 257  # at byte 257 of the header of a tar archive
RUN_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,199}", re.ASCII)
AGAIN = "pack the run again, or ask for another copy"
DAMAGED = f"it was changed: {AGAIN}"
BOUNDS = Bounds(members=contents.MOST_ENTRIES, size=1 << 42, ratio=2_000)
"""The manifest says how many bytes are written, and the free space how many may be: gzip packs no better than this."""


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
    RequestError for an ending that names no format, for a path in the run and for an unsafe run, DataError if a file
    was changed after training, SeqlabError while a process writes the run, and Stopped after a signal.
    """
    ending = ending_of(path)
    if ending is None:
        raise RequestError(f"{path} has no ending of an archive: give {', '.join(ENDINGS)}")
    if path.resolve().is_relative_to(run.directory.resolve()):
        raise RequestError(f"{path} is in the folder of run {run.id}, which is packed: choose another folder")
    run.refuse_unsafe_contents()
    # Nobody writes a run in a folder that cannot be written, and no lock can be taken there.
    locked = lock.hold(run.lock_file) if os.access(run.directory, os.W_OK) else contextlib.nullcontext()
    with Interruption(), locked:
        run.refuse_changes()
        foreign = set(contents.foreign_files(run.directory, run.recorded_files()))
        found = {name: each for name, each in _files_of(run).items() if checkpoints or not name.startswith(CHECKPOINTS)}
        chosen = {name: each for name, each in found.items() if name not in foreign}
        records = {
            name: {"sha256": files.sha256_of_file(each), "bytes": each.stat().st_size} for name, each in chosen.items()
        }
        manifest = {"format": FORMAT, "run": run.id, "files": records}
        written = _time_of(run)
        with files.new_file(path) as file, _archive(file, compressed=ending != ".tar") as archive:
            _add(archive, MANIFEST, io.BytesIO(json.dumps(manifest, indent=1).encode()), written)
            for name, each in chosen.items():
                with files.open_regular(each) as content:
                    _add(archive, f"{run.id}/{name}", content, written)
    return Packed(run, len(records), _total(records), tuple(sorted(foreign)))


def unpack(path: Path, runs_dir: Path) -> Packed:
    """Bring a packed run into a folder of runs, whole or not at all.

    Raises DataError for an archive that is damaged or unsafe, RequestError for what is no packed run, for a later
    format and if the id of the run is taken, SeqlabError if it cannot be written, and Stopped after a signal.
    """
    with Interruption() as interruption, _opened(path) as (name, records, rest):
        if RECORD not in records:
            raise DataError(f"{path} holds no {RECORD}, and so no run: {AGAIN}")
        runs_directory.refuse_unwritable(runs_dir)
        target = runs_dir.absolute() / name
        if os.path.lexists(target):
            raise _taken(name, runs_dir)
        try:
            with files.temporary_directory(runs_directory.hidden(runs_dir, name)) as directory:
                with lock.hold(Run(directory).lock_file):  # tells others that this process is alive
                    _refuse_lack_of_space(directory, _total(records))
                    _extract(rest, path, directory, name, records)
                    _refuse_unreadable(Run(directory), path)
                    files.sync_files(directory)
                with interruption.deferred():
                    directory.rename(target)
                    files.sync_directory(target.parent)
            runs_directory.sweep(runs_dir)
        except OSError as error:
            if os.path.lexists(target):  # by another process, in the meantime
                raise _taken(name, runs_dir) from error
            raise runs_directory.unwritable(runs_dir, error) from error
    return Packed(Run(target), len(records), _total(records))


def verify(path: Path) -> str:
    """Read a packed run and compare all its checksums; returns the id of the run. Raises as `unpack`."""
    with _opened(path) as (name, records, rest):
        _extract(rest, path, None, name, records)
    return name


def _files_of(run: Run) -> dict[str, Path]:
    """Path in the run → file, sorted; without the lock and what a crash left."""
    found = {each.relative_to(run.directory).as_posix(): each for each in run.directory.rglob("*") if each.is_file()}
    return {
        name: found[name]
        for name in sorted(found)
        if name != run.lock_file.name and not any(files.is_temporary(Path(part)) for part in name.split("/"))
    }


def _time_of(run: Run) -> int:
    """When the run ended, or else began: the time of its files is another one for each copy."""
    metadata = run.metadata()
    recorded = metadata.get("ended") or metadata.get("started")
    if recorded is None:
        return 0
    time = datetime.fromisoformat(recorded)
    return max(0, int((time if time.tzinfo else time.replace(tzinfo=UTC)).timestamp()))


def _taken(name: str, runs_dir: Path) -> RequestError:
    return RequestError(f"there is a run {name} in {runs_dir}: move or delete it first, or choose --runs-dir")


def _refuse_unreadable(unpacked: Run, path: Path) -> None:
    """Raises DataError for what is no run, with the name of the archive instead of that of a temporary folder."""
    try:
        unpacked.refuse_unsafe_contents()
        unpacked.metadata()
    except RequestError as error:
        reason = str(error).replace(f"{unpacked.directory}{os.sep}", "").replace(str(unpacked.directory), "it")
        reason = reason.removesuffix(f": {contents.RESTORE}")
        raise DataError(f"{path} holds no run that can be read: {reason}: {AGAIN}") from error


def _total(records: Mapping[str, Any]) -> int:
    return sum(each["bytes"] for each in records.values())


@contextlib.contextmanager
def _archive(file: BinaryIO, *, compressed: bool) -> Iterator[tarfile.TarFile]:
    """An archive to write; the time of a gzip header would make each one different."""
    with contextlib.ExitStack() as stack:
        if compressed:
            file = stack.enter_context(gzip.GzipFile(filename="", fileobj=file, mode="wb", mtime=0))  # type: ignore[assignment]
        yield stack.enter_context(tarfile.open(fileobj=file, mode="w", format=tarfile.PAX_FORMAT))


def _add(archive: tarfile.TarFile, name: str, content: IO[bytes], modified: int) -> None:
    """Without owner and rights, which are of the machine that packs."""
    member = tarfile.TarInfo(name)
    member.size = content.seek(0, io.SEEK_END)
    content.seek(0)
    member.mtime = modified
    archive.addfile(member, content)


@contextlib.contextmanager
def _opened(path: Path) -> Iterator[tuple[str, dict[str, Any], Iterator[Member]]]:
    """The id of the run, path in it → `sha256` and `bytes`, and the files after the manifest."""
    if reason := files.why_not_regular(_status(path)):
        raise RequestError(f"{files.shortened(path)} is {reason}, and no packed run")
    if not _begins_as_packed(path):
        raise _no_packed_run(path)
    try:
        with contextlib.closing(members(path, BOUNDS, remedy=AGAIN)) as rest:
            first = next(rest, None)
            if first is None or first.name != MANIFEST or first.size > LARGEST_MANIFEST:
                raise _no_packed_run(path)
            yield *_manifest(first.read(), path), rest
    except DamagedArchiveError as error:
        raise DataError(f"{path} is cut off or was changed ({error.reason}): {AGAIN}") from error


def _no_packed_run(path: Path) -> RequestError:
    return RequestError(f"{files.shortened(path)} is no packed run: `seqlab pack RUN -o FILE` writes one")


def _begins_as_packed(path: Path) -> bool:
    """Whether a file is packed by gzip, or begins as a tar archive of this kind does."""
    try:
        with path.open("rb") as file:
            start = file.read(tarfile.BLOCKSIZE)
    except OSError as error:
        raise _cannot_read(path, error) from error
    return start.startswith((GZIP, MANIFEST.encode())) or start[MAGIC : MAGIC + len(USTAR)] == USTAR


def _status(path: Path) -> os.stat_result:
    try:
        return path.stat()
    except FileNotFoundError as error:
        raise RequestError(f"there is no file {files.shortened(path)}") from error
    except OSError as error:
        raise _cannot_read(path, error) from error


def _cannot_read(path: Path, error: OSError) -> RequestError:
    return RequestError(
        f"cannot read {files.shortened(path)}: {error.strerror or error}; check the file and its rights"
    )


def _manifest(content: bytes, path: Path) -> tuple[str, dict[str, Any]]:
    """Raises DataError unless all of it is sound, RequestError for another format. Names are checked later."""
    try:
        manifest = json.loads(content)
        version, name, records = manifest["format"], manifest["run"], manifest["files"]
        if type(version) is not int or version < 1:
            raise ValueError("its format is no number")
        if version != FORMAT:
            raise RequestError(f"{path} has format {version!s:.20}; this version of seqlab reads {FORMAT}: update it")
        if not RUN_ID.fullmatch(name) or name in KEYWORDS:
            raise ValueError("it names no run")
        if lock.FILE in records:
            raise ValueError(f"it names {lock.FILE}")
        for each, record in records.items():
            size = record["bytes"]
            if type(size) is not int or size < 0 or not re.fullmatch(r"[0-9a-f]{64}", record["sha256"]):
                raise ValueError(f"size or checksum of {each!r:.80}")
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise DataError(f"the list of files in {path} is not sound ({error}): {DAMAGED}") from error
    return name, records


def _refuse_lack_of_space(directory: Path, needed: int) -> None:
    free = shutil.disk_usage(directory).free
    if needed > free:
        raise SeqlabError(f"the run needs {needed:,} bytes, and {free:,} are free in {directory.parent}: free some")


def _extract(
    rest: Iterator[Member], path: Path, directory: Path | None, run: str, records: Mapping[str, Mapping[str, Any]]
) -> None:
    """Write, or only check, every file that was announced, once. Raises DataError for anything else."""
    missing = dict(records)
    for member in rest:
        name = member.name.removeprefix(f"{run}/")
        record = missing.pop(name, None) if member.name == f"{run}/{name}" else None
        if record is None or member.size != record["bytes"]:
            raise DataError(f"{path} holds {member.name!r:.80}, which is not in its list of files: {DAMAGED}")
        if _copied(member, directory, name) != record["sha256"]:
            raise DataError(f"{name} in {path} has another checksum than its list of files says: {DAMAGED}")
    if missing:
        lost = f"{len(missing):,} of {len(records):,} files"
        raise DataError(f"{path} ends before {min(missing)!r:.80} ({lost}): {DAMAGED}")


def _copied(content: Member, directory: Path | None, name: str) -> str:
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
