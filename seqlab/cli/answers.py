"""Tables in, tables out: `--file new.csv -o answers.csv` of `seqlab predict` and `seqlab translate`."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from itertools import repeat, tee
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from seqlab.cli.console import print_note
from seqlab.cli.progress import terminal_progress
from seqlab.cli.texts import TextNotes, check_encoding, check_file, process_texts
from seqlab.errors import RequestError
from seqlab.text_format import counted, quoted, visible

if TYPE_CHECKING:
    from seqlab.experiment.text_table import TextTable
    from seqlab.reports.answer_table import Answer, AnswerColumns, Formulas, Write
    from seqlab.runs import Run

TextColumns = Annotated[
    list[str],
    typer.Option(
        "--text",
        metavar="COLUMNS",
        default_factory=list,
        show_default=False,
        help="The text columns of the table, separated by commas, if they are not called as in the run's data.",
    ),
]
Spreadsheet = Annotated[
    bool | None,
    typer.Option(
        "--spreadsheet/--no-spreadsheet",
        show_default=False,
        help="In CSV and TSV, put an apostrophe before cells that begin with = + - @, so that no spreadsheet runs them "
        "as formulas. By default only in the answers; numbers are never changed.",
    ),
]

FileEncoding = Annotated[
    str | None,
    typer.Option(
        "--encoding",
        metavar="NAME",
        show_default=False,
        help="The encoding of --file: utf-8, windows-1252, utf-16 … By default UTF-8, or that of the run's own data "
        "for a table that is not UTF-8.",
    ),
]

AnswerRows = Callable[[Iterable[Any]], Iterator[Sequence["Answer"]]]
"""Texts, or rows → for each its answers, None if there is nothing to answer."""


@dataclass(frozen=True)
class TableRequest:
    """What the options ask for."""

    file: str | None
    text_columns: list[str]
    output: Path | None
    spreadsheet: bool | None
    as_json: bool
    encoding: str | None = None

    def check(self, texts: list[str]) -> None:
        """Raises RequestError for what cannot be done, before anything is loaded."""
        check_file(texts, self.file)
        if self.text_columns and not self._reads_table:
            raise RequestError("--text names columns of a table: add --file TABLE (.csv, .tsv, .jsonl or .parquet)")
        if self.encoding is not None:
            check_encoding(self.encoding, self.file)
        if self.output is None:
            return
        from seqlab.reports.answer_table import check_output

        if self.as_json:
            raise RequestError("--json prints to the terminal: remove it, or write JSON with -o answers.jsonl")
        check_output(self.output, read=None if self.file in (None, "-") else Path(str(self.file)))

    def read(self, run: Run, plugins: Sequence[str], overrides: Sequence[str]) -> TextTable | None:
        """The table, read as the run's own data; None if texts come from elsewhere. Raises RequestError if the run
        reads rows, which texts cannot be."""
        if not self._reads_table:
            from seqlab.experiment.load import refuse_texts

            refuse_texts(run)
        if self.file in (None, "-"):
            return None
        from seqlab.config import load
        from seqlab.experiment.text_table import note_on_header, read_text_table

        data = load(run.config_file, overrides, plugins=tuple(plugins)).experiment.data
        path = Path(str(self.file))
        if not self._reads_table:
            if note := note_on_header(path, data):
                print_note(note)
            return None
        table = read_text_table(path, data, self.text_columns, encoding=self.encoding, progress=terminal_progress())
        for note in table.notes:
            print_note(note)
        return table

    def answer(self, table: TextTable | None, texts: list[str], names: tuple[str, ...], rows_of: AnswerRows) -> None:
        """Write the user's rows, or texts from elsewhere, with the answers in columns of these names."""
        from seqlab.reports.answer_table import AnswerColumns, Formulas

        formulas = Formulas(own=bool(self.spreadsheet), answers=self.spreadsheet is not False)
        if table is None:
            columns = AnswerColumns.of(("text",), names)
            with self._open(columns, formulas) as write:
                process_texts(texts, self.file, lambda several: _write_texts(several, rows_of, write), self.encoding)
        else:
            columns = AnswerColumns.of(
                table.columns, names, has_header=table.has_header, typed=table.typed, delimiter=table.delimiter
            )
            for name, free in zip(names, columns.answers, strict=True):
                if name != free:
                    print_note(f"the table has a column {quoted(name)}: the answers are in {quoted(free)}")
            with self._open(columns, formulas) as write:
                _write_rows(table, str(self.file), rows_of, write)
        if formulas.found:
            print_note(
                f"{counted(formulas.found, 'cell')} of the table that a spreadsheet may run as formulas (they begin "
                "with = + - or @): --spreadsheet puts an apostrophe before them"
            )
        if self.output is not None:
            other = table is not None and table.encoding != "utf-8" and self.output.suffix != ".parquet"
            encoding = f" as UTF-8 ({self.file} is {table.encoding})" if table is not None and other else ""
            print_note(f"wrote {self.output}{encoding}")

    @property
    def _reads_table(self) -> bool:
        if self.file in (None, "-"):
            return False
        from seqlab.reports.answer_table import is_table

        path = Path(str(self.file))
        return path.is_dir() or is_table(path)

    def _open(self, columns: AnswerColumns, formulas: Formulas) -> AbstractContextManager[Write]:
        from seqlab.reports.answer_table import open_table, stream_suffix, writer_of

        if self.output is not None:
            return open_table(self.output, columns, formulas)
        suffix = ".jsonl" if self.as_json else stream_suffix(Path(str(self.file)))
        return nullcontext(writer_of(_Stdout(), suffix, columns, formulas))


class _Stdout:
    """Standard output: what a terminal would execute is shown escaped there, and unchanged in a file or pipe."""

    def write(self, text: str) -> int:
        return sys.stdout.write(visible(text, keep="\n\t") if sys.stdout.isatty() else text)


def _write_rows(table: TextTable, name: str, rows_of: AnswerRows, write: Write) -> None:
    notes = TextNotes()
    with terminal_progress().step("answering", len(table.rows), "rows") as step:
        sources = table.sources or repeat(None, len(table.rows))
        for (line, cells), source, answers in zip(table.rows, sources, rows_of(table.examples()), strict=True):
            write(cells, answers, source)
            if answers[0] is None:
                notes.unanswered(f"in {name}:{line}")
            step.advance()
    notes.note_rest()


def _write_texts(texts: Iterable[str], rows_of: AnswerRows, write: Write) -> None:
    notes = TextNotes()
    inputs, written = tee(texts)
    for text, answers in zip(written, rows_of(inputs), strict=True):
        write([text], answers)
        if answers[0] is None:
            notes.unanswered(quoted(text))
    notes.note_rest()
