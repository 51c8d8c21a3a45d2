"""How a table of the user's own is written: its delimiter, its quotes, its encoding."""

from __future__ import annotations

import contextlib
import io
import itertools
from collections.abc import Iterator
from pathlib import Path

from seqlab.data.sources.text_encoding import TextEncoding, encoding_of, read_text
from seqlab.data.tables import BadRows, Table, TableFormat, read_table, rows_of
from seqlab.data.tables.delimited import DELIMITERS, Delimited
from seqlab.errors import DataError, RequestError

SAMPLE = 2_000
"""Rows of which the number of cells is compared."""


def recognized(path: Path, table_format: TableFormat) -> tuple[TableFormat, Table]:
    """The first way in which the table can be read with more than one column; else the first way at all.

    Raises the DataError of the delimiter in the header if that leaves bad rows: the table is not one column then.
    """
    first_error: Exception | None = None
    only_column: tuple[TableFormat, Table] | None = None
    for each in _ways(path, table_format):
        try:
            table = read_table(path, each)
        except DataError as error:
            first_error = first_error or error
            continue
        if len(table.columns) > 1:
            return each, table
        only_column = only_column or (each, table)
    if isinstance(table_format, Delimited) and (likely := _likely_way(path, table_format)):
        return likely, read_table(path, likely)
    if only_column:
        return only_column  # a list of texts
    raise first_error or RequestError(f"{path} cannot be read")


def _likely_way(path: Path, table_format: Delimited) -> Delimited | None:
    """The way in which most rows have as many cells as the first, of which there are several.

    None if no character is the delimiter: it is followed by a space in the first row, as a comma in a sentence, and
    most rows have another number of cells.
    """
    likely, highest = None, -1.0
    content = read_text(path, encoding_of(path))
    for each in _ways(path, table_format):
        assert isinstance(each, Delimited)
        lines = io.StringIO(content, newline="")
        rows = [cells for _, cells in itertools.islice(rows_of(lines, BadRows(path), each), SAMPLE)]
        if not rows or len(first := rows[0]) < 2:
            continue
        fitting = sum(len(cells) == len(first) for cells in rows[1:]) / (len(rows) - 1) if len(rows) > 1 else 1.0
        are_names = not any(cell.startswith(" ") for cell in first)
        if fitting > highest and (are_names or fitting >= 0.5):
            likely, highest = each, fitting
    return likely


def _ways(path: Path, table_format: TableFormat) -> Iterator[TableFormat]:
    if isinstance(table_format, TextEncoding):
        table_format = table_format.model_copy(update={"encoding": encoding_of(path)})
    if isinstance(table_format, Delimited):
        with contextlib.suppress(DataError):  # reading the table reports it
            table_format = table_format.as_declared(read_text(path, table_format.encoding))
    yield table_format
    if isinstance(table_format, Delimited):
        for quotes in (True, False):
            for delimiter in (table_format.delimiter, *DELIMITERS.replace(table_format.delimiter, "")):
                yield table_format.model_copy(update={"delimiter": delimiter, "quotes": quotes})
