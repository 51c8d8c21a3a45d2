"""`seqlab train`: one experiment, from a config to a saved and evaluated run."""

from __future__ import annotations

import shlex
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from seqlab import runs_directory
from seqlab.cli.arguments import AsJson, ConfigReference, Overrides, Plugins, RunsDirectory
from seqlab.cli.console import note, print_json, print_line
from seqlab.cli.figures import print_figures, print_verdicts
from seqlab.cli.progress import terminal_progress
from seqlab.runs import Run

commands = typer.Typer()


@commands.command()
def train(
    config: ConfigReference,
    overrides: Overrides,
    runs_dir: RunsDirectory,
    plugins: Plugins,
    name: Annotated[str | None, typer.Option(help="What the run is called, after its time.")] = None,
    as_json: AsJson = False,
) -> None:
    """Train one experiment, keep the best checkpoint by validation, and score it on the test split."""
    from seqlab import experiment
    from seqlab.config import load
    from seqlab.reports.verdict import verdicts

    loaded = load(config, overrides, plugins=tuple(plugins))
    run = experiment.train(loaded, runs_dir, name=name, progress=terminal_progress())
    result = run.result()
    found = verdicts(result, loaded.experiment.expected.bands)
    if as_json:
        print_json(
            {
                "run": run.id,
                "directory": str(run.directory),
                "status": run.status(),
                "result": result,
                "verdicts": [asdict(verdict) for verdict in found],
            }
        )
        return
    print_figures(result)
    print_verdicts(found, loaded.experiment.expected.source)
    _print_next_steps(run, runs_dir)


def _print_next_steps(run: Run, runs_dir: Path) -> None:
    reference = run.id if runs_dir == runs_directory() else shlex.quote(str(run.directory))
    print_line()
    print_line(f"run {run.id}")
    note(f'  seqlab predict {reference} "a text of your own"')
    note(f"  seqlab evaluate {reference} --split validation")
