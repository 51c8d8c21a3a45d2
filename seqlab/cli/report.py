"""`seqlab report`: runs as one HTML file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from seqlab.cli.arguments import RUN_HELP, Plugins, RunsDirectory, note_which
from seqlab.cli.completion import complete_run
from seqlab.cli.console import print_note
from seqlab.cli.progress import terminal_progress
from seqlab.errors import RequestError

if TYPE_CHECKING:
    from seqlab.runs import Run

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
        Literal["test", "validation"] | None,
        typer.Option(help="Whose predictions are shown; by default test, or validation if there is no test split."),
    ] = None,
    no_model: Annotated[
        bool, typer.Option("--no-model", help="Load no model: faster, without attention and word maps.")
    ] = False,
) -> None:
    """Write one HTML file about a run, a group, or several beside each other. It needs no network to be read."""
    from seqlab import experiment, files
    from seqlab.reports.output_file import refuse_unwritable

    if not references:
        raise RequestError("name a run: seqlab report latest -o report.html")
    if output is None:
        raise RequestError(f"name the file to write: seqlab report {' '.join(references)} -o report.html")
    if output.suffix.lower() not in (".html", ".htm"):
        raise RequestError(f"a report is an HTML file: {output} must end in .html")
    refuse_unwritable(output)
    found = [run for each in references for run in _meant(each, runs_dir)]
    page = experiment.report(found, split=split, with_model=not no_model, plugins=plugins, progress=terminal_progress())
    files.write_text(output, page)
    print_note(f"wrote {output} ({len(page.encode()) / 1e3:,.0f} kB)")


def _meant(reference: str, runs_dir: Path) -> list[Run]:
    """The run, or the finished runs of the group."""
    from seqlab import runs

    return list(runs.find_group(reference, runs_dir)) or [
        note_which(runs.find(reference, runs_dir), reference, runs_dir)
    ]
