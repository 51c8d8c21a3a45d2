"""`seqlab sweep`: many trainings of one config, the best of which is kept."""

from __future__ import annotations

import json
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

import seqlab
from seqlab import runs_directory
from seqlab.cli.arguments import AsJson, Plugins, RunsDirectory
from seqlab.cli.console import print_json, print_note
from seqlab.cli.progress import terminal_progress
from seqlab.cli.sweep_table import SweepDisplay, print_sweep
from seqlab.errors import Stopped
from seqlab.text_format import counted

if TYPE_CHECKING:
    from seqlab.runs import RunSummary
    from seqlab.sweeps.opened import OpenedSweep

Launcher = Annotated[
    Literal["local"], typer.Option(metavar="local", help="What starts the workers: local, processes of this machine.")
]
Workers = Annotated[
    int,
    typer.Option(
        min=1,
        max=64,
        help="Trials at the same time. 1: in the process of this command; more: in processes that share the cores.",
    ),
]
Storage = Annotated[
    str | None,
    typer.Option(
        metavar="URL",
        help="Keep the study in this database, such as sqlite:///sweep.db, instead of a file of the sweep.",
    ),
]
RepeatBest = Annotated[
    int,
    typer.Option(
        "--repeat-best", metavar="N", min=0, max=100, help="At the end, train the best config with N other seeds."
    ),
]

WORKER = """
import json, sys
folder, *sys.path = json.loads(sys.argv.pop())
known = folder in sys.path
sys.path[:0] = [] if known else [folder]
import seqlab
del sys.path[: 0 if known else 1]
from seqlab.cli.sweep_worker import main
sys.exit(main())
"""
"""The program of a worker: seqlab from its folder, all other modules from where this command finds them. `-m` would
look for modules in the current folder first, which may hold files of any name."""

commands = typer.Typer()


@commands.command()
def sweep(
    file: Annotated[Path, typer.Argument(metavar="SWEEP.yaml", help="The sweep file: a base config and a space.")],
    runs_dir: RunsDirectory,
    plugins: Plugins,
    launcher: Launcher = "local",
    workers: Workers = 1,
    storage: Storage = None,
    repeat_best: RepeatBest = 0,
    as_json: AsJson = False,
) -> None:
    """Search for better values of a config: train trials, choose the best by validation.

    The same command continues a sweep, or joins one that is running.
    """
    from seqlab.sweeps.opened import open_sweep

    opened = open_sweep(file, runs_dir, plugins=plugins, storage=storage, progress=terminal_progress())
    begun = len(opened.rows)
    for note in opened.sweep.notes:
        print_note(note)
    print_note(f"sweep {opened.directory.id}" + (f", which has {counted(begun, 'trial')}" if begun else ""))
    try:
        _train_trials(opened, workers, storage)
    except Stopped as stop:
        opened.write_result()
        again = _again(file, runs_dir, workers, storage)
        print_note(f"{stop}; the trials are saved. To continue, the same command:\n  {again}")
        stop.told = True
        raise
    _report(opened, repeat_best, plugins, as_json=as_json)


def _again(file: Path, runs_dir: Path, workers: int, storage: str | None) -> str:
    """The command that continues a sweep. A password in the address of a storage is left out."""
    from seqlab.sweeps.sweep_directory import masked

    words = ["seqlab", "sweep", str(file)]
    if runs_dir.absolute() != runs_directory().absolute():
        words += ["--runs-dir", str(runs_dir)]
    if workers > 1:
        words += ["--workers", str(workers)]
    return shlex.join([*words, *([] if storage is None else ["--storage", masked(storage)])])


def _train_trials(opened: OpenedSweep, workers: int, storage: str | None) -> None:
    """Until every trial has ended, or the time is up. Raises Stopped after a signal."""
    from seqlab.sweeps.launcher_local import LocalWorkers, threads_per_worker
    from seqlab.sweeps.sweep_directory import Clock
    from seqlab.sweeps.trials import Trials
    from seqlab.sweeps.worker import work

    with SweepDisplay(opened.sweep) as display:
        display.begin(opened.rows)

        def look() -> int:
            return display.show(opened.rows)

        if workers == 1:
            work(Trials(opened.directory, opened.study, after_epoch=look), after_trial=look)
            return
        if not opened.study.open_trials():
            return
        job = {
            "file": str(opened.sweep.file.absolute()),
            "directory": str(opened.directory.path),
            "storage": storage,
            "threads": threads_per_worker(workers),
            "plugins": list(opened.sweep.plugins),
        }
        clock = Clock(opened.directory)

        def look_and_count() -> int:
            clock.tick()
            return look()

        folders = [str(Path(seqlab.__file__).absolute().parents[1]), *map(str, sys.path)]
        command = [sys.executable, "-I", "-c", WORKER, json.dumps(folders)]
        try:
            LocalWorkers(command, job, workers, opened.directory.path / "logs").run(look_and_count)
        finally:
            clock.close()


def _report(opened: OpenedSweep, repeats: int, plugins: list[str], *, as_json: bool) -> None:
    """Write and print what came of the sweep, and of the repeats of its best config. Raises typer.Exit with 1 if no
    trial finished, or not every repeat."""
    from seqlab.cli.repeats import group_as_json, note_unfinished, print_group
    from seqlab.reports.group_report import group_report
    from seqlab.sweeps.summary import as_json as sweep_as_json

    for note in opened.write_result():
        print_note(note)
    best, rows = opened.best, opened.rows
    if not as_json:
        print_sweep(opened.sweep, opened.directory, rows, best)
    group = _repeated(opened, repeats, plugins) if best is not None and repeats else []
    if as_json:
        result = sweep_as_json(opened.sweep, opened.directory, rows, opened.study.importances())
        print_json({**result, "repeats": group_as_json(group_report(group[0].group, group)) if group else None})
    elif group:
        goal = opened.sweep.goal
        print_group(group, as_json=False, first=[goal, goal.replace("validation.", "test.", 1)])
    if best is None or note_unfinished(group):
        raise typer.Exit(1)


def _repeated(opened: OpenedSweep, count: int, plugins: list[str]) -> list[RunSummary]:
    """Train the best config with other seeds, as a group of runs, which continues where it was stopped."""
    from seqlab.cli.repeats import LARGEST_SEED
    from seqlab.config import load
    from seqlab.experiment.repeats import train_group
    from seqlab.runs.groups import Membership

    loaded = load(opened.directory.best_file, plugins=tuple(plugins))
    first = loaded.experiment.runtime.seed
    seeds = tuple((first + number) % (LARGEST_SEED + 1) for number in range(1, count + 1))
    group = Membership(f"{opened.directory.id}-best", seeds)
    print_note(f"the best config with {counted(count, 'other seed')}")
    return train_group(loaded, group, opened.directory.runs_dir, plugins=plugins, progress=terminal_progress())
