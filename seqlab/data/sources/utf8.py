"""Decodes files as UTF-8 and nothing else: guessing another encoding could damage texts silently."""

from __future__ import annotations

from pathlib import Path

from seqlab.data.sources.locations import read_bytes
from seqlab.errors import DataError


def decode(content: bytes, location: str) -> str:
    """The text, unchanged. Raises DataError that names the `location`, the line and the byte that is not UTF-8."""
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise DataError(
            f"{location} is not UTF-8: byte 0x{content[error.start]:02x} at offset {error.start:,} (line {line:,}); "
            f"{_advice(content)}"
        ) from error


def read_text(path: Path) -> str:
    """The text of a file without its byte order mark; line ends are unchanged."""
    return decode(read_bytes(path), str(path)).removeprefix("\ufeff")


def _advice(content: bytes) -> str:
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "it looks like UTF-16: save it as UTF-8 (iconv -f UTF-16 -t UTF-8 FILE)"
    if b"\0" in content:
        return "it looks like a binary file: use a plain text in UTF-8"
    return "save it as UTF-8 (from Latin-1: iconv -f ISO-8859-1 -t UTF-8 FILE)"
