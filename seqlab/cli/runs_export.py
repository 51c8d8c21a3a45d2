"""`seqlab runs export`: a table of runs as CSV, LaTeX or Markdown."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from seqlab import runs
from seqlab.cli.arguments import RunsDirectory
from seqlab.cli.completion import complete_run
from seqlab.cli.console import print_note
from seqlab.cli.runs_list import (
    Columns,
    Selection,
    Sort,
    Status,
    Task,
    Where,
    best_is_highest,
    column_names,
    table_of,
)
from seqlab.errors import RequestError
from seqlab.runs import RunSummary
from seqlab.text_format import counted, format_number

if TYPE_CHECKING:
    from seqlab.reports.run_table import RunTable


def export_command(
    references: Annotated[
        list[str],
        typer.Argument(
            metavar="RUN",
            default_factory=list,
            show_default=False,
            help="Runs and groups of runs; without any, all that the options select.",
            autocompletion=complete_run,
        ),
    ],
    runs_dir: RunsDirectory,
    where: Where,
    output: Annotated[Path, typer.Option("--output", "-o", metavar="FILE", help="Write it: .csv, .tex or .md.")],
    sort: Sort = None,
    status: Status = None,
    task: Task = None,
    columns: Columns = None,
    mean: Annotated[
        bool, typer.Option("--mean", help="A row per group: mean and standard deviation of each metric over its seeds.")
    ] = False,
) -> None:
    """Write a table of runs: what differs between their configs, and their metrics."""
    from seqlab.reports.output_file import refuse_unwritable

    suffix = output.suffix.lower()
    if suffix not in {".csv", ".tex", ".md"}:
        raise RequestError(f"{output} has no ending that names a format: .csv, .tex or .md")
    refuse_unwritable(output)
    chosen = Selection(where, status, task, sort).of(_named(references, runs_dir))
    if not chosen:
        raise RequestError(f"there are no such runs in {runs_dir}: `seqlab runs list` lists the runs")
    table = _table(chosen, column_names(columns, chosen), sort, mean=mean, for_programs=suffix == ".csv")
    if suffix == ".csv":
        _write(output, table.csv())
    else:
        _write(output, (table.latex if suffix == ".tex" else table.markdown)(format_number))
    rows = counted(len(table.rows), "row" if mean else "run")
    print_note(f"wrote {output}: {rows}, {counted(len(table.columns), 'column')}")


def _table(
    chosen: Sequence[RunSummary], names: Sequence[str] | None, sort: str | None, *, mean: bool, for_programs: bool
) -> RunTable:
    from seqlab.reports.group_table import group_table, with_deviations

    if not mean:
        return table_of(chosen, names, {})
    table = group_table(chosen, names, sort, descending=sort is not None and best_is_highest(sort, chosen))
    return with_deviations(table) if for_programs else table


def _write(path: Path, content: str) -> None:
    from seqlab import files
    from seqlab.reports.output_file import cannot_write

    try:
        with files.new_file(path) as file:
            file.write(content.encode("utf-8", errors="backslashreplace"))
    except OSError as error:
        raise cannot_write(path, error) from error


def _named(references: Sequence[str], runs_dir: Path) -> list[RunSummary]:
    """The runs that are named, of a group all finished ones; without names, all runs."""
    from seqlab.runs.summaries import summary_of

    if not references:
        return runs.list_runs(runs_dir)
    found: dict[Path, RunSummary] = {}
    for reference in references:
        group = runs.find_group(reference, runs_dir)
        for run in group or (runs.find(reference, runs_dir),):
            found[run.directory] = summary_of(run)
    return list(found.values())
