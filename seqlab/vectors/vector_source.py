"""Opens files of word vectors: as they are, packed by gzip, or as a member of a zip archive."""

from __future__ import annotations

import contextlib
import gzip
import re
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import IO

from seqlab.data.sources import archives
from seqlab.data.sources.archive_checks import BOUNDS, DAMAGE, DOWNLOAD, unsafe, unusable
from seqlab.data.sources.locations import missing, unreadable
from seqlab.errors import DataError, RequestError
from seqlab.text_format import quoted

ENDINGS = (".txt", ".vec", ".bin", ".gz", ".zip", ".npz")
"""How names of vector files usually end. Formats are recognized by content, except `.npz`."""
ABOUT = re.compile(r"(?:read.?me|licen[cs]e|copying|notice)\b|.*\.(?:md|rst|html|pdf)$", re.IGNORECASE)
"""Names of files in an archive that describe the others."""
BLOCK = 1 << 22
"""Bytes that are read at once."""
OTHER_FORMATS = (
    (b"\xba\x16\x4f\x2f", "it is a model of fastText: use its .vec file"),
    (b"\x80\x02", "it was saved by pickle, which can run code when it is read: save it as word2vec text"),
    (b"\x80\x03", "it was saved by pickle, which can run code when it is read: save it as word2vec text"),
    (b"\x80\x04", "it was saved by pickle, which can run code when it is read: save it as word2vec text"),
    (b"\x89HDF", "it is an HDF5 file: save it as word2vec text"),
    (b"\xff\xfe", "it is written in UTF-16: save it as UTF-8"),
    (b"\xfe\xff", "it is written in UTF-16: save it as UTF-8"),
)
"""First bytes of files that are read by nothing here, and what to do with them."""


class VectorSource:
    """The unpacked bytes of a vector file. `name`: what messages call it."""

    def __init__(
        self, path: Path, name: str, stream: IO[bytes] | gzip.GzipFile | archives.Member, most_bytes: int | None
    ) -> None:
        self.path, self.name = path, name
        self._stream, self._left = stream, most_bytes
        self._pushed = b""

    def read(self) -> bytes:
        """The next bytes, `BLOCK` of them unless the file ends; empty at the end. Raises DataError for damage."""
        if self._pushed:
            content, self._pushed = self._pushed, b""
            return content
        try:
            content = self._stream.read(BLOCK)
        except (OSError, *DAMAGE) as error:
            raise unusable(self.path, error, f"{DOWNLOAD}, or pack it again") from error
        if self._left is not None:
            self._left -= len(content)
            if self._left < 0:
                raise unsafe(self.path, "it unpacks to far more than a file of its size contains")
        return content

    def push_back(self, content: bytes) -> None:
        """Bytes that the next `read` returns again, all of them."""
        self._pushed = content

    def error(self, problem: str) -> DataError:
        return DataError(f"{self.name}: {problem}")


@contextlib.contextmanager
def open_vectors(path: Path) -> Iterator[VectorSource]:
    """A vector file; `ARCHIVE.zip/MEMBER` names one in a zip archive that has several.

    Raises RequestError if there is no such file or member, DataError if it cannot be read.
    """
    archive, member = _archive_and_member(path)
    refuse_no_file(archive)
    try:
        with archive.open("rb") as file:
            start = file.read(4)
            file.seek(0)
            if member or start == b"PK\3\4":
                members = archives.members(archive)  # what it yields can be read while it exists
                name = member or _only_member(archive)
                found = next((each for each in members if each.name == name), None)
                if found is None:
                    raise RequestError(f"{archive} has no {quoted(name)}; it contains {', '.join(_names(archive)[:8])}")
                yield VectorSource(archive, f"{archive}/{name}", found, None)
            elif start.startswith(b"\x1f\x8b"):
                most = BOUNDS.most_bytes(archive.stat().st_size)
                with gzip.GzipFile(fileobj=file) as unpacked:
                    yield VectorSource(archive, str(path), unpacked, most)
            else:
                yield VectorSource(archive, str(path), file, None)
    except OSError as error:
        raise unreadable(archive, error) from error


def refuse_no_file(path: Path) -> None:
    """Raises RequestError unless there is a regular file."""
    if path.is_dir():
        raise RequestError(f"{path} is a directory; give a file of word vectors ({', '.join(ENDINGS)})")
    if not path.exists():
        raise RequestError(missing(path))
    if not path.is_file():
        raise RequestError(f"{path} is a pipe or a device; write the vectors to a file")


def _archive_and_member(path: Path) -> tuple[Path, str]:
    """`glove.6B.zip/glove.6B.50d.txt` → the archive and the name in it; any other path → itself and an empty name."""
    for parent in path.parents:
        if parent.suffix == ".zip" and parent.is_file():
            return parent, path.relative_to(parent).as_posix()
    return path, ""


def _only_member(archive: Path) -> str:
    """Raises RequestError unless one file of the archive may contain vectors."""
    names = _names(archive)
    if len(names) != 1:
        paths = ", ".join(f"{archive}/{name}" for name in names[:8])
        raise RequestError(
            f"{archive} contains {f'{len(names)} files: give the path of one: {paths}' if names else 'no file'}"
        )
    return names[0]


def _names(archive: Path) -> list[str]:
    """The files of an archive that may contain vectors: no metadata of macOS, no README or licence."""
    names = (PurePosixPath(member.name) for member in archives.members(archive))
    return [
        str(name)
        for name in names
        if name.parts[0] != "__MACOSX" and not name.name.startswith(".") and not ABOUT.match(name.name)
    ]
