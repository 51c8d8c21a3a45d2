"""Tables of texts in files: CSV, TSV, JSON Lines and Parquet, the first three also packed with gzip.

`read_table(path, table_format)` is the only door: it returns the names of the columns and the rows with their line
numbers, whatever the format. The formats are classes of options, which datasets inherit: a dataset of table rows *is* a
`TableFormat`. To add a format, subclass `TableFormat` in a file of this package and name its suffixes in `FORMATS`.
"""

from __future__ import annotations

from pathlib import Path

from seqlab.data.tables.bad_rows import BadRows
from seqlab.data.tables.delimited import CommaDelimited, TabDelimited, rows_of
from seqlab.data.tables.json_lines import JsonLinesFormat
from seqlab.data.tables.parquet import ParquetFormat
from seqlab.data.tables.table import Columns, NoRows, Row, Rows, RowsWriter, Table, TableFormat
from seqlab.errors import RequestError
from seqlab.progress import SILENT, Progress

__all__ = [
    "FORMATS",
    "BadRows",
    "CommaDelimited",
    "JsonLinesFormat",
    "NoRows",
    "ParquetFormat",
    "Row",
    "Rows",
    "RowsWriter",
    "TabDelimited",
    "Table",
    "TableFormat",
    "format_of",
    "read_table",
    "rows_of",
]

FORMATS: dict[str, type[TableFormat]] = {
    ".csv": CommaDelimited,
    ".tsv": TabDelimited,
    ".jsonl": JsonLinesFormat,
    ".ndjson": JsonLinesFormat,
    ".parquet": ParquetFormat,
}
"""Suffix → the format of such files; `.gz` after it does not matter."""


def format_of(path: Path) -> TableFormat | None:
    """The format that the name of a file says (`a.csv`, `a.tsv.gz`), with its default options; None: no table."""
    found = FORMATS.get(Path(path.name.lower().removesuffix(".gz")).suffix)
    return found() if found else None


def read_table(
    path: Path,
    table_format: TableFormat | None = None,
    columns: Columns = None,
    *,
    bad: BadRows | None = None,
    progress: Progress = SILENT,
    with_empty: bool = False,
) -> Table:
    """The rows of a table in a file.

    `table_format`: how the file is written; None: what its name says. `columns`: those to read, by name or, in a table
    without a header, by number from 0; None: all. `bad`: receives rows that cannot be read, so that the caller can add
    its own before they are reported together; None: they are raised here. `with_empty`: rows whose cells are all empty
    are rows too, as for answers that line up with the rows; a line without anything is never one.

    Raises RequestError for columns that are not there and for names that are no table's, DataError for a file that
    cannot be read, for one without rows, and for rows that cannot be read.
    """
    table_format = table_format or format_of(path)
    if table_format is None:
        raise RequestError(
            f"{path} is not a table: expected a name that ends in {', '.join(FORMATS)} (or .gz after it)"
        )
    reported = bad or BadRows(path, table_format.unit)
    table = table_format.table(path, columns, reported, progress, with_empty=with_empty)
    if bad is None:
        reported.check()
    return table
