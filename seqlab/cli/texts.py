"""Where the texts of a command come from: its arguments, a file, stdin, or a person at a prompt."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import BinaryIO

from seqlab.cli.console import message_console, note
from seqlab.errors import DataError, RequestError


def answer_all(texts: list[str], file: str | None, answer: Callable[[Iterable[str]], None]) -> None:
    """Hand the texts to `answer`: the arguments, the lines of a file or of stdin (`-`), or line by line what is typed.

    Raises RequestError when they come from two places at once.
    """
    if texts and file is not None:
        raise RequestError("texts come from the arguments or from --file, not from both")
    if texts == ["-"]:
        texts, file = [], "-"
    if texts:
        answer(texts)
    elif file is not None and file != "-":
        with _opened(Path(file)) as source:
            answer(lines_of(source, file))
    elif file == "-" or not somebody_types():
        answer(lines_of(sys.stdin.buffer, "stdin"))
    else:
        _converse(answer)


def lines_of(file: BinaryIO, name: str) -> Iterator[str]:
    """One text per line of UTF-8: only a line feed ends a line, a carriage return or a byte order mark is dropped."""
    for number, line in enumerate(file, start=1):
        content = line.removesuffix(b"\n").removesuffix(b"\r")
        try:
            text = content.decode("utf-8")
        except UnicodeDecodeError as error:
            raise DataError(
                f"{name}, line {number}: byte {error.start + 1} is not UTF-8; convert the file to UTF-8 first"
            ) from None
        yield text.removeprefix("\ufeff") if number == 1 else text


def somebody_types() -> bool:
    """Whether stdin is a terminal."""
    return sys.stdin.isatty()


def _converse(answer: Callable[[Iterable[str]], None]) -> None:
    """Answer line by line until the input ends."""
    console = message_console()
    note("a text and Enter; Ctrl-D ends")
    with contextlib.suppress(EOFError):
        while True:
            answer([console.input("> ")])


def _opened(path: Path) -> BinaryIO:
    try:
        return path.open("rb")
    except OSError as error:
        raise RequestError(f"{path} cannot be read: {error.strerror}") from error
