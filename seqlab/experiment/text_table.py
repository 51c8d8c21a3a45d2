"""A user's table of examples to answer, read with the columns that a run was trained on or those that are named."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from seqlab.data.datasets import Dataset
from seqlab.data.datasets.pairs import Pairs
from seqlab.data.datasets.table_dataset import TableDataset, TextColumns
from seqlab.data.datasets.text_folder import is_text_file
from seqlab.data.sources.text_encoding import TextEncoding, encoding_of_new, likely_encoding, read_text
from seqlab.data.tables import BadRows, NoRows, Row, RowsWriter, Table, TableFormat, format_of, read_table
from seqlab.data.tables.delimited import DELIMITERS, CommaDelimited, Delimited
from seqlab.data.tables.table import positions
from seqlab.errors import DataError, RequestError
from seqlab.progress import SILENT, Progress
from seqlab.tasks.given_rows import Example
from seqlab.text_format import quoted, wrong_encoding

LONGEST_HEADER = 1 << 16
"""Bytes of a first line that are looked at."""


@dataclass(frozen=True)
class TextTable:
    """All columns and rows of a table, and where in a row its text and its features are."""

    columns: tuple[str, ...]
    rows: Sequence[Row]
    has_header: bool
    text_positions: tuple[int, ...]
    notes: tuple[str, ...]
    places: Mapping[str, int] = field(default_factory=dict)
    """Of a run that reads features: the names of all columns in its own data → their positions here."""
    sources: Sequence[str] = ()
    """Each row as a JSON object, in JSON Lines as it is written; empty for formats without types."""
    typed: Any = None
    """The rows of Parquet as a `pyarrow.Table`."""
    delimiter: str = ","
    """Between the cells of a CSV file."""
    encoding: str = "utf-8"

    def examples(self) -> Iterator[Example]:
        """The text of each row: the text columns, joined by a space; with features, a mapping of the run's columns."""
        if not self.places:
            return (" ".join(cells[position] for position in self.text_positions) for _, cells in self.rows)
        return ({name: cells[position] for name, position in self.places.items()} for _, cells in self.rows)


def read_text_table(
    path: Path,
    trained_on: Dataset,
    columns: Sequence[str],
    *,
    encoding: str | None = None,
    progress: Progress = SILENT,
) -> TextTable:
    """Read a table with its text columns: `columns`, or without any those of the dataset that a run was trained on.

    The options of that dataset (delimiter, header) are tried first, then other delimiters. `encoding`: None: UTF-8 if
    the file is, else that of the dataset. Raises RequestError that lists the columns if one is missing, DataError for a
    table that cannot be read.
    """
    if path.is_dir():
        return _folder(path, trained_on, columns, encoding)
    first_error: RequestError | DataError | None = None
    for table_format in _formats(path, trained_on, columns, encoding):
        try:
            table = _table(path, table_format, trained_on, columns, progress)
            found = _text_positions(path, table, trained_on, columns)
            places = _places(path, table, trained_on, found, table_format.unit)
        except (RequestError, DataError) as error:
            first_error = first_error or error
            continue
        if columns and not table_format.names_columns:
            _refuse_header(path, table, trained_on, found)
        notes = table.notes
        if first_error is not None and isinstance(table_format, Delimited):
            notes = (f"{path.name} is read with the delimiter {table_format.delimiter!r}", *notes)
        texts = (table_format.names_columns, found, notes, places)
        return TextTable(table.columns, table.rows, *texts, table.sources, table.typed, *_writing(table_format))
    raise first_error or RequestError(f"{path} is not a table")


def _writing(table_format: TableFormat) -> tuple[str, str]:
    """The delimiter of CSV, and the encoding."""
    delimiter = table_format.delimiter if isinstance(table_format, CommaDelimited) else ","
    return delimiter, table_format.encoding if isinstance(table_format, TextEncoding) else "utf-8"


def _folder(path: Path, trained_on: Dataset, columns: Sequence[str], encoding: str | None) -> TextTable:
    """The texts below a folder, one per file, with the file's name beside each. Raises RequestError without any."""
    if trained_on.feature_columns:
        raise RequestError(f"{path} is a folder of texts, and this run reads rows: give a table with its columns")
    if columns:
        raise RequestError(f"{path} is a folder, whose texts have no columns: leave out --text")
    files = sorted(
        each
        for each in path.rglob("*")
        if is_text_file(each) and not any(part.startswith(".") for part in each.relative_to(path).parts)
    )
    if not files:
        raise RequestError(f"{path} has no texts; expected a file *.txt (or without an ending) per text")
    usual = trained_on.encoding if isinstance(trained_on, TextEncoding) else "utf-8"
    rows: list[Row] = [
        (number, [each.relative_to(path).as_posix(), read_text(each, _encoding(each, usual, encoding))])
        for number, each in enumerate(files, start=1)
    ]
    return TextTable(("file", "text"), rows, True, (1,), ())


def _table(
    path: Path, table_format: TableFormat, trained_on: Dataset, columns: Sequence[str], progress: Progress
) -> Table:
    """The table. One without rows is no error here: a job that runs every night has nothing to do sometimes."""
    try:
        return read_table(path, table_format, progress=progress, with_empty=True)
    except NoRows as error:
        empty_json_lines = not isinstance(table_format, Delimited)
        of_run = (*(columns or _columns_of(trained_on)), *trained_on.feature_columns.names)
        names = error.columns or (of_run if empty_json_lines else ())
        if not names:
            raise
        return Table(names, RowsWriter(len(names)).finish(), (f"{path.name} has no rows: there is nothing to answer",))


def _refuse_header(path: Path, table: Table, trained_on: Dataset, found: Sequence[int]) -> None:
    """Raises RequestError if the first row, which would be answered as a text, has names of the run's own columns."""
    own = {column for _, column in trained_on.chosen} if isinstance(trained_on, TableDataset) else set()
    first = [cell.strip() for cell in table.rows[0][1]]
    if {*own, *_columns_of(trained_on)} & set(first):
        names = ",".join(first[position] for position in found)
        raise RequestError(
            f"{path} has a header ({quoted(', '.join(first))}), and --text takes numbers only without one: name the "
            f"column, --text {shlex.quote(names)}"
        )


def _encoding(path: Path, usual: str, asked: str | None) -> str:
    """The encoding to read a file in. Raises RequestError for a name that is none, DataError if it does not fit."""
    if asked is None:
        return encoding_of_new(path, usual, "give --encoding {encoding}")
    if message := wrong_encoding(asked):
        raise RequestError(f"--encoding: {message}")
    if encoding_of_new(path, asked, "give --encoding {encoding}") != asked:
        raise DataError(f"{path} is UTF-8, not {asked}: leave out --encoding")
    return asked


def note_on_header(path: Path, trained_on: Dataset) -> str:
    """For a file that is read as lines: that it looks like a table with the columns of the run; else empty."""
    if not path.is_file():
        return ""  # what a pipe gives cannot be read twice
    with path.open("rb") as file:
        first = file.readline(LONGEST_HEADER).decode("utf-8", errors="replace").strip().removeprefix("\ufeff")
    own = set(_columns_of(trained_on))
    for delimiter in DELIMITERS:
        cells = [cell.strip(' "') for cell in first.split(delimiter)]
        if len(cells) > 1 and own & set(cells):
            ending = ".tsv" if delimiter == "\t" else ".csv"
            return (
                f"{path} looks like a table with the column {quoted(min(own & set(cells)))}, but is read as one text "
                f"per line, the header too: rename it to {path.with_suffix(ending).name} to read its column"
            )
    return ""


def encoding_advice(line: bytes, *, piped: bool = False) -> str:
    """What to do about a line that is not UTF-8, of a file or of what is piped in."""
    looks = likely_encoding(line)
    if piped:
        looking = f"it looks like {looks}: " if looks else ""
        return f"{looking}pipe it through iconv -f {looks or 'ENCODING'} -t utf-8"
    return f"it looks like {looks}: give --encoding {looks}" if looks else "give --encoding NAME"


def _formats(
    path: Path, trained_on: Dataset, columns: Sequence[str], encoding: str | None = None
) -> Iterator[TableFormat]:
    """How the table may be written, the most likely first."""
    default = format_of(path)
    if default is None:
        return
    options = type(default).model_fields.keys()
    likely = default
    if isinstance(trained_on, TableFormat) and options <= type(trained_on).model_fields.keys():
        likely = default.model_copy(update={name: getattr(trained_on, name) for name in options})
    if isinstance(likely, TextEncoding):
        usual = trained_on.encoding if isinstance(trained_on, TextEncoding) else likely.encoding
        likely = likely.model_copy(update={"encoding": _encoding(path, usual, encoding)})
    elif encoding is not None:
        raise RequestError(f"--encoding {encoding}: {path} is not a text file, leave out the option")
    if isinstance(likely, Delimited):
        named = [column for column in columns if not column.isdecimal()]
        likely = likely.model_copy(update={"header": likely.header if not columns else bool(named)})
        if isinstance(default, Delimited) and not isinstance(trained_on, type(default)):
            yield likely.model_copy(update={"delimiter": default.delimiter})
        yield likely
        for other in DELIMITERS.replace(likely.delimiter, ""):
            yield likely.model_copy(update={"delimiter": other})
    else:
        yield likely


def _text_positions(path: Path, table: Table, trained_on: Dataset, columns: Sequence[str]) -> tuple[int, ...]:
    """The positions of the text columns. A name that contains a comma is a column before it is a list of them."""
    chosen: list[str] = []
    for given in columns or _columns_of(trained_on, table):
        chosen += [given] if given in table.columns else [name.strip() for name in given.split(",")]
    hint = "" if columns else "; name the column with the text: --text COLUMN, or its number from 0 without a header"
    if trained_on.feature_columns and len(chosen) != len(_columns_of(trained_on)):
        expected = ", ".join(_columns_of(trained_on)) or "none: this run reads no text"
        raise RequestError(f"--text names {len(chosen)} columns; those of the run's own data are {expected}")
    return tuple(positions(path, table.columns, chosen, hint))


def _places(path: Path, table: Table, trained_on: Dataset, texts: Sequence[int], unit: str) -> dict[str, int]:
    """The columns of a run that reads features → their positions; empty for texts alone. Raises DataError with all rows
    that have text in a column of numbers."""
    columns = trained_on.feature_columns
    found = positions(path, table.columns, columns.names)
    bad = BadRows(path, unit)
    for number, cells in table.rows:
        columns.read(number, [cells[position] for position in found], bad, "leave the cell empty if there is none")
    bad.check()
    if not columns:
        return {}
    return dict(zip((*trained_on.text_columns_named, *columns.names), (*texts, *found), strict=True))


def _columns_of(dataset: Dataset, table: Table | None = None) -> list[str]:
    """The names of the columns with the text that a model reads; of pairs the source, as the table calls it."""
    if isinstance(dataset, TextColumns):
        return list(dataset.text_columns_named)
    if isinstance(dataset, Pairs):
        present = [] if table is None else [name for name in dataset.source_names if name in table.columns]
        return [*present, *dataset.source_names][:1]
    return list(dataset.text_fields)
