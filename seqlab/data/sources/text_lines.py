"""Reads the user's own text files in lines or pieces as they are asked for, so that a file may be larger than memory.

The checks are those of `text_encoding.read_text`, which reads a whole file and says what is wrong with it.
"""

from __future__ import annotations

import codecs
import contextlib
import gzip
import io
import sys
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import BinaryIO, Literal, cast

from seqlab.data.sources import text_encoding
from seqlab.data.sources.archive_checks import BOUNDS, DAMAGE, unsafe, unusable
from seqlab.data.sources.locations import unreadable
from seqlab.text_format import unix_newlines

_BLOCK = 2**20

Ends = Literal["", "\n"] | None
"""As `newline` of `open`: "": lines end with LF, CR or CRLF, which stay; "\\n": with LF alone; None: all become LF."""


def read_lines(path: Path, encoding: str = "utf-8", ends: Ends = "") -> Iterator[str]:
    """The lines of a file, which may be packed (`.gz`), with their ends, without byte order mark.

    Raises DataError like `text_encoding.read_text`, when it comes to what is wrong.
    """
    if _is_utf8_instead(path, encoding):
        text_encoding.read_text(path, encoding)  # raises
    read = 0
    try:
        with io.TextIOWrapper(_opened(path), encoding, newline=ends) as lines:
            for line in _checked(lines, path, encoding):
                read += 1
                yield line
    except UnicodeError:
        # Reading the file as a whole says what is wrong and where; UTF-16 without a mark is read that way alone.
        yield from islice(io.StringIO(text_encoding.read_text(path, encoding), newline=ends), read, None)
    except (OSError, *DAMAGE) as error:
        raise _unusable(path, error) from error


def read_pieces(path: Path, encoding: str = "utf-8") -> Iterator[str]:
    """The text of a file, which may be packed (`.gz`), in pieces that end anywhere, without byte order mark; CRLF and
    lone CR become LF.

    Raises DataError like `text_encoding.read_text`, when it comes to what is wrong.
    """
    if _is_utf8_instead(path, encoding):
        text_encoding.read_text(path, encoding)  # raises
    read = 0
    try:
        with contextlib.closing(_opened(path)) as content:
            for piece in _checked(filter(None, _decoded(content, encoding)), path, encoding):
                read += len(piece)
                yield piece
    except UnicodeError:  # reading the file as a whole says what is wrong and where
        yield unix_newlines(text_encoding.read_text(path, encoding))[read:]
    except (OSError, *DAMAGE) as error:
        raise _unusable(path, error) from error


def _decoded(content: BinaryIO, encoding: str) -> Iterator[str]:
    """The bytes as pieces of text."""
    block = content.read(_BLOCK)
    decoder = codecs.getincrementaldecoder(_with_byte_order(encoding, block))()
    pieces = io.IncrementalNewlineDecoder(decoder, translate=True)
    while block:
        yield pieces.decode(block)
        block = content.read(_BLOCK)
    yield pieces.decode(b"", final=True)


def _with_byte_order(encoding: str, first_bytes: bytes) -> str:
    """UTF-16 and UTF-32 without a byte order mark are in the byte order of the machine."""
    name = codecs.lookup(encoding).name
    marks = {"utf-16": (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE), "utf-32": (codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)}
    if name not in marks or first_bytes.startswith(marks[name]):
        return encoding
    return f"{name}-{'le' if sys.byteorder == 'little' else 'be'}"


def _checked(parts: Iterator[str], path: Path, encoding: str) -> Iterator[str]:
    controls = text_encoding.controls_in(encoding)
    for number, line in enumerate(parts):
        if "\0" in line:
            text_encoding.read_text(path, encoding)  # raises
        if controls and controls.search(line):
            text_encoding.read_text(path, encoding)  # raises if they are characters of Windows
            controls = None
        yield line if number else line.removeprefix("\ufeff")


class _Unpacked(io.BufferedIOBase):
    """What a packed file contains, within bounds."""

    def __init__(self, path: Path) -> None:
        self._path, self._most, self._read = path, BOUNDS.most_bytes(path.stat().st_size), 0
        self._file = gzip.open(path)  # noqa: SIM115  closed by close

    def readable(self) -> bool:
        return True

    def read1(self, size: int = -1) -> bytes:
        content = self._file.read1(size)
        self._read += len(content)
        if self._read > self._most:
            raise unsafe(self._path, f"it would unpack to more than {self._most:,} bytes")
        return content

    def read(self, size: int | None = -1) -> bytes:
        return self.read1(_BLOCK if size is None or size < 0 else size)

    def close(self) -> None:
        self._file.close()
        super().close()


def _opened(path: Path) -> BinaryIO:
    return cast("BinaryIO", _Unpacked(path)) if path.suffix == ".gz" else path.open("rb")


def _is_utf8_instead(path: Path, encoding: str) -> bool:
    """Whether a file that was named otherwise is UTF-8: see `text_encoding`."""
    name = codecs.lookup(encoding).name
    if name.startswith("utf-8"):
        return False
    decoder, is_ascii = codecs.getincrementaldecoder("utf-8")(), True
    try:
        with contextlib.closing(_opened(path)) as content:
            while block := content.read(_BLOCK):
                is_ascii = is_ascii and block.isascii()
                if b"\0" in block:
                    return False
                decoder.decode(block)
            decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    except (OSError, *DAMAGE) as error:
        raise _unusable(path, error) from error
    return name.startswith(("utf-16", "utf-32")) or not is_ascii


def _unusable(path: Path, error: Exception) -> Exception:
    if path.suffix == ".gz":
        return unusable(path, error, "pack it again with gzip")
    return unreadable(path, error) if isinstance(error, OSError) else error
