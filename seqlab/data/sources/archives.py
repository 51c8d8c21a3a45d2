"""Archives (tar, tar.gz, zip) from anywhere, read so that a hostile one can do no more than be refused.

`members` gives the files in an archive one after the other, `extract` puts them into a folder. Both raise DataError,
and `extract` leaves nothing behind, when a name leads out of the folder or means something else to Windows, when two
names would be one place, when a member is neither a file nor a folder, and when there are more members or bytes than
`Bounds` allows; also when the archive is damaged.

Tar is read here, without `tarfile`: its safe extraction is missing from Python 3.11.0 to 3.11.3 and could be led astray
until 2025, it takes extended headers of any size into memory, and it makes an object of every header (50,000 reviews
cost 1.8 s so and 0.9 s here, of which gzip takes 0.5 s).
"""

from __future__ import annotations

import gzip
import io
import re
import shutil
import stat
import struct
import unicodedata
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from seqlab import files
from seqlab.data.sources import locations
from seqlab.errors import DataError
from seqlab.text_format import quoted

CHUNK = 1 << 20
BLOCK = 512
"""Bytes: tar counts in them."""
FREE = 16 << 20
"""Bytes that any archive may unpack to: a small one of repetitive text passes every ratio."""
LARGEST_EXTENSION = 1 << 16
"""Bytes of an extended tar header; a real one holds a path and some times."""
LARGEST_DIRECTORY = 64 << 20
"""Bytes of a zip's directory that are looked at before it is read: 400 for each of the most members."""
LONGEST_NAME = 255
"""Characters: Windows allows little more for a whole path."""

DAMAGE = (EOFError, ValueError, NotImplementedError, struct.error, zlib.error, gzip.BadGzipFile, zipfile.BadZipFile)
"""What the readers below and those of Python raise at bytes that make no sense. ZIP features unknown to Python too."""

FORBIDDEN = re.compile(
    r"""(?P<empty> ^$ )
    | (?P<leaving> ^\.\.$ )
    | (?P<control> [\x00-\x1f\x7f] )
    | (?P<windows> [<>:"\\|?*] | [ .]$ | ^(?:con|conin\$|conout\$|prn|aux|nul|(?:com|lpt)[\d¹²³])(?:\.|$) )""",
    re.VERBOSE | re.IGNORECASE,
)
"""What no part of a name may be, or hold."""
REASONS = {
    "empty": "has an empty part",
    "leaving": "leads out of its folder",
    "control": "holds a control character",
    "windows": "means something else on Windows",
}


@dataclass(frozen=True)
class Bounds:
    """How much an archive may hold. Official IMDB has 100,000 members; GloVe's unpacks to 2.3 GB; text to 4:1."""

    members: int = 150_000
    size: int = 4 << 30
    """Bytes, unpacked."""
    ratio: int = 100
    """Unpacked to packed bytes, beyond the first `FREE`."""

    def most_bytes(self, packed: int) -> int:
        return min(self.size, max(FREE, self.ratio * packed))


BOUNDS = Bounds()


class Member:
    """A file in an archive: its name (relative, parts separated by `/`), its size, its content while its turn lasts."""

    __slots__ = ("_archive", "_left", "_stream", "name", "size")

    def __init__(self, archive: Path, name: str, size: int, stream: IO[bytes]) -> None:
        self.name, self.size = name, size
        self._archive, self._stream, self._left = archive, stream, size

    def read(self, size: int = -1) -> bytes:
        """Up to `size` bytes, or all that are left. Raises DataError where the archive is damaged."""
        wanted = self._left if size < 0 else min(size, self._left)
        if wanted == 0:
            return b""
        try:
            content = _exactly(self._stream, wanted)
        except (OSError, *DAMAGE) as error:
            raise unusable(self._archive, error) from error
        self._left -= wanted
        return content


def members(archive: Path, bounds: Bounds = BOUNDS) -> Iterator[Member]:
    """The files in an archive, in its order; each can be read until the next is asked for.

    A zip is checked before its first member is given, a tar as it goes on: what was read from it counts only when the
    iteration has ended well. Raises DataError; see the top of this file.
    """
    try:
        with archive.open("rb") as file:
            claims = _Claims(archive, bounds)
            start = file.read(4)
            file.seek(0)
            if start in {b"PK\3\4", b"PK\5\6"}:
                yield from _zip_members(file, claims)
            elif start.startswith(b"\x1f\x8b"):
                with gzip.open(file) as unpacked, io.BufferedReader(unpacked, CHUNK) as stream:
                    yield from _tar_members(stream, claims)
            else:
                yield from _tar_members(file, claims)
    except (OSError, *DAMAGE) as error:
        raise unusable(archive, error) from error


def extract(archive: Path, folder: Path, bounds: Bounds = BOUNDS) -> None:
    """Put the files of an archive into `folder`, which appears whole or not at all; one that is there stays.

    Only names and contents are taken: no permissions, owners, times, nor folders without a file. Raises DataError;
    OSError where the files cannot be written.
    """
    for _ in members(archive, bounds):  # a bad member may be the last of a hundred thousand: none is written then
        pass
    with files.new_directory(folder) as temporary:
        for member in members(archive, bounds):
            place = temporary / member.name
            place.parent.mkdir(parents=True, exist_ok=True)
            with place.open("xb") as file:
                shutil.copyfileobj(member, file, CHUNK)


class _Claims:
    """What an archive has claimed so far: how much it holds, and which places its names take."""

    def __init__(self, archive: Path, bounds: Bounds) -> None:
        self.archive = archive
        self._bounds = bounds
        self._most_bytes = bounds.most_bytes(archive.stat().st_size)
        self._members = self._bytes = 0
        self._folders = {""}
        self._taken: dict[str, str] = {}

    def member(self, size: int) -> None:
        """One more member, whatever it is."""
        self._members += 1
        self.in_all(self._members)
        self.more(size)

    def in_all(self, members: int) -> None:
        if members > self._bounds.members:
            raise self.refused(f"it has more than {self._bounds.members:,} members")

    def more(self, size: int) -> None:
        self._bytes += size
        if self._bytes > self._most_bytes:
            raise self.refused(f"it would unpack to more than {self._most_bytes:,} bytes")

    def file(self, name: str) -> str:
        """The name of a file as it may be used: safe, and not yet taken."""
        name = self._relative(name)
        self._take(name)
        return name

    def folder(self, name: str) -> None:
        self._enter(self._relative(name).removesuffix("/"))

    def refused(self, reason: str) -> DataError:
        return DataError(
            f"{self.archive} is refused, and nothing of it is kept: {reason}. No archive of data needs this: get it "
            "from where it is published"
        )

    def _relative(self, name: str) -> str:
        if name.startswith("/"):
            raise self.refused(f"the name {quoted(name)} is absolute")
        if len(name) > LONGEST_NAME:
            raise self.refused(f"the name {quoted(name)} has {len(name):,} characters")
        return name.removeprefix("./")

    def _enter(self, folder: str) -> None:
        """A folder may be named as often as one likes."""
        if folder not in self._folders:
            self._take(folder)
            self._folders.add(folder)

    def _take(self, name: str) -> None:
        """Names that differ only in case or in how an accent is written are one place on Windows and macOS."""
        folder, _, last = name.rpartition("/")
        if problem := FORBIDDEN.search(last):
            raise self.refused(f"the name {quoted(name)} {REASONS[str(problem.lastgroup)]}")
        self._enter(folder)
        place = name.lower() if name.isascii() else unicodedata.normalize("NFC", name).casefold()
        if place in self._taken:
            raise self.refused(f"{quoted(self._taken[place])} and {quoted(name)} are one place")
        self._taken[place] = name


def _zip_members(file: IO[bytes], claims: _Claims) -> Iterator[Member]:
    claims.in_all(_headers_in_directory(file))
    with zipfile.ZipFile(file) as archive:
        wanted = []
        for entry in archive.infolist():
            claims.member(entry.file_size)
            _check_entry(entry, claims)
            if entry.orig_filename.endswith("/"):
                claims.folder(entry.orig_filename)
            else:
                wanted.append((claims.file(entry.orig_filename), entry))
        for name, entry in wanted:
            with archive.open(entry) as stream:
                yield Member(claims.archive, name, entry.file_size, stream)


def _headers_in_directory(file: IO[bytes]) -> int:
    """How many members a zip seems to have, before `zipfile` makes an object of each (12 µs).

    The end record (APPNOTE.TXT 4.3.16: 22 bytes and a comment) tells the size of the directory before it at 12; in a
    large zip two records of 76 bytes lie between. What it tells of their number is not asked: the headers are counted.
    """
    tail = _last(file, 22 + 0xFFFF)
    end = tail.rfind(b"PK\5\6")
    size = min(int.from_bytes(tail[end + 12 : end + 16], "little"), LARGEST_DIRECTORY)
    return _last(file, size + 76 + len(tail) - end).count(b"PK\1\2")


def _last(file: IO[bytes], size: int) -> bytes:
    file.seek(max(file.seek(0, io.SEEK_END) - size, 0))
    return file.read(size)


def _check_entry(entry: zipfile.ZipInfo, claims: _Claims) -> None:
    name = quoted(entry.orig_filename)
    kind = stat.S_IFMT(entry.external_attr >> 16)
    if kind not in {0, stat.S_IFREG, stat.S_IFDIR}:
        raise claims.refused(f"{name} is a link or a device")
    if entry.flag_bits & 1:
        raise claims.refused(f"{name} is encrypted")
    if entry.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
        raise claims.refused(f"{name} is packed by method {entry.compress_type}; only deflate is read")


def _tar_members(stream: IO[bytes], claims: _Claims) -> Iterator[Member]:
    """The files in a tar archive, read to its very end (where gzip checks its sum).

    A member is a header of 512 bytes (POSIX ustar: name at 0, size in octal digits at 124, their sum at 148, type at
    156, what goes before the name at 345) and its content, padded to a multiple of 512. A header of zeros ends the
    archive. A name that is too long for its header comes in a member before it, of GNU's type L or POSIX's type x.
    """
    name, padding = "", 0
    while any(header := stream.read(padding + BLOCK)[padding:]):
        kind, size = header[156:157], _size_in(header)
        padding = -size % BLOCK
        claims.member(BLOCK + size + padding)
        if kind in b"LKxg":
            name = _name_ahead(kind, _extension(stream, size, claims), claims) or name
        else:
            name = name or _name_in(header)
            if kind in b"0\0" and not name.endswith("/"):
                member = Member(claims.archive, claims.file(name), size, stream)
                yield member
                while member.read(CHUNK):
                    pass
            elif kind in b"0\x005" and size == 0:
                claims.folder(name)
            else:
                raise claims.refused(f"{quoted(name)} is neither a file nor a folder")
            name = ""
    if len(header) < BLOCK:
        raise EOFError("the mark of its end is missing")
    while rest := stream.read(CHUNK):
        claims.more(len(rest))


def _size_in(header: bytes) -> int:
    """The size of a member. Raises ValueError where the header is none, which its checksum tells."""
    try:
        size, claimed = int(header[124:136].strip(b" \0") or b"0", 8), int(header[148:156].strip(b" \0"), 8)
    except ValueError:
        raise ValueError("a header makes no sense") from None
    if len(header) < BLOCK or size < 0 or claimed != _sum(header) - sum(header[148:156]) + 8 * ord(" "):
        raise ValueError("a header does not add up")
    return size


def _sum(header: bytes) -> int:
    """The sum of up to 512 bytes, ten times as fast as `sum`: Adler's first half is 1 + the sum, modulo 65,521."""
    return (zlib.adler32(header[:256]) & 0xFFFF) + (zlib.adler32(header[256:]) & 0xFFFF) - 2


def _name_in(header: bytes) -> str:
    name = header[:100].partition(b"\0")[0]
    before = header[345:500].partition(b"\0")[0] if header[257:263] == b"ustar\0" else b""
    return (before + b"/" + name if before else name).decode("utf-8", errors="replace")


def _extension(stream: IO[bytes], size: int, claims: _Claims) -> bytes:
    if size > LARGEST_EXTENSION:
        raise claims.refused(f"an extended header of {size:,} bytes is too large")
    return _exactly(stream, size)


def _name_ahead(kind: bytes, content: bytes, claims: _Claims) -> str:
    """The name that an extended header gives to the next member, if it gives one."""
    if kind == b"L":
        return content.partition(b"\0")[0].decode("utf-8", errors="replace")
    records = dict(_records(content)) if kind == b"x" else {}
    if any(key == b"size" or key.startswith(b"GNU.sparse") for key in records):
        raise claims.refused("it holds a file with holes, or one beyond 8 GiB")
    return records.get(b"path", b"").decode("utf-8", errors="replace")


def _records(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Keys and values of POSIX's extended header: records `LENGTH KEY=VALUE\\n`, the length of the whole record."""
    start = 0
    while start < len(content):
        space = content.index(b" ", start)
        end = start + int(content[start:space])
        if end <= space:
            raise ValueError("an extended header makes no sense")
        key, _, value = content[space + 1 : end - 1].partition(b"=")
        yield key, value
        start = end


def _exactly(stream: IO[bytes], size: int) -> bytes:
    content = stream.read(size)
    if len(content) < size:
        raise EOFError("it ends too early")
    return content


def unusable(archive: Path, error: Exception) -> DataError:
    """What reading raised, as a person should read it."""
    if isinstance(error, OSError) and not isinstance(error, gzip.BadGzipFile):
        return locations.unreadable(archive, error)
    return DataError(f"{archive} is damaged or was not downloaded whole ({error}); delete it and get it again")
