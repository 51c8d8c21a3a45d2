"""`seqlab pack` and `seqlab unpack`: a run as one file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from seqlab.cli.arguments import AsJson, RunArgument, RunOption, RunsDirectory, chosen_run, note_which
from seqlab.cli.console import print_json, print_line, print_note
from seqlab.cli.run_rows import format_size
from seqlab.errors import Stopped
from seqlab.text_format import counted

if TYPE_CHECKING:
    from seqlab.experiment.packing import Packed

commands = typer.Typer()

MOST_SHOWN = 5
"""Files that are named if they are left out."""


@commands.command()
def pack(
    run: RunArgument,
    runs_dir: RunsDirectory,
    output: Annotated[
        Path,
        typer.Option("-o", "--output", metavar="FILE", help="Write it: .tar, .tar.gz or .tgz.", show_default=False),
    ],
    run_option: RunOption = None,
    without_checkpoints: Annotated[
        bool, typer.Option("--without-checkpoints", help="Leave out what continuing the training needs.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Write a run to one file, with the checksums of all that is in it."""
    from seqlab import runs
    from seqlab.experiment import packing
    from seqlab.reports.output_file import cannot_write, refuse_unwritable

    refuse_unwritable(output)
    reference = chosen_run(run, run_option)
    found = note_which(runs.find(reference, runs_dir), reference, runs_dir)
    try:
        packed = packing.pack(found, output, checkpoints=not without_checkpoints)
    except OSError as error:
        raise cannot_write(output, error) from error
    except Stopped as stop:
        print_note(f"{stop}: {output} is not written")
        raise
    if packed.left_out:
        shown = ", ".join(packed.left_out[:MOST_SHOWN]) + (" …" if len(packed.left_out) > MOST_SHOWN else "")
        print_note(f"left out {counted(len(packed.left_out), 'file')} that seqlab did not write: {shown}")
    size = output.stat().st_size if output.is_file() else packed.bytes
    print_note(f"wrote {output}: {_described(packed)}, packed {format_size(size)}")
    print_note("run.json in it names this machine, its folders and the command line; look at it before you publish it")
    if as_json:
        _print(packed)


@commands.command()
def unpack(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="What `seqlab pack` wrote.", show_default=False)],
    runs_dir: RunsDirectory,
    check: Annotated[bool, typer.Option("--check", help="Only compare the checksums; write nothing.")] = False,
    as_json: AsJson = False,
) -> None:
    """Bring a packed run into the runs folder, if all its checksums hold."""
    from seqlab.experiment import packing

    if check:
        run = packing.verify(file)
        print_note(f"{file} is sound: all checksums of run {run} hold")
        print_json({"run": run}) if as_json else print_line(run)
        return
    try:
        packed = packing.unpack(file, runs_dir)
    except Stopped as stop:
        print_note(f"{stop}: nothing is unpacked")
        raise
    print_note(f"unpacked {_described(packed)}")
    _print(packed) if as_json else print_line(packed.run.id)


def _described(packed: Packed) -> str:
    return f"run {packed.run.id}, {counted(packed.files, 'file')}, {format_size(packed.bytes)}"


def _print(packed: Packed) -> None:
    print_json(
        {
            "run": packed.run.id,
            "directory": str(packed.run.directory),
            "files": packed.files,
            "bytes": packed.bytes,
            "left_out": list(packed.left_out),
        }
    )
