"""Decodes files in the encoding that is named for them, and nothing else: guessing could damage texts silently.

What does not decode is an error that names the encoding the bytes look like.
"""

from __future__ import annotations

import codecs
import re
import string
from pathlib import Path
from typing import Annotated

from pydantic.functional_validators import AfterValidator
from pydantic_core import PydanticCustomError

from seqlab.data.sources import gzipped
from seqlab.data.sources.locations import read_bytes
from seqlab.errors import DataError
from seqlab.registry import Options
from seqlab.text_format import quoted, unix_newlines, wrong_encoding

MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
"""Byte order marks and their encodings. That of UTF-32 (little-endian) starts with that of UTF-16."""

NO_TEXTS = (
    (b"\x1f\x8b", "it is compressed by gzip: give its name the ending .gz"),
    (b"PK\x03\x04", "it is an Excel workbook or a ZIP archive: export it as CSV in UTF-8"),
    (b"\xd0\xcf\x11\xe0", "it is an Excel workbook: export it as CSV in UTF-8"),
    (b"PAR1", "it is a Parquet file: read it with name: parquet"),
    (b"%PDF", "it is a PDF: use a plain text in UTF-8"),
)
"""First bytes of files that are no texts, and what to do with them."""

_NUL_SAMPLE = 1 << 20
"""Bytes in which NULs are looked at; divisible by the four bytes of UTF-32."""
NUL = "the character NUL (U+0000)"
WITHOUT_NUL = "it is a binary file, or damaged: remove the character"
"""What to do about it, where nothing says which of both it is."""
_BEFORE, _AFTER = 25, 30
"""Characters of a line that a message shows, before and after the one in question."""
_LATIN = re.compile(rb"[A-Za-z]")
_BEYOND_ASCII = re.compile(rb"[\x80-\xff]")
_C1_CONTROLS = re.compile("[\x80-\x9f]")
_PAGES = {1: 1252, 2: 1250, 4: 1257, 5: 1251, 6: 1256, 7: 1253, 8: 1255, 9: 1254, 13: 1257, 15: 1252}
_OF_WINDOWS = {f"iso8859-{part}": f"windows-{page}" for part, page in _PAGES.items()}
"""ISO 8859 and what files are mostly written in that are called so: with quotation marks, dashes and letters where ISO
8859 has control characters that no text has (WHATWG, Encoding Standard, section 4.2)."""
_UNLIKELY = re.compile("[a-z](?:[ŠŒŽŸ‚„ƒ†‡ˆ‰‹˜¡¢¤]|[“”](?=[a-z]))")
"""What letters of Mac Roman and of code page 850 become when they are read as windows-1252: `cafŽ`, `caf‚`, `ni¤o`."""


def _known(encoding: str) -> str:
    if message := wrong_encoding(encoding):
        raise PydanticCustomError("encoding", "{message}", {"message": message})
    return encoding


Encoding = Annotated[str, AfterValidator(_known)]


class TextEncoding(Options):
    """The option of everything that reads the user's own text files."""

    encoding: Encoding = "utf-8"
    """The encoding of the files, as Python names it: utf-8, windows-1252, utf-16, shift_jis …"""


_LIKE_IT = "mac_roman, windows-1254 (Turkish), iso-8859-2 …"
"""Encodings that differ from windows-1252 in letters alone."""


def decode(content: bytes, location: str) -> str:
    """The text, unchanged. Raises DataError that names the `location`, the line and the byte that is not UTF-8."""
    return _decoded(content, location, "utf-8", "save it as UTF-8")


def read_text(path: Path, encoding: str = "utf-8") -> str:
    """The text of the user's own file, which may be packed (`.gz`): without byte order mark, line ends unchanged.

    Raises DataError, with the encoding that it looks like, if it does not decode or has a NUL character: no text has
    one, but a binary file, UTF-16 that was read as something else, or a damaged file.
    """
    return _text(path, _content(path), encoding, "set data.encoding to {encoding}")


def encoding_of_new(path: Path, usual: str, remedy: str) -> str:
    """The encoding of a file that belongs to no dataset: UTF-8 if it is UTF-8, which nothing else looks like by chance;
    else the `usual` one.

    Raises DataError with the `remedy`, in which `{encoding}` is replaced, if it is not written in that either.
    """
    content = _content(path)
    encoding = "utf-8" if _is_utf8_instead(content, usual) else usual
    _text(path, content, encoding, remedy)
    return encoding


def _content(path: Path) -> bytes:
    packed = path.suffix == ".gz"
    return gzipped.read(path, remedy="pack it again with gzip") if packed else read_bytes(path)


def _text(path: Path, content: bytes, encoding: str, remedy: str) -> str:
    remedy = f"{remedy}, or save it as UTF-8"
    text = _decoded(content, str(path), encoding, remedy).removeprefix("\ufeff")
    if message := _as_controls(content, text, encoding):
        raise DataError(f"{path} {message}: {remedy.format(encoding=_OF_WINDOWS[codecs.lookup(encoding).name])}")
    if "\0" in text:
        line = unix_newlines(text[: text.index("\0")]).count("\n") + 1
        looks = _another_encoding(content, encoding)
        advice = _use(looks, remedy) if looks else _advice_on_no_text(content)
        raise DataError(f"{path}:{line}: contains {NUL}; {advice or WITHOUT_NUL}")
    return text


def controls_in(encoding: str) -> re.Pattern[str] | None:
    """What is hardly in a text of this encoding, and `read_text` looks at; None: there is nothing of the kind."""
    return _C1_CONTROLS if codecs.lookup(encoding).name in _OF_WINDOWS else None


def _as_controls(content: bytes, text: str, encoding: str) -> str:
    """What is wrong with a text in which characters of Windows were read as control characters; else empty."""
    windows = _OF_WINDOWS.get(codecs.lookup(encoding).name)
    if windows is None or not (found := _C1_CONTROLS.search(text)) or not _decodes(content, windows):
        return ""
    line, byte = text.count("\n", 0, found.start()) + 1, ord(found[0])
    return (
        f"is hardly {encoding}: byte 0x{byte:02x} (line {line:,}) is a control character in it, and "
        f"{quoted(bytes([byte]).decode(windows))} in {windows}"
    )


def encoding_of(path: Path) -> str:
    """UTF-8, or what the file looks like; reading reports a file that is neither."""
    content = read_bytes(path) if path.suffix != ".gz" else b""
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return likely_encoding(content) or "utf-8"
    return (likely_encoding(content) or "utf-8") if b"\0" in content else "utf-8"


def line_beyond_ascii(text: str, before: int = _BEFORE, after: int = _AFTER) -> str:
    """The first line with a character beyond ASCII, cut around it: whether it reads well tells whether the encoding is
    right. Empty if there is none."""
    found = re.search(r"[^\x00-\x7f]", text)
    return _around(text, found.start(), before, after) if found else ""


def likely_encoding(content: bytes) -> str | None:
    """The encoding that bytes look like which are not UTF-8, or are but contain NUL; None: there is no telling.

    A byte order mark; NULs where UTF-16 or UTF-32 have them; or Western European text, in which letters beyond ASCII
    are few. That is windows-1252 rather than ISO-8859-1, which has control characters where windows-1252 has quotation
    marks and dashes, and is the same elsewhere.
    """
    for mark, encoding in MARKS:
        if content.startswith(mark):
            return encoding
    if b"\0" in content:
        return _with_nuls(content[:_NUL_SAMPLE])
    beyond_ascii = len(_BEYOND_ASCII.findall(content))
    if beyond_ascii * 2 > len(_LATIN.findall(content)) or _mostly_utf8(content):
        return None
    try:
        unlikely = len(_UNLIKELY.findall(content.decode("windows-1252")))
    except UnicodeDecodeError:
        return None
    return "windows-1252" if unlikely * 4 < beyond_ascii else None


def _decoded(content: bytes, location: str, encoding: str, remedy: str) -> str:
    if _is_utf8_instead(content, encoding):
        raise DataError(
            f"{location} is UTF-8, not {encoding}: leave out data.encoding if all files are UTF-8, else convert this "
            f"one (iconv -f UTF-8 -t {encoding.upper()} FILE)"
        )
    try:
        return content.decode(encoding)
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        name = "UTF-8" if encoding == "utf-8" else encoding
        byte = f"byte 0x{content[error.start]:02x} at offset {error.start:,} (line {line:,})"
        raise DataError(f"{location} is not {name}: {byte}; {_advice(content, error, encoding, remedy)}") from error


def _advice(content: bytes, error: UnicodeDecodeError, encoding: str, remedy: str) -> str:
    if advice := _advice_on_no_text(content):
        return advice
    if looks := _another_encoding(content, encoding):
        excerpt = _excerpt(content, error.start, looks)
        reads = f"; the line then reads {quoted(excerpt)}; if that is wrong, it is another: {_LIKE_IT}"
        return _use(looks, remedy) + (reads if excerpt else "")
    if b"\0" in content:
        return "it looks like a binary file: use a plain text in UTF-8"
    if encoding == "utf-8" and _mostly_utf8(content):
        return "the rest looks like UTF-8: correct that line"
    return f"{remedy.format(encoding='the one that it was saved in')} (windows-1251, mac_roman, shift_jis …)"


def _is_utf8_instead(content: bytes, encoding: str) -> bool:
    """Whether a file that was named otherwise is UTF-8, which no other encoding looks like by chance."""
    name = codecs.lookup(encoding).name
    if name.startswith("utf-8") or b"\0" in content:
        return False
    return (name.startswith(("utf-16", "utf-32")) or not content.isascii()) and _decodes(content, "utf-8")


def _advice_on_no_text(content: bytes) -> str:
    return next((advice for first_bytes, advice in NO_TEXTS if content.startswith(first_bytes)), "")


def _another_encoding(content: bytes, encoding: str) -> str | None:
    looks = likely_encoding(content)
    return looks if looks and codecs.lookup(looks) != codecs.lookup(encoding) else None


def _use(encoding: str, remedy: str) -> str:
    name = encoding.upper() if encoding.startswith("utf") else encoding
    return f"it looks like {name}: {remedy.format(encoding=encoding)} (iconv -f {encoding.upper()} -t UTF-8 FILE)"


def _with_nuls(content: bytes) -> str | None:
    """The encoding in which the white space of the bytes, or all their ASCII characters, are the same; else None."""
    for encoding in ("utf-32-le", "utf-32-be", "utf-16-le", "utf-16-be"):
        text = content.decode(encoding, errors="ignore")
        for signs in (" \n", string.printable):
            found, expected = (sum(map(where.count, signs)) for where in (text, content.decode("latin-1")))
            if found * 2 > expected and "\0" not in text:
                return encoding
    return next((each for each in ("utf-16-le", "utf-16-be") if _is_plain_text(content, each)), None)


def _is_plain_text(content: bytes, encoding: str) -> bool:
    """Whether every character can be printed and one is of ASCII, but not all bytes: a short text without spaces, such
    as the Japanese of a title."""
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError:
        return False
    printable = all(each.isprintable() or each in "\t\r\n" for each in text)
    return printable and not content.isascii() and any(each.isascii() for each in text)


def _mostly_utf8(content: bytes) -> bool:
    """Whether most characters beyond ASCII are UTF-8: a few damaged bytes are no reason to read it as anything else."""
    text = content.decode("utf-8", errors="replace")
    damaged = text.count("\ufffd")
    beyond_ascii = sum(not character.isascii() for character in text) if damaged else 0
    return beyond_ascii > 2 * damaged


def _excerpt(content: bytes, offset: int, encoding: str) -> str:
    """The line around a byte as it reads in another encoding; empty where lines are not those of the bytes."""
    if encoding.startswith("utf"):
        return ""
    return _around(content.decode(encoding, errors="replace"), offset)  # of one byte per character


def _around(text: str, position: int, before: int = _BEFORE, after: int = _AFTER) -> str:
    """The line around a character, with an ellipsis where it is cut."""
    start = max(text.rfind(end, 0, position) for end in "\r\n") + 1
    stop = min((found for end in "\r\n" if (found := text.find(end, position)) >= 0), default=len(text))
    first, last = position - before, position + after
    head = "…" if first > start + 1 else ""  # an ellipsis for a single character would not be shorter
    tail = "…" if last < stop - 1 else ""
    return f"{head}{text[first if head else start : last if tail else stop].strip()}{tail}"


def _decodes(content: bytes, encoding: str) -> bool:
    try:
        content.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True
