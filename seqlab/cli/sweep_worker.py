"""The process of a worker of `seqlab sweep`: it reads what to do from stdin, and stops when stdin ends."""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
from pathlib import Path
from typing import Any

import typer

from seqlab.cli.failures import report_errors
from seqlab.cli.progress import terminal_progress


def main() -> int:
    """Train trials until there is none left, or as many as the job says. Returns the exit code."""
    job = json.loads(sys.stdin.readline())
    threading.Thread(target=_stop_with_the_command, daemon=True).start()
    try:
        with report_errors():
            return _work(job)
    except typer.Exit as end:
        return end.exit_code


def _work(job: dict[str, Any]) -> int:
    from seqlab.sweeps.read_sweep import read_sweep
    from seqlab.sweeps.study import open_study
    from seqlab.sweeps.sweep_directory import SweepDirectory
    from seqlab.sweeps.trials import Trials
    from seqlab.sweeps.worker import work
    from seqlab.sweeps.worker_process import NOTHING_FREE

    sweep, directory = read_sweep(Path(job["file"]), job["plugins"]), SweepDirectory(Path(job["directory"]))
    directory.refuse_changes(sweep)
    storage = os.environ[job["storage_from"]] if job.get("storage_from") else job["storage"]
    study = open_study(sweep, directory, storage)
    limits: dict[str, Any] = {name: job.get(name) for name in ("task", "memory", "only")}
    trials = Trials(directory, study, job["threads"], terminal_progress(), **limits)
    trained = work(trials, most=job.get("most"), patience=job.get("patience"))
    return NOTHING_FREE if job.get("most") and not trained else 0


def _stop_with_the_command() -> None:
    """Wait for the end of stdin: the command was killed. Training is saved and stops, as after SIGTERM."""
    while sys.stdin.read(1):
        pass
    os.kill(os.getpid(), signal.SIGTERM)
