"""Downloads that are whole or not there: resumed, bounded, verified, and made by one process at a time.

What has arrived of `NAME` lies beside it in `NAME.part`, with a note in `NAME.part.json` of the answer that the bytes
belong to. `NAME` itself appears by a rename, after its size and checksum were verified.

All of it rests on urllib. `pooch` throws away what a broken download left, knows one address a file, and neither locks
against a second process nor bounds what it writes; on `requests`, four packages, the same code would be as long.
"""

from __future__ import annotations

import contextlib
import errno
import os
import re
import shutil
import socket
import ssl
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from http.client import HTTPException, HTTPMessage, HTTPResponse
from pathlib import Path
from typing import IO
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit

from filelock import FileLock, Timeout

from seqlab import files
from seqlab.data.sources import locations
from seqlab.data.sources.locations import PublishedFile
from seqlab.errors import RequestError, SeqlabError
from seqlab.progress import SILENT, Progress

CHUNK = 1 << 16
LARGEST = 4 << 30
"""Bytes that are taken of a file whose size neither we nor the server know."""

BUSY = {408, 429, 500, 502, 503, 504}
"""Answers after which the same question may be answered better."""
LASTING = (socket.gaierror, ConnectionRefusedError, ssl.SSLCertVerificationError)
"""Errors that waiting a few seconds does not cure; the first is what a machine without a network says."""
NO_SPACE = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


@dataclass(frozen=True)
class Patience:
    """How long a server is waited for, and how often."""

    silence: float = 30.0
    """Seconds without a byte, in connecting, answering and sending."""
    attempts: int = 4
    """At each address."""
    pause: float = 1.0
    """Seconds before the second attempt; doubled before each one after it."""


def fetch(file: PublishedFile, folder: Path, progress: Progress = SILENT, *, patience: Patience = Patience()) -> Path:
    """The path of a published file in `folder`; it is downloaded if it is not there.

    Raises SeqlabError: which addresses were tried, why each failed, and where to put the file by hand.
    """
    target = folder / file.name
    if target.exists():
        return target
    if locations.offline():
        raise RequestError(f"SEQLAB_OFFLINE forbids the network: {_by_hand(file, target)}")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with _alone(target, progress):
            if not target.exists():
                _download(file, target, progress, patience)
    except OSError as error:
        if error.errno in NO_SPACE:
            raise _no_space(target, file.size) from error
        raise SeqlabError(
            f"{target} cannot be written ({error.strerror or error}): correct the permissions, or name another folder "
            "with SEQLAB_CACHE_DIR"
        ) from error
    return target


@contextlib.contextmanager
def _alone(target: Path, progress: Progress) -> Iterator[None]:
    """Hold the file's lock, which dies with its process; who waits for it is told so."""
    lock = FileLock(f"{target}.lock")
    try:
        lock.acquire(timeout=0)
    except Timeout:
        progress.say(f"{target.name} is being downloaded by another process: waiting for it")
        lock.acquire(poll_interval=0.1)
    try:
        yield
    finally:
        lock.release()


def _download(file: PublishedFile, target: Path, progress: Progress, patience: Patience) -> None:
    """From the first address that gives it. Raises SeqlabError when none does; OSError is the disk's."""
    part = _Part(target)
    failures = []
    for address in file.addresses:
        try:
            _persist(address, file, part, progress, patience)
        except _Failure as failure:
            failures.append(f"  {address}: {failure}")
        else:
            part.become(target)
            return
    kept = "another attempt goes on from what has arrived; or " if part.size() else ""
    raise SeqlabError("\n".join([f"{file.name} could not be downloaded:", *failures, kept + _by_hand(file, target)]))


def _persist(address: str, file: PublishedFile, part: _Part, progress: Progress, patience: Patience) -> None:
    """A few attempts at one address, while there is hope. Raises _Failure when there is none."""
    pauses = [patience.pause * 2**attempt for attempt in range(patience.attempts - 1)]
    for pause in [*pauses, None]:
        try:
            resumed = _receive(address, file, part, progress, patience)
            _verify(file, part, resumed)
            return
        except _Failure as failure:
            if failure.spoilt:
                part.drop()
            if pause is None or not failure.passing:
                raise
            progress.say(f"{address}: {failure}; trying again in {pause:g} s")
        time.sleep(pause)


def _receive(address: str, file: PublishedFile, part: _Part, progress: Progress, patience: Patience) -> bool:
    """Bring the part to its end. Returns whether some of it was there before."""
    before, have = part.resumable(address)
    if before and have == before.size:
        return True
    with _ask(address, before, have, patience) as response:
        start, origin = _understood(response, address)
        if start and (before is None or start != have or not before.agrees_with(origin)):
            raise _Failure("the file has changed there since its first part arrived", passing=True, spoilt=True)
        if origin.size is not None and file.size not in {None, origin.size}:
            raise _Failure(f"the file has {origin.size:,} bytes there, expected {file.size:,}")
        if start == 0:
            part.begin(origin)
        expected = file.size if origin.size is None else origin.size
        if expected is not None and shutil.disk_usage(part.path.parent).free < expected - start:
            raise _no_space(part.path, expected - start)
        _copy(response, part, start, expected, progress, patience)
    return start > 0


def _copy(
    response: HTTPResponse, part: _Part, start: int, expected: int | None, progress: Progress, patience: Patience
) -> None:
    """Append the body of an answer to the part, which has `start` bytes. Bounded by what is expected."""
    what = f"downloading {part.name}" + (f" from byte {start:,} on" if start else "")
    left = None if expected is None else expected - start
    received, most = start, LARGEST if expected is None else expected
    with progress.step(what, left, "bytes") as step, part.path.open("ab") as file:
        while chunk := _next_chunk(response, patience):
            received += len(chunk)
            if received > most:
                raise _Failure(f"it does not end after the {most:,} bytes expected", spoilt=True)
            file.write(chunk)
            step.advance(len(chunk))
    if expected is not None and received < expected:
        raise _Failure(f"the connection ended after {received:,} of {expected:,} bytes", passing=True)


def _verify(file: PublishedFile, part: _Part, resumed: bool) -> None:
    """Compare the part with what is published; after a resumption a problem may be the first part's: once more then."""
    problem = ""
    if file.size not in {None, part.size()}:
        problem = f"it has {part.size():,} bytes, expected {file.size:,}"
    elif file.checksum is not None:
        algorithm, expected = file.checksum
        if (found := locations.digest(part.path, algorithm)) != expected:
            problem = f"its {algorithm} is {found}, expected {expected}"
    if problem:
        raise _Failure(f"{problem}: it was removed", passing=resumed, spoilt=True)


class _Failure(Exception):
    """Why an attempt failed. `passing`: another may succeed. `spoilt`: what has arrived is worth nothing."""

    def __init__(self, reason: str, *, passing: bool = False, spoilt: bool = False) -> None:
        super().__init__(reason)
        self.passing, self.spoilt = passing, spoilt


@dataclass(frozen=True)
class _Origin:
    """The answer that the bytes of a part belong to. `validator`: a strong ETag or a date; empty if there is none."""

    address: str
    validator: str
    size: int | None

    def agrees_with(self, later: _Origin) -> bool:
        """Whether a later answer speaks of the same bytes. It may leave out the validator, as the size may be new."""
        return later.validator in {"", self.validator} and self.size in {None, later.size}


class _Part:
    """What has arrived of a file."""

    def __init__(self, target: Path) -> None:
        self.name = target.name
        self.path = target.with_name(f"{target.name}.part")
        self._note = target.with_name(f"{target.name}.part.json")

    def size(self) -> int:
        return self.path.stat().st_size if self.path.exists() else 0

    def resumable(self, address: str) -> tuple[_Origin | None, int]:
        """Where the bytes came from and how many they are, if more of them can be had from `address`."""
        try:
            origin = _Origin(**files.read_json(self._note))
        except (OSError, ValueError, TypeError):
            return None, 0
        have = self.size()
        return (origin, have) if have and origin.validator and origin.address == address else (None, 0)

    def begin(self, origin: _Origin) -> None:
        """Emptied before the note is written: a crash in between leaves nothing that the note does not describe."""
        self.path.write_bytes(b"")
        files.write_json(self._note, asdict(origin))

    def drop(self) -> None:
        self.path.unlink(missing_ok=True)
        self._note.unlink(missing_ok=True)

    def become(self, target: Path) -> None:
        with self.path.open("r+b") as file:
            os.fsync(file.fileno())
        self.path.replace(target)
        self._note.unlink(missing_ok=True)
        files.sync_directory(target.parent)


class _SafeRedirects(urllib.request.HTTPRedirectHandler):
    """Follows redirects, but none from https to what is not encrypted, and none to another protocol."""

    def redirect_request(
        self, req: urllib.request.Request, fp: IO[bytes], code: int, msg: str, headers: HTTPMessage, newurl: str
    ) -> urllib.request.Request | None:
        if urlsplit(newurl).scheme not in {"https", req.type}:
            fp.close()
            raise _Failure(f"it is redirected to {newurl}, which is not https: not followed")
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def _ask(address: str, before: _Origin | None, have: int, patience: Patience) -> HTTPResponse:
    """The server's answer; to the question for the rest if there is a first part. Raises _Failure."""
    headers = {"User-Agent": "seqlab", "Accept-Encoding": "identity"}
    if before:
        headers |= {"Range": f"bytes={have}-", "If-Range": before.validator}
    request = urllib.request.Request(address, headers=headers)
    try:
        return urllib.request.build_opener(_SafeRedirects).open(request, timeout=patience.silence)
    except HTTPError as error:
        error.close()
        out_of_range = error.code == 416
        reason = f"the server answers {error.code} {error.reason.partition(chr(10))[0]}"
        raise _Failure(reason, passing=out_of_range or error.code in BUSY, spoilt=out_of_range) from error
    except (OSError, HTTPException) as error:
        raise _broken(error, patience) from error


def _understood(response: HTTPResponse, address: str) -> tuple[int, _Origin]:
    """From which byte on an answer goes, and what it belongs to. Raises _Failure."""
    etag = response.headers.get("ETag", "")
    validator = etag if etag.startswith('"') else response.headers.get("Last-Modified", "")
    if response.status == 200:
        return 0, _Origin(address, validator, response.length)
    span = re.fullmatch(r"bytes (\d+)-\d+/(\d+)", response.headers.get("Content-Range", ""))
    if response.status != 206 or span is None:
        reason = f"the server answers {response.status} {response.reason}, which makes no sense"
        raise _Failure(reason, passing=response.status == 206, spoilt=True)
    return int(span[1]), _Origin(address, validator, int(span[2]))


def _next_chunk(response: HTTPResponse, patience: Patience) -> bytes:
    try:
        return response.read1(CHUNK)
    except (OSError, HTTPException) as error:
        raise _broken(error, patience) from error


def _broken(error: Exception, patience: Patience) -> _Failure:
    reason = error.reason if isinstance(error, URLError) else error
    if isinstance(reason, TimeoutError):
        return _Failure(f"nothing came for {patience.silence:g} s", passing=True)
    return _Failure(f"no connection, or a broken one ({reason})", passing=not isinstance(reason, LASTING))


def _no_space(path: Path, needed: int | None) -> SeqlabError:
    free = shutil.disk_usage(path.parent).free
    amount = "more" if needed is None else f"{needed:,}"
    return SeqlabError(
        f"the disk is too full for {path}: {amount} bytes are needed, {free:,} are free; free some, or name another "
        "folder with SEQLAB_CACHE_DIR"
    )


def _by_hand(file: PublishedFile, target: Path) -> str:
    size = f" ({file.size:,} bytes)" if file.size else ""
    return f"get {file.name}{size} from {file.address} and put it at {target}"
