"""Output to the terminal: results go to stdout, everything else to stderr, and data is always printed as data.

A review may contain `[b]`, which rich reads as markup, or an escape sequence, which a terminal executes. All text from
outside passes through `visible` and is printed without markup.
"""

from __future__ import annotations

import io
import json
import os
import re
import sys
import textwrap
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, TextIO

from seqlab.text_format import CONTROL, format_number, visible, visible_name

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

QUOTED_COMMAND = re.compile("`[^`]+`")
HELD_SPACE = "\ue000"
"""A character of no alphabet: a space at which no line is broken."""

WIDEST_TEXT = 120
"""Columns of a paragraph; wider lines are hard to read."""
UNLIMITED_WIDTH = 10_000
"""Width of tables outside a terminal: programs that read them need whole lines."""


def print_line(*fields: object) -> None:
    """Print one line of a result. Several fields are separated by tabs."""
    sys.stdout.write("\t".join(visible(str(field)) for field in fields) + "\n")


def print_text(text: str) -> None:
    """Print a result of several lines."""
    sys.stdout.write(visible(text, keep="\n\t") + "\n")


def print_json(value: Any, *, indent: int | None = 2) -> None:
    """Print a result as JSON, on one line without `indent`. NaN and infinities become null.

    Control characters are written as JSON escapes, so that a terminal does not execute them.
    """
    from seqlab.runs.run import json_safe  # not at the top: `--help` does not need what runs import

    text = json.dumps(json_safe(value), ensure_ascii=False, allow_nan=False, indent=indent)
    escaped = CONTROL.sub(lambda match: match[0] if match[0] == "\n" else f"\\u{ord(match[0]):04x}", text)
    sys.stdout.write(f"{escaped}\n")


def print_table(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Print a result as a table. In a terminal it fits the width; elsewhere no cell is cut or wrapped."""
    console = result_console()
    with console.capture() as captured:
        console.print(table(columns, rows))
    sys.stdout.write("".join(f"{line.rstrip()}\n" for line in captured.get().splitlines()))


def print_indented(text: str, indent: str = "    ") -> None:
    """Print a paragraph below a heading, wrapped to the terminal."""
    width = min(result_console().width, WIDEST_TEXT)
    print_text(textwrap.fill(text, width - 1, initial_indent=indent, subsequent_indent=indent))


def print_detail(name: str, value: object, *, width: int) -> None:
    """Print `name    value`. In a terminal a long value goes on below its beginning; long words stay whole."""
    console, text = result_console(), visible(str(value))
    if console.is_terminal and " " in text:
        indent = " " * width
        lines = textwrap.wrap(text, max(console.width - width, 1), break_long_words=False, break_on_hyphens=False)
        text = f"\n{indent}".join(lines)
    sys.stdout.write(f"{name:<{width}}{text}\n")


def print_rows(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Print a result as a table of one line per row. In a terminal the last cell is cut, and no other; a number at its
    end stays.

    A first cell of more than half the width moves the others of its row.
    """
    from rich.cells import cell_len, set_cell_size

    width = result_console().width
    cells = [[*columns], *([format_value(cell) for cell in row] for row in rows)]
    sizes = [min(max(cell_len(row[index]) for row in cells), width // 2) for index in range(len(columns))]
    for *others, last in cells:
        line = ""
        for cell, size in zip(others, sizes, strict=False):
            line += set_cell_size(cell, max(size, cell_len(cell))) + "  "
        left = max(width - cell_len(line), 1)
        shown = last if cell_len(last) <= left else _cut(last, left)
        sys.stdout.write(f"{line}{shown}".rstrip() + "\n")


def _cut(text: str, columns: int) -> str:
    """A text in so many columns of a terminal, without its end, or without the end of what is before its number."""
    from rich.cells import set_cell_size

    name, _, number = text.rpartition(" ")
    if name and re.fullmatch(r"-?[\d.,]+", number) and columns >= len(number) + 2:
        return f"{set_cell_size(name, columns - len(number) - 2).rstrip()}… {number}"
    return f"{set_cell_size(text, columns - 1).rstrip()}…"


def print_sentence(text: str) -> None:
    """Print a sentence of a result, wrapped in a terminal."""
    print_wrapped(result_console(), text)


def print_note(text: str) -> None:
    """Print a message for the user on stderr."""
    sys.stdout.flush()  # keeps the order if both streams go to one file
    print_wrapped(message_console(), text)


def print_error(text: str) -> None:
    """Print an error message on stderr."""
    print_wrapped(message_console(), text, "error: ", keep="\n\t")


def print_wrapped(console: Console, text: str, prefix: str = "", *, keep: str = "\n") -> None:
    """Print text after a prefix in red. A terminal breaks it between words.

    What a user copies stays whole: long words, such as run ids and paths, commands in backticks, and indented lines.
    """
    from rich.text import Text

    lines = [piece for line in visible(prefix + text, keep=keep).split("\n") for piece in _wrapped(console, line)]
    result = Text("\n".join(lines))
    result.stylize("bold red", 0, len(prefix))
    console.print(result, soft_wrap=True)


def _wrapped(console: Console, line: str) -> list[str]:
    """The line in pieces that fit the terminal, unless a single word is longer."""
    from rich.cells import cell_len

    if not console.is_terminal or line.startswith((" ", "\t")):
        return [line]
    first, *words = QUOTED_COMMAND.sub(lambda match: match[0].replace(" ", HELD_SPACE), line).split(" ")
    pieces = [first]
    for word in words:
        if cell_len(f"{pieces[-1]} {word}") <= console.width:
            pieces[-1] += f" {word}"
        else:
            pieces.append(word)
    return [piece.replace(HELD_SPACE, " ") for piece in pieces]


def result_console() -> Console:
    """A rich console on stdout."""
    return plain_console(sys.stdout)


def message_console() -> Console:
    """A rich console on stderr."""
    return plain_console(sys.stderr)


class ErrorStream(io.FileIO):
    """Standard error that loses what cannot be written: a closed pipe or a full disk there must not stop the work."""

    def write(self, content: Any) -> int:
        try:
            return super().write(content) or 0
        except OSError:
            return len(content)


def error_stream(descriptor: int, like: TextIO) -> TextIO:
    """A text stream on a descriptor that stays open, whose writes do not fail."""
    buffer = io.BufferedWriter(ErrorStream(descriptor, "w", closefd=False))
    return io.TextIOWrapper(buffer, encoding=like.encoding, errors="backslashreplace", line_buffering=True)


def independent_console() -> Console:
    """A rich console on a duplicate of descriptor 2, which still reaches the terminal while `runtime` redirects
    descriptor 2 to suppress the log output of imports."""
    try:
        descriptor = os.dup(sys.stderr.fileno())
    except OSError:  # a stream in memory
        return message_console()
    return plain_console(error_stream(descriptor, sys.stderr))


def table(columns: Sequence[str], rows: Iterable[Sequence[object]], title: str = "") -> Table:
    """A table without borders. Numeric columns are right-aligned; the first column is never wrapped."""
    from rich.table import Table
    from rich.text import Text

    cells = [[format_value(cell) for cell in row] for row in rows]
    result = Table(box=None, pad_edge=False, title=visible(title) or None, title_justify="left", title_style="bold")
    for index, column in enumerate(columns):
        numeric = all(_is_number(row[index]) for row in cells)
        result.add_column(
            visible_name(column), justify="right" if numeric else "left", overflow="fold", no_wrap=index == 0
        )
    for row in cells:
        result.add_row(*(Text(cell) for cell in row))
    return result


def plain_console(stream: TextIO) -> Console:
    """A rich console that prints data as data."""
    from rich.console import Console

    width = None if stream.isatty() else UNLIMITED_WIDTH
    return Console(file=stream, width=width, markup=False, emoji=False, highlight=False, force_jupyter=False)


def format_value(cell: object) -> str:
    """A value for display: floats rounded, integers with thousands separators, control characters escaped."""
    if isinstance(cell, float):
        return format_number(cell)
    if isinstance(cell, int) and not isinstance(cell, bool):
        return f"{cell:,}"
    return "" if cell is None else visible_name(str(cell))


def format_duration(seconds: float) -> str:
    """A duration for display: `0.3 s`, `48 s`, `3 min 20 s`, `2 h 5 min`."""
    if seconds < 10:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 100:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"


def _is_number(cell: str) -> bool:
    try:
        float(cell.replace(",", "").removesuffix("%") or 0)
    except ValueError:
        return False
    return True
