"""`seqlab runs export`: a table of runs as CSV, LaTeX or Markdown."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from seqlab import runs
from seqlab.cli.arguments import RunsDirectory
from seqlab.cli.completion import complete_run
from seqlab.cli.console import print_note
from seqlab.cli.runs_list import Columns, Selection, Sort, Status, Task, Where, column_names, table_of
from seqlab.errors import RequestError
from seqlab.runs import RunSummary
from seqlab.text_format import counted, format_number


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
    table = table_of(chosen, column_names(columns, chosen), {})
    if suffix == ".csv":
        _write(output, table.csv())
    else:
        _write(output, (table.latex if suffix == ".tex" else table.markdown)(format_number))
    print_note(f"wrote {output}: {counted(len(table.rows), 'run')}, {counted(len(table.columns), 'column')}")


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
