"""`seqlab runs`: what was run, what came of it, and its end."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any

import typer

from seqlab import runs
from seqlab.cli.arguments import AsJson, RunReference, RunsDirectory
from seqlab.cli.console import note, print_json, print_line, print_table
from seqlab.cli.metrics import print_metrics
from seqlab.errors import RequestError
from seqlab.runs import Run, Summary

commands = typer.Typer()
runs_commands = typer.Typer(no_args_is_help=True)
commands.add_typer(runs_commands, name="runs", help="List, show and delete runs.")


@runs_commands.command("list")
def list_command(runs_dir: RunsDirectory, as_json: AsJson = False) -> None:
    """List the runs, the oldest first."""
    summaries = runs.list_runs(runs_dir)
    if as_json:
        print_json([_summary_as_json(each) for each in summaries])
        return
    if not summaries:
        note(f"there are no runs in {runs_dir} yet: seqlab train quickstart makes one")
        return
    print_table(("run", "status", "seconds", "result"), map(_row, summaries))


@runs_commands.command("show")
def show_command(run: RunReference, runs_dir: RunsDirectory, as_json: AsJson = False) -> None:
    """Show one run: its status, its figures, where and with what it was made."""
    found = runs.find(run, runs_dir)
    metadata, result = found.metadata(), found.result()
    metadata["status"] = found.status_in(metadata)
    if as_json:
        print_json({"run": metadata, "result": result, "directory": str(found.directory)})
        return
    for name, value in _described(found, metadata):
        print_line(f"{name:<11}{value}")
    if result:
        print_line()
        print_metrics(result)


@runs_commands.command("delete")
def delete_command(
    run: RunReference,
    runs_dir: RunsDirectory,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
) -> None:
    """Delete a run and everything in it."""
    if run == "latest":
        raise RequestError("'latest' is not precise enough to delete by: name the run (`seqlab runs list` shows them)")
    found = runs.locate(run, runs_dir)
    if not yes and not typer.confirm(f"delete {found.directory} and everything in it?", err=True):
        raise typer.Exit(1)
    runs.delete(found)
    note(f"deleted {found.id}")


def _row(summary: Summary) -> tuple[object, ...]:
    said = summary.damage or str(summary.metadata.get("reason") or "") or _main_figure(summary.result)
    return summary.run.id, summary.status, _seconds(summary.metadata), said


def _main_figure(result: Mapping[str, Any]) -> str:
    """The first figure on the test split after the loss, which compares with nothing but itself."""
    for name, value in result.items():
        if name.startswith("test.") and name != "test.loss" and isinstance(value, int | float):
            return f"{name} {value:.4f}"
    return ""


def _seconds(metadata: Mapping[str, Any]) -> int | None:
    try:
        return round((_time(metadata["ended"]) - _time(metadata["started"])).total_seconds())
    except (KeyError, TypeError, ValueError):
        return None


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _summary_as_json(summary: Summary) -> dict[str, Any]:
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


def _described(run: Run, metadata: Mapping[str, Any]) -> list[tuple[str, object]]:
    """What a person asks of a run first; the rest stands in its files."""
    reason = f": {metadata['reason']}" if metadata.get("reason") else ""
    lines = [
        ("run", run.id),
        ("status", f"{metadata['status']}{reason}"),
        ("started", metadata.get("started")),
        ("ended", metadata.get("ended")),
        ("command", _joined(metadata.get("command"))),
        ("host", _pairs(metadata.get("host"))),
        ("versions", _pairs(metadata.get("versions"))),
        ("git", _pairs(metadata.get("git"))),
        ("parameters", metadata.get("parameters")),
        ("files", run.directory),
    ]
    return [(name, value) for name, value in lines if value not in (None, "")]


def _joined(command: object) -> str:
    return shlex.join(map(str, command)) if isinstance(command, list) else ""


def _pairs(value: object) -> str:
    return ", ".join(f"{name} {each}" for name, each in value.items()) if isinstance(value, Mapping) else ""
