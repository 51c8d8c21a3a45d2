"""Reads the files in tar, tar.gz and zip archives, and refuses archives that are unsafe or damaged.

`members` yields the files one after the other without unpacking to disk; `extract` writes them into a directory. Both
raise DataError, and `extract` leaves nothing behind, for

- a name that points outside the directory, is invalid on Windows, or collides with another name;
- a member that is neither a file nor a directory;
- more members or more unpacked bytes than `Bounds` allows;
- an archive that is truncated or fails a checksum.

`tarfile` and `zipfile` parse the formats. What they do not check is checked here: `tarfile` takes a damaged header
after the first one for the end of the archive, and reads extended headers of any size into memory.
"""

from __future__ import annotations

import gzip
import io
import shutil
import stat
import tarfile
import zipfile
import zlib
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import IO, Self

from seqlab import files
from seqlab.data.sources.archive_checks import BOUNDS, DAMAGE, OFFICIAL, Bounds, Checks, unusable
from seqlab.text_format import quoted

CHUNK = 1 << 20
END_OF_ARCHIVE = bytes(tarfile.BLOCKSIZE)
"""The block after the last member of a tar archive."""
LARGEST_EXTENSION = 1 << 14
"""Bytes of an extended tar header, which holds a path, timestamps and attributes. `tarfile` takes quadratic time."""
LARGEST_DIRECTORY = 64 << 20
"""Bytes of a zip's central directory that are scanned before it is parsed: 400 for each of the most members."""


class Member:
    """A file in an archive: its relative name with `/` as separator, its size, and its content.

    The content can be read until the next member is requested.
    """

    __slots__ = ("_archive", "_left", "_stream", "header", "name", "size")

    def __init__(
        self, archive: Path, name: str, size: int, stream: IO[bytes], header: tarfile.TarInfo | None = None
    ) -> None:
        self.name, self.size, self.header = name, size, header
        self._archive, self._stream, self._left = archive, stream, size

    def read(self, size: int = -1) -> bytes:
        """Up to `size` bytes, or all that are left. Raises DataError where the archive is damaged."""
        requested = self._left if size < 0 else min(size, self._left)
        if requested == 0:
            return b""
        try:
            content = self._stream.read(requested)
            if len(content) < requested:
                raise EOFError("it ends too early")
        except (OSError, *DAMAGE) as error:
            raise unusable(self._archive, error) from error
        self._left -= requested
        return content


def members(archive: Path, bounds: Bounds = BOUNDS, *, remedy: str = OFFICIAL) -> Generator[Member, None, None]:
    """The files in an archive, in its order. Raises DataError; see the top of this file. `remedy`: what to do with an
    unsafe one.

    A zip is checked before its first member is yielded. A tar is checked while it is read: use what was read from it
    only after the iteration has completed.
    """
    try:
        with archive.open("rb") as file:
            checks = Checks(archive, bounds, remedy)
            start = file.read(4)
            file.seek(0)
            if start in {b"PK\3\4", b"PK\5\6"}:
                yield from _zip_members(file, checks)
            elif start.startswith(b"\x1f\x8b"):
                with gzip.open(file) as unpacked, io.BufferedReader(unpacked, CHUNK) as stream:
                    yield from _tar_members(stream, checks)
            else:
                yield from _tar_members(file, checks)
    except (OSError, *DAMAGE) as error:
        raise unusable(archive, error) from error


def extract(archive: Path, directory: Path, bounds: Bounds = BOUNDS) -> None:
    """Write the files of an archive into `directory`, which appears complete or not at all; an existing one is kept.

    Only names and contents are used: no permissions, owners, times or empty directories. Raises DataError, and OSError
    where the files cannot be written.
    """
    for _ in members(archive, bounds):  # check everything first: the bad member may be the last of 100,000
        pass
    with files.new_directory(directory) as temporary:
        for member in members(archive, bounds):
            if member.header is not None:
                tarfile.data_filter(member.header, str(temporary))  # a second opinion on the checks of this file
            path = temporary / member.name
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("xb") as file:
                shutil.copyfileobj(member, file, CHUNK)


def _zip_members(file: IO[bytes], checks: Checks) -> Iterator[Member]:
    checks.check_count(_headers_in_directory(file))
    with zipfile.ZipFile(file) as archive:
        entries = []
        for entry in archive.infolist():
            checks.add_member(entry.file_size)
            _check_entry(entry, checks)
            if entry.orig_filename.endswith("/"):
                checks.add_directory(entry.orig_filename)
            else:
                entries.append((checks.add_file(entry.orig_filename), entry))
        for name, entry in entries:
            with archive.open(entry) as stream:
                yield Member(checks.archive, name, entry.file_size, stream)


def _headers_in_directory(file: IO[bytes]) -> int:
    """About how many members a zip has, before `zipfile` creates an object for each (12 µs).

    The end record (APPNOTE.TXT 4.3.16: 22 bytes and a comment) has the size of the central directory before it at
    offset 12; in a large zip, two records of 76 bytes are between them. The record's own count is not trusted.
    """
    tail = _last(file, 22 + 0xFFFF)
    end = tail.rfind(b"PK\5\6")
    size = min(int.from_bytes(tail[end + 12 : end + 16], "little"), LARGEST_DIRECTORY)
    return _last(file, size + 76 + len(tail) - end).count(b"PK\1\2")


def _last(file: IO[bytes], size: int) -> bytes:
    file.seek(max(file.seek(0, io.SEEK_END) - size, 0))
    return file.read(size)


def _check_entry(entry: zipfile.ZipInfo, checks: Checks) -> None:
    name = quoted(entry.orig_filename)
    kind = stat.S_IFMT(entry.external_attr >> 16)
    if kind not in {0, stat.S_IFREG, stat.S_IFDIR}:
        raise checks.refused(f"{name} is a link or a device")
    if entry.flag_bits & 1:
        raise checks.refused(f"{name} is encrypted")
    if entry.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
        raise checks.refused(f"{name} uses compression method {entry.compress_type}; only deflate is supported")


def _tar_members(stream: IO[bytes], checks: Checks) -> Iterator[Member]:
    """The files in a tar archive, whose stream is read to its end, where gzip verifies its checksum."""
    headers = _HeaderStream(stream, checks)
    with tarfile.TarFile(
        fileobj=headers,  # type: ignore[arg-type]  # reading needs these three methods only
        mode="r",
        tarinfo=_Header,
        encoding="utf-8",
        errors="replace",
    ) as archive:
        while header := archive.next():
            archive.members.clear()  # type: ignore[attr-defined]  # no stub; official IMDB would fill 70 MB
            is_regular = header.type in {tarfile.REGTYPE, tarfile.AREGTYPE}
            if header.size < 0:  # Python before 3.11.14 would read the archive forever (CVE-2025-8194)
                raise tarfile.ReadError("negative size in a header")
            if is_regular and not header.name.endswith("/"):
                if header.issparse():
                    raise checks.refused(f"{quoted(header.name)} is a sparse file")
                checks.add_bytes(header.size)
                member = Member(checks.archive, checks.add_file(header.name), header.size, stream, header)
                yield member
                while member.read(CHUNK):
                    pass
            elif (is_regular or header.isdir()) and header.size == 0:
                checks.add_directory(header.name.removesuffix("/") + "/")
            else:
                raise checks.refused(f"{quoted(header.name)} is neither a file nor a directory")
    if headers.last != END_OF_ARCHIVE:
        raise tarfile.ReadError("invalid header" if len(headers.last) == tarfile.BLOCKSIZE else "truncated header")
    while rest := stream.read(CHUNK):
        checks.add_bytes(len(rest))


class _HeaderStream:
    """The stream of an archive as `tarfile` reads it: headers and extended headers, counted and bounded.

    `last` is the last block that was read: `tarfile` silently stops at a damaged header after the first one.
    """

    def __init__(self, stream: IO[bytes], checks: Checks) -> None:
        self._stream, self._checks = stream, checks
        self.tell, self.seek = stream.tell, stream.seek
        self.last = b""

    def read(self, size: int) -> bytes:
        if size < 0:
            raise tarfile.ReadError("negative size in a header")
        if size > LARGEST_EXTENSION:
            raise self._checks.refused(f"an extended header of {size:,} bytes is too large")
        self.last = self._stream.read(size)
        if size == tarfile.BLOCKSIZE and self.last != END_OF_ARCHIVE:
            self._checks.add_member(size)
        else:
            self._checks.add_bytes(size)
        return self.last


class _Header(tarfile.TarInfo):
    """Parses the header of a regular file with a short name without `tarfile`'s 13 fields, 6 times as fast.

    50,000 reviews are loaded in 1.6 s instead of 2.2 s. No check depends on this.
    """

    @classmethod
    def frombuf(cls, buf: bytes | bytearray, encoding: str, errors: str) -> Self:
        if not _is_short_header(buf):
            return super().frombuf(buf, encoding, errors)
        header = cls()
        header.name = buf[:100].partition(b"\0")[0].decode(encoding, errors)
        header.size = int(buf[124:136].strip(b" \0"), 8)
        return header


def _is_short_header(buf: bytes | bytearray) -> bool:
    """Whether a header is that of a regular file, with a name of at most 100 bytes and a correct checksum.

    POSIX ustar: name at 0, size in octal digits at 124, checksum at 148, type at 156, the name's prefix at 345. The
    checksum is the sum of the bytes, its own 8 counted as spaces.
    """
    size, checksum = buf[124:136].strip(b" \0"), buf[148:156]
    digits = checksum.strip(b" \0")
    is_short = buf[156:157] == tarfile.REGTYPE and buf[345:346] == b"\0" and size.isdigit() and digits.isdigit()
    return is_short and _byte_sum(buf) - sum(checksum) + 8 * ord(" ") == int(digits, 8)


def _byte_sum(block: bytes | bytearray) -> int:
    """The sum of up to 512 bytes, ten times as fast as `sum`: half of Adler-32 is 1 + the sum, modulo 65,521."""
    return (zlib.adler32(block[:256]) & 0xFFFF) + (zlib.adler32(block[256:]) & 0xFFFF) - 2
