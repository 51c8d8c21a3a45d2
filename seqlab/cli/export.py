"""`seqlab export`: a run as a folder that other programs use without seqlab."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from seqlab.cli import completion
from seqlab.cli.arguments import AsJson, Plugins, RunArgument, RunOption, RunsDirectory, chosen_run, note_which
from seqlab.cli.console import print_json, print_line, print_note
from seqlab.cli.progress import terminal_progress
from seqlab.cli.run_rows import format_size
from seqlab.errors import RequestError
from seqlab.exports.format_names import FORMATS, chosen_format, refuse_without_packages
from seqlab.text_format import counted

if TYPE_CHECKING:
    from seqlab.exports.export import Exported

commands = typer.Typer()


@commands.command()
def export(
    run: RunArgument,
    runs_dir: RunsDirectory,
    plugins: Plugins,
    name: Annotated[
        str | None,
        typer.Option(
            "--format",
            metavar="FORMAT",
            help="; ".join(f"{name}: {help_text}" for name, help_text in FORMATS.items()) + ".",
            show_default=False,
            autocompletion=completion.complete_format,
        ),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option("-o", "--output", metavar="DIR", help="The folder: a new one, or empty.", show_default=False),
    ] = None,
    run_option: RunOption = None,
    as_json: AsJson = False,
) -> None:
    """Write a run as a folder that needs no seqlab: model, README, checksums.

    Nothing is written unless its answers are those of the run.
    """
    name, output = _chosen(name, output)
    from seqlab import runs
    from seqlab.exports.export import export as exported
    from seqlab.exports.export import refuse_folder

    refuse_folder(output)
    reference = chosen_run(run, run_option)
    found = note_which(runs.find(reference, runs_dir), reference, runs_dir)
    done = exported(found, name, output, plugins=plugins, progress=terminal_progress())
    print_note(f"{done.agreement} ({done.compared})")
    print_note(
        f"wrote {counted(done.files, 'file')}, {format_size(done.bytes)}; {output / 'README.md'} says how to use it"
    )
    print_json(_as_json(done)) if as_json else print_line(output)


def _chosen(name: str | None, output: Path | None) -> tuple[str, Path]:
    """Both options. Raises RequestError for one that is missing or cannot be had."""
    name = chosen_format(name)
    if output is None:
        raise RequestError("--output is missing: give the folder to write (-o DIR)")
    refuse_without_packages(name)
    return name, output


def _as_json(done: Exported) -> dict[str, object]:
    return {
        "run": done.run.id,
        "format": done.format,
        "directory": str(done.directory),
        "files": done.files,
        "bytes": done.bytes,
        "agreement": {
            "of": done.agreement.of,
            "texts": done.agreement.texts,
            "unequal": len(done.agreement.unequal),
            "difference": done.agreement.difference,
            "source": done.compared,
        },
    }
