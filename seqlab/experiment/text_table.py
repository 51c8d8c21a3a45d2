"""The user's own table of texts to predict, read with the columns that a run was trained on or those that are named."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from seqlab.data.datasets import Dataset
from seqlab.data.datasets.pairs import SIDES
from seqlab.data.datasets.table_dataset import TableDataset, TextColumns
from seqlab.data.tables import Row, Table, TableFormat, format_of, read_table
from seqlab.data.tables.delimited import DELIMITERS, Delimited
from seqlab.data.tables.table import positions
from seqlab.errors import DataError, RequestError
from seqlab.progress import SILENT, Progress


@dataclass(frozen=True)
class TextTable:
    """All columns and rows of a table, and where in a row its text is."""

    columns: tuple[str, ...]
    rows: list[Row]
    has_header: bool
    text_positions: tuple[int, ...]
    notes: tuple[str, ...]

    def texts(self) -> Iterator[str]:
        """The text of each row: the text columns, joined by a space."""
        return (" ".join(cells[position] for position in self.text_positions) for _, cells in self.rows)


def read_text_table(path: Path, trained_on: Dataset, columns: Sequence[str], progress: Progress = SILENT) -> TextTable:
    """Read a table with its text columns: `columns`, or without any those of the dataset that a run was trained on.

    The options of that dataset (delimiter, encoding, header) are tried first, then other delimiters. Raises
    RequestError that lists the columns if one is missing, DataError for a table that cannot be read.
    """
    first_error: RequestError | DataError | None = None
    for table_format in _formats(path, trained_on, columns):
        try:
            table = read_table(path, table_format, progress=progress)
            found = _text_positions(path, table, trained_on, columns)
        except (RequestError, DataError) as error:
            first_error = first_error or error
            continue
        notes = table.notes
        if first_error is not None and isinstance(table_format, Delimited):
            notes = (f"{path.name} is read with the delimiter {table_format.delimiter!r}", *notes)
        return TextTable(table.columns, table.rows, table_format.names_columns, found, notes)
    raise first_error or RequestError(f"{path} is not a table")


def _formats(path: Path, trained_on: Dataset, columns: Sequence[str]) -> Iterator[TableFormat]:
    """How the table may be written, the most likely first."""
    default = format_of(path)
    if default is None:
        return
    options = type(default).model_fields.keys()
    likely = default
    if isinstance(trained_on, TableFormat) and options <= type(trained_on).model_fields.keys():
        likely = default.model_copy(update={name: getattr(trained_on, name) for name in options})
    if isinstance(likely, Delimited):
        named = [column for column in columns if not column.isdecimal()]
        likely = likely.model_copy(update={"header": likely.header if not columns else bool(named)})
        if isinstance(default, Delimited) and type(default) is not type(trained_on):
            yield likely.model_copy(update={"delimiter": default.delimiter})
        yield likely
        for other in DELIMITERS.replace(likely.delimiter, ""):
            yield likely.model_copy(update={"delimiter": other})
    else:
        yield likely


def _text_positions(path: Path, table: Table, trained_on: Dataset, columns: Sequence[str]) -> tuple[int, ...]:
    """The positions of the text columns. A name that contains a comma is a column before it is a list of them."""
    chosen: list[str] = []
    for given in columns or _columns_of(trained_on):
        chosen += [given] if given in table.columns else [name.strip() for name in given.split(",")]
    hint = "" if columns else "; name the column with the text: --text COLUMN"
    return tuple(positions(path, table.columns, chosen, hint))


def _columns_of(dataset: Dataset) -> list[str]:
    """The names of the columns with the text that a model reads; of pairs only the source."""
    if isinstance(dataset, TextColumns):
        return list(map(str, dataset.text_columns))
    if isinstance(dataset, TableDataset):
        return [str(dataset.chosen[0][1])]
    return list(dataset.text_fields[:1] if dataset.text_fields == SIDES else dataset.text_fields)
