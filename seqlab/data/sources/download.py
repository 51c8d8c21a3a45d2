"""Downloads published files: resumed, bounded in size, verified, and made by one process at a time.

The received part of `NAME` is `NAME.part` (see `partial_file.py`). `NAME` appears by a rename, after its size and
checksum were verified. docs/architecture.md says why `pooch` does not do this.
"""

from __future__ import annotations

import contextlib
import errno
import re
import shutil
import socket
import ssl
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from http.client import HTTPException, HTTPMessage, HTTPResponse
from pathlib import Path
from typing import IO
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit

from filelock import FileLock, Timeout

from seqlab.data.sources import locations
from seqlab.data.sources.locations import PublishedFile
from seqlab.data.sources.partial_file import Origin, PartialFile
from seqlab.errors import RequestError, SeqlabError
from seqlab.progress import SILENT, Progress

CHUNK = 1 << 16
LARGEST = 4 << 30
"""Bytes: the limit for files whose size is not known."""

TEMPORARY_STATUS = {408, 429, 500, 502, 503, 504}
"""HTTP status codes after which a retry may succeed."""
PERMANENT_ERRORS = (socket.gaierror, ConnectionRefusedError, ssl.SSLCertVerificationError)
"""Errors that a retry does not cure; the first is raised without a network."""
NO_SPACE = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


@dataclass(frozen=True)
class RetryPolicy:
    """Timeouts and retries."""

    timeout: float = 30.0
    """Seconds without data, while connecting, waiting for the response and receiving."""
    attempts: int = 4
    """Per address."""
    pause: float = 1.0
    """Seconds before the second attempt; doubled before each further one."""


def fetch(
    file: PublishedFile, directory: Path, progress: Progress = SILENT, *, policy: RetryPolicy = RetryPolicy()
) -> Path:
    """The path of a published file in `directory`, downloaded if it is missing.

    Raises SeqlabError with the addresses that were tried, the reasons, and where to put the file by hand.
    """
    target = directory / file.name
    if target.exists():
        return target
    if locations.offline():
        raise RequestError(f"SEQLAB_OFFLINE is set: {_by_hand(file, target)}")
    try:
        directory.mkdir(parents=True, exist_ok=True)
        with _locked(target, progress):
            if not target.exists():
                _download(file, target, progress, policy)
    except OSError as error:
        if error.errno in NO_SPACE:
            raise _no_space(target, file.size) from error
        raise SeqlabError(
            f"{target} cannot be written ({error.strerror or error}): correct the permissions, or set "
            "SEQLAB_CACHE_DIR to another directory"
        ) from error
    return target


@contextlib.contextmanager
def _locked(target: Path, progress: Progress) -> Iterator[None]:
    """Hold the file's lock, which the system releases with the process; waiting is reported."""
    lock = FileLock(f"{target}.lock")
    try:
        lock.acquire(timeout=0)
    except Timeout:
        progress.say(f"{target.name} is being downloaded by another process: waiting")
        lock.acquire(poll_interval=0.1)
    try:
        yield
    finally:
        lock.release()


def _download(file: PublishedFile, target: Path, progress: Progress, policy: RetryPolicy) -> None:
    """Try all addresses in turn. Raises SeqlabError if all fail, OSError for errors of the disk."""
    part = PartialFile(target)
    failures = []
    for address in file.addresses:
        try:
            _download_from(address, file, part, progress, policy)
        except _Failure as failure:
            failures.append(f"  {address}: {failure}")
        else:
            part.move_to(target)
            return
    kept = "run the command again to resume the download; or " if part.size() else ""
    raise SeqlabError("\n".join([f"{file.name} could not be downloaded:", *failures, kept + _by_hand(file, target)]))


def _download_from(
    address: str, file: PublishedFile, part: PartialFile, progress: Progress, policy: RetryPolicy
) -> None:
    """Retry one address until success or a permanent error. Raises _Failure."""
    pauses = [policy.pause * 2**attempt for attempt in range(policy.attempts - 1)]
    for pause in [*pauses, None]:
        try:
            resumed = _receive(address, file, part, progress, policy)
            _verify(file, part, resumed)
            return
        except _Failure as failure:
            if failure.discard:
                part.discard()
            if pause is None or not failure.temporary:
                raise
            progress.say(f"{address}: {failure}; retrying in {pause:g} s")
        time.sleep(pause)


def _receive(address: str, file: PublishedFile, part: PartialFile, progress: Progress, policy: RetryPolicy) -> bool:
    """Receive the rest of the partial file. Returns whether it was resumed."""
    origin_before, received = part.resumable(address)
    if origin_before and received == origin_before.size:
        return True
    with _request(address, origin_before, received, policy) as response:
        start, origin = _parsed(response, address)
        if start and (origin_before is None or start != received or not origin_before.agrees_with(origin)):
            raise _Failure("the file has changed since its first part was received", temporary=True, discard=True)
        if origin.size is not None and file.size not in {None, origin.size}:
            raise _Failure(f"the file has {origin.size:,} bytes, expected {file.size:,}")
        if start == 0:
            part.start(origin)
        expected = file.size if origin.size is None else origin.size
        if expected is not None and shutil.disk_usage(part.path.parent).free < expected - start:
            raise _no_space(part.path, expected - start)
        _copy(response, part, start, expected, progress, policy)
    return start > 0


def _copy(
    response: HTTPResponse, part: PartialFile, start: int, expected: int | None, progress: Progress, policy: RetryPolicy
) -> None:
    """Append the body of a response to the partial file of `start` bytes, up to the expected size."""
    what = f"downloading {part.name}" + (f" from byte {start:,}" if start else "")
    left = None if expected is None else expected - start
    received, most = start, LARGEST if expected is None else expected
    with progress.step(what, left, "bytes") as step, part.path.open("ab") as file:
        while chunk := _next_chunk(response, policy):
            received += len(chunk)
            if received > most:
                raise _Failure(f"it has more than the {most:,} bytes expected", discard=True)
            file.write(chunk)
            step.advance(len(chunk))
    if expected is not None and received < expected:
        raise _Failure(f"the connection closed after {received:,} of {expected:,} bytes", temporary=True)


def _verify(file: PublishedFile, part: PartialFile, resumed: bool) -> None:
    """Compare size and checksum with the published ones. After a resume the first part may be bad: retry from zero."""
    problem = ""
    if file.size not in {None, part.size()}:
        problem = f"it has {part.size():,} bytes, expected {file.size:,}"
    elif file.checksum is not None:
        algorithm, expected = file.checksum
        if (actual := locations.digest(part.path, algorithm)) != expected:
            problem = f"its {algorithm} is {actual}, expected {expected}"
    if problem:
        raise _Failure(f"{problem}: it was removed", temporary=resumed, discard=True)


class _Failure(Exception):
    """Why an attempt failed. `temporary`: a retry may succeed. `discard`: the received bytes are useless."""

    def __init__(self, reason: str, *, temporary: bool = False, discard: bool = False) -> None:
        super().__init__(reason)
        self.temporary, self.discard = temporary, discard


class _SafeRedirects(urllib.request.HTTPRedirectHandler):
    """Follows redirects, except from https to http and to other protocols."""

    def redirect_request(
        self, req: urllib.request.Request, fp: IO[bytes], code: int, msg: str, headers: HTTPMessage, newurl: str
    ) -> urllib.request.Request | None:
        if urlsplit(newurl).scheme not in {"https", req.type}:
            fp.close()
            raise _Failure(f"refused the redirect to {newurl}, which is not https")
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def _request(address: str, before: Origin | None, received: int, policy: RetryPolicy) -> HTTPResponse:
    """The response, for the missing bytes only if there is a first part. Raises _Failure."""
    headers = {"User-Agent": "seqlab", "Accept-Encoding": "identity"}
    if before:
        headers |= {"Range": f"bytes={received}-", "If-Range": before.validator}
    request = urllib.request.Request(address, headers=headers)
    try:
        return urllib.request.build_opener(_SafeRedirects).open(request, timeout=policy.timeout)
    except HTTPError as error:
        error.close()
        out_of_range = error.code == 416
        reason = f"the server returned {error.code} {error.reason.partition(chr(10))[0]}"
        temporary = out_of_range or error.code in TEMPORARY_STATUS
        raise _Failure(reason, temporary=temporary, discard=out_of_range) from error
    except (OSError, HTTPException) as error:
        raise _broken(error, policy) from error


def _parsed(response: HTTPResponse, address: str) -> tuple[int, Origin]:
    """The first byte that a response sends, and its origin. Raises _Failure."""
    etag = response.headers.get("ETag", "")
    validator = etag if etag.startswith('"') else response.headers.get("Last-Modified", "")
    if response.status == 200:
        return 0, Origin(address, validator, response.length)
    span = re.fullmatch(r"bytes (\d+)-\d+/(\d+)", response.headers.get("Content-Range", ""))
    if response.status != 206 or span is None:
        reason = f"the server returned {response.status} {response.reason}, which is not valid here"
        raise _Failure(reason, temporary=response.status == 206, discard=True)
    return int(span[1]), Origin(address, validator, int(span[2]))


def _next_chunk(response: HTTPResponse, policy: RetryPolicy) -> bytes:
    try:
        return response.read1(CHUNK)
    except (OSError, HTTPException) as error:
        raise _broken(error, policy) from error


def _broken(error: Exception, policy: RetryPolicy) -> _Failure:
    reason = error.reason if isinstance(error, URLError) else error
    if isinstance(reason, TimeoutError):
        return _Failure(f"no data for {policy.timeout:g} s", temporary=True)
    return _Failure(f"the connection failed ({reason})", temporary=not isinstance(reason, PERMANENT_ERRORS))


def _no_space(path: Path, needed: int | None) -> SeqlabError:
    free = shutil.disk_usage(path.parent).free
    amount = "more" if needed is None else f"{needed:,}"
    return SeqlabError(
        f"the disk is too full for {path}: {amount} bytes are needed, {free:,} are free; free some, or set "
        "SEQLAB_CACHE_DIR to another directory"
    )


def _by_hand(file: PublishedFile, target: Path) -> str:
    size = f" ({file.size:,} bytes)" if file.size else ""
    return f"get {file.name}{size} from {file.address} and put it at {target}"
