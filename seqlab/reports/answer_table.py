"""Tables of answers: the user's rows with the model's answers beside them, as CSV, TSV, JSON Lines or Parquet.

A file is written row by row under a temporary name and takes its own when it is complete.
"""

from __future__ import annotations

import contextlib
import csv
import gzip
import importlib
import io
import json
import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any, BinaryIO, Protocol

from seqlab import files
from seqlab.errors import RequestError
from seqlab.reports.output_file import cannot_write, refuse_unwritable
from seqlab.text_format import number_text

Answer = str | float | None
"""An answer's cell; None and NaN are empty."""

SUFFIXES = (".csv", ".tsv", ".jsonl", ".ndjson", ".parquet")
NOT_LINES = (".xlsx", ".xls", ".ods", ".json", ".feather", ".arrow", ".orc", ".avro", ".db", ".sqlite", ".pkl", ".zip")
"""Suffixes of files that are neither lines of text nor tables that can be read."""
FORMULA = re.compile(r"[=+\-@＝＋－＠\t\r\n]")  # the wide ones, which some spreadsheets read alike
"""The beginning of a cell that a spreadsheet runs as a formula (OWASP, CSV injection)."""
PARQUET_ROWS = 10_000
"""Rows of a group in a Parquet file."""


@dataclass(frozen=True)
class AnswerColumns:
    """The columns of the user's table, and those of the answers with names that are free."""

    own: tuple[str, ...]
    answers: tuple[str, ...]
    has_header: bool = True
    typed: Any = None
    """The user's rows as a `pyarrow.Table`, whose types Parquet keeps; None: all their cells are texts."""
    delimiter: str = ","
    """Between the cells of a CSV file."""

    @classmethod
    def of(
        cls,
        own: Sequence[str],
        answers: Sequence[str],
        *,
        has_header: bool = True,
        typed: Any = None,
        delimiter: str = ",",
    ) -> AnswerColumns:
        """Answers whose name is taken get the first free number: `label_2`."""
        return cls(tuple(own), tuple(unique([*own, *answers])[len(own) :]), has_header, typed, delimiter)


def unique(names: Sequence[str]) -> list[str]:
    """The names; those that occurred before with a number after them."""
    taken, result = set(names), []
    for position, name in enumerate(names):
        free = name
        if name in names[:position]:
            free = next(each for number in count(2) if (each := f"{name}_{number}") not in taken)
            taken.add(free)
        result.append(free)
    return result


@dataclass
class Formulas:
    """Which cells that look like formulas get an apostrophe, so that spreadsheets read them as text.

    Those of the answers by default: a label may come from a run of someone else. The user's own cells come back as they
    were, unless `own` is true. Numbers are left alone.
    """

    own: bool = False
    answers: bool = True
    found: int = field(default=0, init=False)
    """Cells of the user that look like formulas and were left as they are."""

    def own_cell(self, cell: str) -> str:
        if not _is_formula(cell):
            return cell
        self.found += not self.own
        return f"'{cell}" if self.own else cell

    def answer(self, cell: str) -> str:
        return f"'{cell}" if self.answers and _is_formula(cell) else cell


class Write(Protocol):
    """Writes the cells of a row and its answers. JSON Lines get the `source`, a JSON object, instead of the cells."""

    def __call__(self, cells: Sequence[str], answers: Sequence[Answer], source: str | None = None, /) -> None: ...


def is_table(path: Path) -> bool:
    """Whether the name of a file says that it is a table. Raises RequestError if it is neither a table nor lines."""
    suffix = _suffix(path)
    if suffix in NOT_LINES:
        raise RequestError(f"{path} cannot be read: save it as CSV, or as another of {', '.join(SUFFIXES)} or .txt")
    return suffix in SUFFIXES


def check_output(path: Path, *, read: Path | None = None) -> None:
    """Raises RequestError for a file that cannot be written, before any work is done for it. `read`: its input."""
    suffix = _suffix(path)
    if suffix not in SUFFIXES:
        raise RequestError(f"{path} has no ending that names a format: {', '.join(SUFFIXES)} (or .gz after it)")
    if suffix == ".parquet":
        _pyarrow()
    refuse_unwritable(path, read=read)


@contextlib.contextmanager
def open_table(path: Path, columns: AnswerColumns, formulas: Formulas) -> Iterator[Write]:
    """Yield the function that writes a row. The file appears when the block ends, and not at all if it raises.

    Raises the error of `cannot_write` if it cannot be written.
    """
    try:
        with _opened(path, columns, formulas) as write:
            yield write
    except OSError as error:
        if error.filename is not None and Path(error.filename).parent != path.resolve().parent:
            raise  # of a file that is read meanwhile
        raise cannot_write(path, error) from error


@contextlib.contextmanager
def _opened(path: Path, columns: AnswerColumns, formulas: Formulas) -> Iterator[Write]:
    suffix = _suffix(path)
    with files.new_file(path) as file:
        if suffix == ".parquet":
            with _parquet_writer(file, columns) as write:
                yield write
            return
        with contextlib.ExitStack() as stack:
            packed = path.name.lower().endswith(".gz")
            binary = stack.enter_context(gzip.GzipFile("", "wb", fileobj=file, mtime=0)) if packed else file
            text = io.TextIOWrapper(binary, encoding="utf-8", errors="backslashreplace", newline="", write_through=True)
            stack.callback(text.detach)
            yield writer_of(text, suffix, columns, formulas)
            text.flush()


class Stream(Protocol):
    """Something to write text to."""

    def write(self, text: str, /) -> int: ...


def stream_suffix(path: Path) -> str:
    """The format in which a table is printed: its own if that is text, else CSV."""
    return ".csv" if _suffix(path) in ("", ".parquet") else _suffix(path)


def writer_of(stream: Stream, suffix: str, columns: AnswerColumns, formulas: Formulas) -> Write:
    """The function that writes a row to a stream in the format of a suffix; the header is written at once."""
    if suffix in (".jsonl", ".ndjson"):
        return _json_writer(stream, columns)
    delimiter = "\t" if suffix == ".tsv" else columns.delimiter
    if columns.has_header:
        own = map(formulas.own_cell, columns.own)
        stream.write(_line([*own, *map(formulas.answer, columns.answers)], delimiter))

    def write(cells: Sequence[str], answers: Sequence[Answer], source: str | None = None, /) -> None:
        own = map(formulas.own_cell, cells)
        stream.write(_line([*own, *(formulas.answer(_text(answer)) for answer in answers)], delimiter))

    return write


def _line(cells: Sequence[str], delimiter: str) -> str:
    """A line that ends with LF. The writer is told CRLF, because it quotes cells with the characters that end lines."""
    line = io.StringIO()
    csv.writer(line, delimiter=delimiter, lineterminator="\r\n").writerow(cells)
    return line.getvalue().removesuffix("\r\n") + "\n"


def _json_writer(stream: Stream, columns: AnswerColumns) -> Write:
    names = unique([*columns.own, *columns.answers])

    def write(cells: Sequence[str], answers: Sequence[Answer], source: str | None = None, /) -> None:
        values = [*(cells if source is None else ()), *map(_json_value, answers)]
        row = dict(zip(names[-len(values) :], values, strict=True))
        text = json.dumps(row, ensure_ascii=False, allow_nan=False)
        # What the user wrote is not parsed and written again: that changes numbers such as 1.50.
        stream.write((text if source is None else f"{source[:-1].rstrip()}, {text[1:]}") + "\n")

    return write


@contextlib.contextmanager
def _parquet_writer(file: BinaryIO, columns: AnswerColumns) -> Iterator[Write]:
    arrow, parquet = _pyarrow()
    names = unique([*columns.own, *columns.answers])
    rows: list[list[Any]] = []
    numbers = {name for name in columns.answers if name.startswith(("probability", "prediction"))}
    types = [arrow.string()] * len(columns.own) if columns.typed is None else columns.typed.schema.types
    types += [arrow.float64() if name in numbers else arrow.string() for name in columns.answers]
    schema = arrow.schema(list(zip(names, types, strict=True)))
    written = 0
    with parquet.ParquetWriter(file, schema) as writer:

        def flush() -> None:
            nonlocal written
            own = [] if columns.typed is None else columns.typed.slice(written, len(rows)).columns
            values = [list(column) for column in zip(*rows, strict=True)] or [[] for _ in names]
            rest = list(zip(values, types, strict=True))[len(own) :]
            arrays = [*own, *(arrow.array(each, kind) for each, kind in rest)]
            written += len(rows)
            writer.write_table(arrow.table(arrays, schema=schema))
            rows.clear()

        def write(cells: Sequence[str], answers: Sequence[Answer], source: str | None = None, /) -> None:
            rows.append([*cells, *map(_value, answers)])
            if len(rows) >= PARQUET_ROWS:
                flush()

        yield write
        flush()


def _pyarrow() -> tuple[Any, Any]:
    try:
        return importlib.import_module("pyarrow"), importlib.import_module("pyarrow.parquet")
    except ImportError as error:
        raise RequestError('writing Parquet needs the package pyarrow: pip install "seqlab[parquet]"') from error


def _suffix(path: Path) -> str:
    return Path(path.name.lower().removesuffix(".gz")).suffix


def _value(answer: Answer) -> Answer:
    return None if isinstance(answer, float) and math.isnan(answer) else answer


def _json_value(answer: Answer) -> Answer:
    """Numbers with the digits that CSV has."""
    value = _value(answer)
    return float(_text(value)) if isinstance(value, float) and math.isfinite(value) else value


def _text(answer: Answer) -> str:
    value = _value(answer)
    if isinstance(value, float):
        return f"{value:.6g}" if abs(value) <= 1 else number_text(value)
    return "" if value is None else value


def _is_formula(cell: str) -> bool:
    if not FORMULA.match(cell):
        return False
    try:
        float(cell.replace(",", "").rstrip("%"))
    except ValueError:
        return True
    return cell[0] in "\t\r\n"
