"""Where the texts of a command come from: its arguments, a file, stdin, or an interactive prompt."""

from __future__ import annotations

import contextlib
import gzip
import io
import itertools
import sys
import zlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import IO, AnyStr, BinaryIO, cast

from seqlab.cli.console import message_console, print_note
from seqlab.errors import DataError, RequestError
from seqlab.text_format import counted, wrong_encoding

LONGEST_NAME = 300
"""Characters of a file name that a message repeats; longer ones are cut."""
LONGEST_LINE = 2**26
"""Bytes, or characters of another encoding than UTF-8. A device such as /dev/zero is one line without an end."""
STDIN = "stdin"
"""What lines without a file are called."""
MAX_NOTES = 3
"""Texts of a kind that are reported one by one; the others are only counted."""


def process_texts(
    texts: list[str],
    file: str | None,
    process: Callable[[Iterable[str]], None],
    encoding: str | None = None,
    wanted: str = "a text",
) -> None:
    """Call `process` on the texts: the arguments, the lines of a file or of stdin (`-`), or each line at a prompt.

    `encoding`: that of the file; None: UTF-8. `wanted`: what the prompt asks for.
    Raises RequestError if both texts and a file are given.
    """
    if texts and file is not None:
        raise RequestError("give texts as arguments or with --file, not both")
    if texts == ["-"]:
        texts, file = [], "-"
    if texts:
        process(texts)
    elif file is not None and file != "-":
        with _opened(Path(file)) as source:
            process(
                _lines(source, file, encoding) if not file.endswith(".gz") else _unpacked_lines(source, file, encoding)
            )
    elif file == "-" or not is_interactive():
        process(_lines(sys.stdin.buffer, STDIN, encoding))
    else:
        _prompt(process, wanted)


def check_file(texts: list[str], file: str | None) -> None:
    """Raises RequestError for texts that `process_texts` would refuse, before a model is loaded for them."""
    if texts and file is not None:
        raise RequestError("give texts as arguments or with --file, not both")
    # A pipe is opened only once: its writer would be killed by the first close.
    if file is not None and file != "-" and not _is_pipe_or_folder(Path(file)):
        _opened(Path(file)).close()


def check_encoding(encoding: str, file: str | None) -> None:
    """Raises RequestError unless it is the name of an encoding, and there is a file to read in it."""
    if file is None:
        raise RequestError("--encoding is that of a file: add --file FILE")
    if message := wrong_encoding(encoding):
        raise RequestError(f"--encoding: {message}")


class TextNotes:
    """Reports texts that have no answer or a doubtful one: the first few of each kind one by one, then their number."""

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()

    def note(self, what: str, message: str) -> None:
        """`what`: in words that follow "3 more texts"."""
        self._counts[what] += 1
        if self._counts[what] <= MAX_NOTES:
            print_note(message)

    def unanswered(self, text: str) -> None:
        """`text`: the text, quoted, or where it is."""
        self.note("have no answer", f"nothing is left of the text {text} for the model to read: it has no answer")

    def note_rest(self) -> None:
        for what, count in self._counts.items():
            if count > MAX_NOTES:
                print_note(f"{counted(count - MAX_NOTES, 'more text')} {what}")


def lines_of(file: BinaryIO, name: str) -> Iterator[str]:
    """One text per line of UTF-8. Only a line feed ends a line; a carriage return and a byte order mark are removed.

    Raises DataError for another encoding and for a line that does not end.
    """
    for number, line in _numbered(file, name):
        content = line.removesuffix(b"\n").removesuffix(b"\r")
        try:
            text = content.decode("utf-8")
        except UnicodeDecodeError as error:
            from seqlab.experiment.text_table import encoding_advice

            advice = encoding_advice(content, piped=name == STDIN)
            raise DataError(f"{name}, line {number}: byte {error.start + 1} is not UTF-8; {advice}") from None
        yield text.removeprefix("\ufeff") if number == 1 else text


def _numbered(file: IO[AnyStr], name: str) -> Iterator[tuple[int, AnyStr]]:
    """The lines with their numbers from 1. Raises DataError for a line that is too long to be a text."""
    for number in itertools.count(1):
        if not (line := file.readline(LONGEST_LINE + 1)):
            return
        if len(line) > LONGEST_LINE:
            raise DataError(
                f"{name}, line {number}: more than {LONGEST_LINE:,} characters and no line feed: give a file with one "
                "text per line"
            )
        yield number, line


def _lines(file: BinaryIO, name: str, encoding: str | None) -> Iterator[str]:
    """The same in any encoding. Raises DataError if the file does not decode."""
    if encoding is None:
        yield from lines_of(file, name)
        return
    decoded = io.TextIOWrapper(file, encoding, newline="\n")
    try:
        for number, line in _numbered(decoded, name):
            text = line.removesuffix("\n").removesuffix("\r")
            yield text.removeprefix("\ufeff") if number == 1 else text
    except UnicodeError as error:
        raise DataError(f"{name} is not {encoding}: give another --encoding") from error
    finally:
        decoded.detach()  # whoever opened the file closes it


def _unpacked_lines(file: BinaryIO, name: str, encoding: str | None) -> Iterator[str]:
    try:
        with gzip.GzipFile(fileobj=file) as unpacked:
            yield from _lines(cast("BinaryIO", unpacked), name, encoding)
    except (EOFError, OSError, zlib.error) as error:
        raise DataError(f"{name} is not a whole gzip file ({error}): pack it again") from error


def is_interactive() -> bool:
    """Whether stdin is a terminal."""
    return sys.stdin.isatty()


def _prompt(process: Callable[[Iterable[str]], None], wanted: str) -> None:
    """Read and process one line after another until the input ends."""
    console = message_console()
    print_note(f"Type {wanted} and press Enter; Ctrl-D quits")
    with contextlib.suppress(EOFError):
        while True:
            process([console.input("> ")])


def _is_pipe_or_folder(path: Path) -> bool:
    try:
        return path.is_fifo() or path.is_dir()
    except (OSError, ValueError):  # no possible name of a file
        return False


def _opened(path: Path) -> BinaryIO:
    try:
        return path.open("rb")
    except FileNotFoundError as error:
        from seqlab.experiment.inspect_data import missing

        raise RequestError(missing(path)) from error
    except (OSError, ValueError) as error:
        shown = str(path) if len(str(path)) < LONGEST_NAME else f"{str(path)[:80]}…"
        raise RequestError(f"cannot read {shown}: {getattr(error, 'strerror', error)}") from error
