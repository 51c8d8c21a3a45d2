"""`seqlab runs`: what is done with runs, and `runs show`."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import typer

from seqlab import runs
from seqlab.cli.arguments import AsJson, RunArgument, RunOption, RunsDirectory, chosen_run, note_which
from seqlab.cli.compare import compare_command
from seqlab.cli.console import print_detail, print_json, print_line, print_note
from seqlab.cli.metrics import print_metrics
from seqlab.cli.repeats import print_group
from seqlab.cli.runs_delete import delete_command, prune_command
from seqlab.cli.runs_export import export_command
from seqlab.cli.runs_list import list_command
from seqlab.cli.runs_notes import label_command, note_command
from seqlab.errors import RequestError
from seqlab.runs import Run
from seqlab.runs.groups import group_of
from seqlab.runs.notes import NO_NOTES, Notes, read_notes

WIDTH = 11
"""Columns of the names of details."""
WHOLE = {"command", "files"}
"""Details that are copied."""

commands = typer.Typer()
runs_commands = typer.Typer(no_args_is_help=True)
commands.add_typer(runs_commands, name="runs", help="List, show, label, compare, export and delete runs.")


def show_command(
    run: RunArgument, runs_dir: RunsDirectory, run_option: RunOption = None, as_json: AsJson = False
) -> None:
    """Show a run: status, metrics, notes, command and environment; of a group of runs the table of its seeds."""
    reference = chosen_run(run, run_option)
    if group := group_of(reference, runs_dir):
        print_group(group, as_json=as_json)
        return
    found = note_which(runs.find(reference, runs_dir), reference, runs_dir)
    recorded, result, notes = found.metadata(), found.result(), _notes_of(found)
    metadata = {**recorded, "status": found.status_from(recorded)}
    if as_json:
        said = {"label": notes.label or None, "notes": [asdict(each) for each in notes.notes]}
        print_json({"run": metadata, "result": result, "directory": str(found.directory), **said})
        return
    for name, value in _details(found, metadata, notes):
        if name in WHOLE:
            print_line(f"{name:<{WIDTH}}{value}")
        else:
            print_detail(name, value, width=WIDTH)
    if result:
        print_line()
        print_metrics(result, found.speed_unit)


runs_commands.command("list")(list_command)
runs_commands.command("show")(show_command)
runs_commands.command("label")(label_command)
runs_commands.command("note")(note_command)
runs_commands.command("export")(export_command)
runs_commands.command("compare")(compare_command)
runs_commands.command("delete")(delete_command)
runs_commands.command("prune")(prune_command)


def _notes_of(run: Run) -> Notes:
    """The notes of a run; none, and a message, if their file is damaged."""
    try:
        return read_notes(run)
    except RequestError as error:
        print_note(str(error))
        return NO_NOTES


def _details(run: Run, metadata: Mapping[str, Any], notes: Notes) -> list[tuple[str, object]]:
    """Name and value of the lines of `seqlab runs show`; empty values are omitted."""
    reason = f": {metadata['reason']}" if metadata.get("reason") else ""
    lines = [
        ("run", run.id),
        ("label", notes.label),
        ("group", metadata.get("group")),
        ("status", f"{metadata['status']}{reason}"),
        ("warning", metadata.get("warning")),
        ("started", metadata.get("started")),
        ("ended", metadata.get("ended")),
        ("command", _joined(metadata.get("command"))),
        ("host", _pairs(metadata.get("host"))),
        ("versions", _pairs(metadata.get("versions"))),
        ("git", _pairs(metadata.get("git"))),
        ("parameters", metadata.get("parameters")),
        ("trained", metadata.get("trained_parameters")),
        ("vectors", ", ".join(of_side["source"] for of_side in (metadata.get("pretrained") or {}).values())),
        ("begun from", (metadata.get("init_from") or {}).get("run")),
        ("encoder", (metadata.get("encoder") or {}).get("run")),
        ("files", run.directory),
        *(("note", f"{each.time[:10]} {each.text}") for each in notes.notes),
    ]
    return [(name, value) for name, value in lines if value not in (None, "")]


def _joined(command: object) -> str:
    return shlex.join(map(str, command)) if isinstance(command, list) else ""


def _pairs(value: object) -> str:
    return ", ".join(f"{name} {each}" for name, each in value.items()) if isinstance(value, Mapping) else ""
