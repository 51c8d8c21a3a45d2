"""`seqlab card`: the model card of a run."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from seqlab.cli.arguments import Plugins, RunArgument, RunOption, RunsDirectory, chosen_run, note_which
from seqlab.cli.console import print_note, print_text

commands = typer.Typer()


@commands.command()
def card(
    run: RunArgument,
    runs_dir: RunsDirectory,
    plugins: Plugins,
    run_option: RunOption = None,
    output: Annotated[
        Path | None,
        typer.Option("-o", "--output", metavar="FILE", help="Write a file instead of printing.", show_default=False),
    ] = None,
) -> None:
    """Print a model card: Markdown with the metadata that the Hugging Face Hub reads."""
    from seqlab import files, runs
    from seqlab.experiment.card import model_card
    from seqlab.reports.output_file import refuse_unwritable

    if output is not None:
        refuse_unwritable(output)
    reference = chosen_run(run, run_option)
    found = note_which(runs.find(reference, runs_dir), reference, runs_dir)
    text = model_card(found, plugins=plugins)
    if output is None:
        print_text(text.rstrip("\n"))
    else:
        files.write_text(output, text)
        print_note(f"wrote {output}")
