"""What is checked of every archive: how much it contains, and that its names are safe and unique."""

from __future__ import annotations

import gzip
import re
import struct
import tarfile
import unicodedata
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path

from seqlab.data.sources import locations
from seqlab.errors import DataError
from seqlab.text_format import quoted

FREE = 16 << 20
"""Bytes that any archive may unpack to: a small archive of repetitive text exceeds every ratio."""
LONGEST_NAME = 255
"""Characters: the limit of many file systems."""
DOWNLOAD = "delete it and download it again"
"""What to do with a damaged archive."""

OFFICIAL = "download it again from its official address"
"""What to do with an unsafe one."""

DAMAGE = (
    EOFError, ValueError, NotImplementedError, RecursionError, struct.error, zlib.error, gzip.BadGzipFile,
    tarfile.TarError, zipfile.BadZipFile,
)  # fmt: skip
"""What the standard library raises for damaged archives, and for features of ZIP that it does not support."""

FORBIDDEN = re.compile(
    r"""(?P<empty> ^$ )
    | (?P<parent> ^\.\.$ )
    | (?P<control> [\x00-\x1f\x7f] )
    | (?P<windows> [<>:"\\|?*] | [ .]$ | ^(?:con|conin\$|conout\$|prn|aux|nul|(?:com|lpt)[\d¹²³])(?:\.|$) )""",
    re.VERBOSE | re.IGNORECASE,
)
"""Matches path components that are refused."""
REASONS = {
    "empty": "has an empty path component",
    "parent": "points outside the archive",
    "control": "contains a control character",
    "windows": "is not a valid file name on Windows",
}


@dataclass(frozen=True)
class Bounds:
    """How much an archive may contain. Official IMDB has 100,000 members; GloVe unpacks to 2.3 GB; text to 4:1."""

    members: int = 150_000
    size: int = 4 << 30
    """Bytes, unpacked."""
    ratio: int = 100
    """Unpacked to packed bytes, beyond the first `FREE`."""

    def most_bytes(self, packed: int) -> int:
        return min(self.size, max(FREE, self.ratio * packed))


BOUNDS = Bounds()


class Checks:
    """Totals and names of an archive so far, checked against its bounds and against each other."""

    def __init__(self, archive: Path, bounds: Bounds, remedy: str = OFFICIAL) -> None:
        self.archive, self._remedy = archive, remedy
        self._bounds = bounds
        self._most_bytes = bounds.most_bytes(archive.stat().st_size)
        self._members = self._bytes = 0
        self._directories = {""}
        self._names: dict[str, str] = {}

    def add_member(self, size: int) -> None:
        """Count a member of any kind."""
        self._members += 1
        self.check_count(self._members)
        self.add_bytes(size)

    def check_count(self, members: int) -> None:
        if members > self._bounds.members:
            raise self.refused(f"it has more than {self._bounds.members:,} members")

    def add_bytes(self, size: int) -> None:
        self._bytes += size
        if self._bytes > self._most_bytes:
            raise self.refused(f"it would unpack to more than {self._most_bytes:,} bytes")

    def add_file(self, name: str) -> str:
        """The name of a file, relative, once it is known to be safe and unique."""
        name = self._relative(name)
        self._add_name(name)
        return name

    def add_directory(self, name: str) -> None:
        self._enter(self._relative(name).removesuffix("/"))

    def refused(self, reason: str) -> DataError:
        return unsafe(self.archive, reason, self._remedy)

    def _relative(self, name: str) -> str:
        if name.startswith("/"):
            raise self.refused(f"the name {quoted(name)} is absolute")
        if len(name) > LONGEST_NAME:
            raise self.refused(f"the name {quoted(name)} has {len(name):,} characters")
        return name.removeprefix("./")

    def _enter(self, directory: str) -> None:
        """A directory may be named more than once."""
        if directory not in self._directories:
            self._add_name(directory)
            self._directories.add(directory)

    def _add_name(self, name: str) -> None:
        """Names that differ only in case or in Unicode's normal form are one file on Windows and macOS."""
        directory, _, last = name.rpartition("/")
        if problem := FORBIDDEN.search(last):
            raise self.refused(f"the name {quoted(name)} {REASONS[str(problem.lastgroup)]}")
        self._enter(directory)
        key = name.lower() if name.isascii() else unicodedata.normalize("NFC", name).casefold()
        if key in self._names:
            raise self.refused(f"{quoted(self._names[key])} and {quoted(name)} are the same file")
        self._names[key] = name


class DamagedArchiveError(DataError):
    """An archive that is truncated, was changed, or is none. `reason`: what reading it raised."""

    def __init__(self, archive: Path, reason: str, remedy: str) -> None:
        super().__init__(f"{archive} is damaged or incomplete ({reason}); {remedy}")
        self.reason = reason


def unsafe(archive: Path, reason: str, remedy: str = OFFICIAL) -> DataError:
    return DataError(f"{archive} is refused as unsafe: {reason}; {remedy}")


def unusable(archive: Path, error: Exception, remedy: str = DOWNLOAD) -> DataError:
    """The error for a person from one that reading raised."""
    if isinstance(error, OSError) and not isinstance(error, gzip.BadGzipFile):
        return locations.unreadable(archive, error)
    return DamagedArchiveError(archive, str(error), remedy)
