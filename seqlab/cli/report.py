"""`seqlab report`: runs as one HTML file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from seqlab.cli.arguments import EvaluatedSplit, Plugins, RunArguments, RunsDirectory, note_which
from seqlab.cli.console import print_note
from seqlab.cli.progress import terminal_progress
from seqlab.errors import RequestError

if TYPE_CHECKING:
    pass

commands = typer.Typer()


@commands.command()
def report(
    runs_dir: RunsDirectory,
    plugins: Plugins,
    references: RunArguments,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", metavar="FILE.html", help="The file to write.", show_default=False)
    ] = None,
    split: EvaluatedSplit = None,
    no_model: Annotated[
        bool, typer.Option("--no-model", help="Load no model: faster, without attention and word maps.")
    ] = False,
) -> None:
    """Write one HTML file about a run, a group, or several beside each other. It needs no network to be read."""
    from seqlab.comparison import find_runs
    from seqlab.experiment.report import report as report_on
    from seqlab.reports.html_page import check_page, write_html

    if not references:
        raise RequestError("name a run: seqlab report latest -o report.html")
    if output is None:
        raise RequestError(f"name the file to write: seqlab report {' '.join(references)} -o report.html")
    check_page(output)
    sides = [find_runs(each, runs_dir) for each in references]
    for reference, side in zip(references, sides, strict=True):
        if len(side) == 1:
            note_which(side[0], reference, runs_dir)
    page = report_on(sides, split=split, with_model=not no_model, plugins=plugins, progress=terminal_progress())
    write_html(output, page)
    print_note(f"wrote {output} ({output.stat().st_size / 1e3:,.0f} kB)")
