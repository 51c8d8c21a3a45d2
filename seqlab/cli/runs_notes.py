"""`seqlab runs label` and `seqlab runs note`: what a user says of a run."""

from __future__ import annotations

from typing import Annotated

import typer

from seqlab import runs
from seqlab.cli.arguments import RunArgument, RunOption, RunsDirectory, note_which, split_run
from seqlab.cli.console import print_line, print_note
from seqlab.errors import RequestError
from seqlab.runs import Run

Words = Annotated[list[str], typer.Argument(metavar="TEXT", default_factory=list, show_default=False, help="The text.")]


def label_command(run: RunArgument, words: Words, runs_dir: RunsDirectory, run_option: RunOption = None) -> None:
    """Give a run a label, which `runs list` shows; an empty one ("") removes it."""
    from seqlab.runs.notes import set_label

    found, text = _run_and_text(run, run_option, words, runs_dir)
    if text is None:
        raise RequestError('TEXT is missing: give a label, or "" to remove it')
    label = set_label(found, text).label
    print_note(f"run {found.id} has the label '{label}'" if label else f"run {found.id} has no label")


def note_command(
    run: RunArgument,
    words: Words,
    runs_dir: RunsDirectory,
    run_option: RunOption = None,
    remove: Annotated[
        int | None, typer.Option(metavar="NUMBER", help="Remove the note of this number, from 1.")
    ] = None,
) -> None:
    """Add a note to a run; without a text, print its notes."""
    from seqlab.runs.notes import add_note, read_notes, remove_note

    found, text = _run_and_text(run, run_option, words, runs_dir)
    if remove is not None:
        if text is not None:
            raise RequestError(f"--remove {remove} takes no text: leave it out")
        remove_note(found, remove)
        print_note(f"removed note {remove} of run {found.id}")
    elif text is not None:
        number = len(add_note(found, text).notes)
        print_note(f"wrote note {number} of run {found.id}")
    else:
        for number, note in enumerate(read_notes(found).notes, 1):
            print_line(number, note.time[:16].replace("T", " "), note.text)


def _run_and_text(
    run: str | None, run_option: str | None, words: list[str], runs_dir: RunsDirectory
) -> tuple[Run, str | None]:
    """The run, and the words after it as one text; None without any."""
    reference, rest = split_run(run, run_option, words)
    found = note_which(runs.find(reference, runs_dir), reference, runs_dir)
    return found, " ".join(rest) if rest else None
