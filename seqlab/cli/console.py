"""What reaches a terminal: results on stdout, everything else on stderr, and data always as data.

A review may hold `[b]`, which rich reads as markup, or an escape sequence, which a terminal obeys. Everything that
comes from outside passes through `visible` and is printed without markup.
"""

from __future__ import annotations

import io
import json
import math
import os
import sys
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, TextIO

from seqlab.runs.run import finite
from seqlab.text_format import CONTROL, visible

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

UNLIMITED_WIDTH = 10_000
"""For tables that no terminal shows: a program that reads them wants whole lines."""


def print_line(*fields: object) -> None:
    """One line of a result; several fields are separated by tabs, so that other programs can read them."""
    sys.stdout.write("\t".join(visible(str(field)) for field in fields) + "\n")


def print_text(text: str) -> None:
    """A result of several lines, as it stands."""
    sys.stdout.write(visible(text, keep="\n\t") + "\n")


def print_json(value: Any, *, indent: int | None = 2) -> None:
    """A result for another program; without `indent` on one line. What a terminal would obey is escaped in JSON's way.

    JSON has no word for NaN and the infinities: they are null.
    """
    written = json.dumps(finite(value), ensure_ascii=False, allow_nan=False, indent=indent)
    escaped = CONTROL.sub(lambda match: match[0] if match[0] == "\n" else f"\\u{ord(match[0]):04x}", written)
    sys.stdout.write(f"{escaped}\n")


def print_table(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """A table as a result. In a terminal it is fitted to the width, elsewhere no cell is cut or wrapped."""
    console = result_console()
    with console.capture() as captured:
        console.print(table(columns, rows))
    sys.stdout.write("".join(f"{line.rstrip()}\n" for line in captured.get().splitlines()))


def note(text: str) -> None:
    """A line for the person at the terminal that is not a result."""
    sys.stdout.flush()  # what was printed before comes before, also where both streams go to one file
    message_console().print(visible(text, keep="\n"), soft_wrap=True)


def complain(text: str) -> None:
    """An error, for a person."""
    from rich.text import Text

    message_console().print(Text.assemble(("error: ", "bold red"), visible(text, keep="\n\t")), soft_wrap=True)


def result_console() -> Console:
    return _console(sys.stdout)


def message_console() -> Console:
    return _console(sys.stderr)


def console_of_its_own() -> Console:
    """For messages, on a duplicate of descriptor 2: it shows them also while that is turned away from the terminal, as
    `runtime` does to keep the noise of imports from it."""
    try:
        descriptor = os.dup(sys.stderr.fileno())
    except OSError:  # a stream in memory
        return message_console()
    file = io.FileIO(descriptor, "w", closefd=False)  # open as long as stderr is
    return _console(
        io.TextIOWrapper(
            io.BufferedWriter(file), encoding=sys.stderr.encoding, errors=sys.stderr.errors, line_buffering=True
        )
    )


def table(columns: Sequence[str], rows: Iterable[Sequence[object]], title: str = "") -> Table:
    """A table without lines; columns that hold only numbers are set to the right, the first is never folded."""
    from rich.table import Table
    from rich.text import Text

    cells = [[shown(cell) for cell in row] for row in rows]
    drawn = Table(box=None, pad_edge=False, title=visible(title) or None, title_justify="left", title_style="bold")
    for position, column in enumerate(columns):
        numeric = all(_is_number(row[position]) for row in cells)
        drawn.add_column(
            visible(column), justify="right" if numeric else "left", overflow="fold", no_wrap=position == 0
        )
    for row in cells:
        drawn.add_row(*(Text(cell) for cell in row))
    return drawn


def _console(stream: TextIO) -> Console:
    from rich.console import Console

    width = None if stream.isatty() else UNLIMITED_WIDTH
    return Console(file=stream, width=width, markup=False, emoji=False, highlight=False)


def shown(cell: object) -> str:
    """A value as a person reads it: figures rounded, whole numbers with their thousands apart, texts visible."""
    if isinstance(cell, float):
        return figure(cell)
    if isinstance(cell, int) and not isinstance(cell, bool):
        return f"{cell:,}"
    return "" if cell is None else visible(str(cell))


def figure(value: float) -> str:
    """A number as a person reads it: `0.8964`, `12,400`, `3.1e-05`."""
    if not math.isfinite(value):
        return str(value)
    if abs(value) >= 100:
        return f"{value:,.0f}"
    if value and abs(value) < 1e-3:
        return f"{value:.1e}"
    return f"{value:.4f}"


def _is_number(cell: str) -> bool:
    try:
        float(cell.replace(",", "").removesuffix("%") or 0)
    except ValueError:
        return False
    return True
