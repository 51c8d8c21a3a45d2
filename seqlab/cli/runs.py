"""`seqlab runs`: list, show, compare and delete runs."""

from __future__ import annotations

import os
import shlex
from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import typer

from seqlab import runs
from seqlab.cli.arguments import AsJson, RunArgument, RunOption, RunsDirectory, chosen_run, note_which
from seqlab.cli.compare import compare_command
from seqlab.cli.console import format_duration, print_json, print_line, print_note, print_rows
from seqlab.cli.metrics import print_metrics
from seqlab.errors import RequestError
from seqlab.runs import Run, RunSummary
from seqlab.text_format import counted, quoted

MOST_SHOWN = 5
"""Files of others that are named before a run is deleted."""

commands = typer.Typer()
runs_commands = typer.Typer(no_args_is_help=True)
commands.add_typer(runs_commands, name="runs", help="List, show, compare and delete runs.")
runs_commands.command("compare")(compare_command)


@runs_commands.command("list")
def list_command(runs_dir: RunsDirectory, as_json: AsJson = False) -> None:
    """List the runs from the oldest to the newest."""
    summaries = runs.list_runs(runs_dir)
    if as_json:
        print_json([_summary_as_json(each) for each in summaries])
        return
    if not summaries:
        print_note(f"no runs in {runs_dir}; train one with: seqlab train quickstart")
        return
    print_rows(("run", "status", "total time", "result"), map(_row, summaries))


@runs_commands.command("show")
def show_command(
    run: RunArgument, runs_dir: RunsDirectory, run_option: RunOption = None, as_json: AsJson = False
) -> None:
    """Show a run: status, metrics, command and environment."""
    reference = chosen_run(run, run_option)
    found = note_which(runs.find(reference, runs_dir), reference, runs_dir)
    recorded, result = found.metadata(), found.result()
    metadata = {**recorded, "status": found.status_from(recorded)}
    if as_json:
        print_json({"run": metadata, "result": result, "directory": str(found.directory)})
        return
    for name, value in _details(found, metadata):
        print_line(f"{name:<11}{value}")
    if result:
        print_line()
        print_metrics(result, found.speed_unit)


@runs_commands.command("delete")
def delete_command(
    run: RunArgument,
    runs_dir: RunsDirectory,
    run_option: RunOption = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask for confirmation.")] = False,
) -> None:
    """Delete a run directory."""
    reference = chosen_run(run, run_option)
    if reference == "latest":
        raise RequestError("'latest' cannot be deleted: name the run (`seqlab runs list` lists the runs)")
    found = runs.locate(reference, runs_dir)
    if yes and not runs.is_exact(reference, found):
        raise RequestError(f"with --yes, give the full id of the run to delete: {found.id}")
    foreign = runs.foreign_files(found)
    if yes and foreign:
        raise RequestError(
            f"{found.directory} holds {counted(len(foreign), 'file')} that seqlab did not write: {_shown(foreign)}. "
            "Nothing was deleted: move what you want to keep, or confirm without --yes"
        )
    also = f", with what seqlab did not write: {_shown(foreign)}" if foreign else ""
    if not yes and not typer.confirm(f"delete {found.directory} and all its files{also}?", err=True):
        raise typer.Exit(1)
    runs.delete(found)
    print_note(f"deleted {found.id}")


def _shown(names: Sequence[str]) -> str:
    return ", ".join(map(quoted, names[:MOST_SHOWN])) + (", …" if len(names) > MOST_SHOWN else "")


def _row(summary: RunSummary) -> tuple[object, ...]:
    reason = summary.damage or str(summary.metadata.get("reason") or "")
    reason = reason.replace(f"{summary.run.directory}{os.sep}", "")
    seconds = _seconds(summary.metadata)
    return (
        summary.run.id,
        summary.status,
        None if seconds is None else format_duration(seconds),
        reason.partition("\n")[0] or _headline(summary),  # `seqlab runs show` prints all of a reason
    )


def _headline(summary: RunSummary) -> str:
    return "{} {:.4f}".format(*summary.headline) if summary.headline else ""


def _seconds(metadata: Mapping[str, Any]) -> float | None:
    """Seconds that all processes spent on a run, pauses between them excluded; None if it has not ended."""
    seconds: float | None = metadata.get("seconds") if metadata.get("ended") else None
    return seconds


def _summary_as_json(summary: RunSummary) -> dict[str, Any]:
    return {
        "id": summary.run.id,
        "directory": str(summary.run.directory),
        "status": summary.status,
        "reason": summary.damage or summary.metadata.get("reason"),
        "task": summary.task or None,
        "started": summary.metadata.get("started"),
        "ended": summary.metadata.get("ended"),
        "result": summary.result,
    }


def _details(run: Run, metadata: Mapping[str, Any]) -> list[tuple[str, object]]:
    """Name and value of the lines of `seqlab runs show`; empty values are omitted."""
    reason = f": {metadata['reason']}" if metadata.get("reason") else ""
    lines = [
        ("run", run.id),
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
    ]
    return [(name, value) for name, value in lines if value not in (None, "")]


def _joined(command: object) -> str:
    return shlex.join(map(str, command)) if isinstance(command, list) else ""


def _pairs(value: object) -> str:
    return ", ".join(f"{name} {each}" for name, each in value.items()) if isinstance(value, Mapping) else ""
