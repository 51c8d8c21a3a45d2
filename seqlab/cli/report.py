"""`seqlab report`: runs as one HTML file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from seqlab.cli.arguments import RUN_HELP, Plugins, RunsDirectory, note_which
from seqlab.cli.completion import complete_run
from seqlab.cli.console import print_note
from seqlab.cli.progress import terminal_progress
from seqlab.errors import RequestError

commands = typer.Typer()


@commands.command()
def report(
    runs_dir: RunsDirectory,
    plugins: Plugins,
    references: Annotated[
        list[str],
        typer.Argument(
            metavar="RUN",
            default_factory=list,
            show_default=False,
            help=f"{RUN_HELP} Several are compared with the first.",
            autocompletion=complete_run,
        ),
    ],
    output: Annotated[
        Path | None, typer.Option("-o", "--output", metavar="FILE.html", help="The file to write.", show_default=False)
    ] = None,
    split: Annotated[
        Literal["train", "validation", "test"] | None,
        typer.Option(help="Whose predictions are shown; by default test, or validation if there is no test split."),
    ] = None,
    no_model: Annotated[
        bool, typer.Option("--no-model", help="Load no model: faster, without attention and word maps.")
    ] = False,
) -> None:
    """Write one HTML file about a run, or about several beside each other. It needs no network to be read."""
    from seqlab import experiment, files, runs
    from seqlab.reports.output_file import refuse_unwritable

    if not references:
        raise RequestError("name a run: seqlab report latest -o report.html")
    if output is None:
        raise RequestError(f"name the file to write: seqlab report {' '.join(references)} -o report.html")
    if output.suffix.lower() not in (".html", ".htm"):
        raise RequestError(f"a report is an HTML file: {output} must end in .html")
    refuse_unwritable(output, makes_folder=True)
    found = [note_which(runs.find(each, runs_dir), each, runs_dir) for each in references]
    page = experiment.report(found, split=split, with_model=not no_model, plugins=plugins, progress=terminal_progress())
    output.parent.mkdir(parents=True, exist_ok=True)
    files.write_text(output, page)
    print_note(f"wrote {output} ({len(page.encode()) / 1e6:.1f} MB)")
