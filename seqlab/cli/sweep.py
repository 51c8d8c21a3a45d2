"""`seqlab sweep`: many trainings of one config, the best of which is kept."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from seqlab.cli.arguments import AsJson, Plugins, RunsDirectory
from seqlab.cli.console import print_json, print_note, print_text
from seqlab.cli.progress import terminal_progress
from seqlab.cli.sweep_launch import (
    Cluster,
    Cores,
    Gpus,
    Launch,
    LauncherName,
    Memory,
    PrintScript,
    Slurm,
    Workers,
    command_words,
    script,
    shown,
)
from seqlab.cli.sweep_table import SweepDisplay, print_sweep
from seqlab.errors import RequestError, Stopped
from seqlab.text_format import counted

if TYPE_CHECKING:
    from seqlab.runs import RunSummary
    from seqlab.sweeps.opened import OpenedSweep

Storage = Annotated[
    str | None,
    typer.Option(
        metavar="URL",
        envvar="SEQLAB_STORAGE",
        help="Keep the study in a database instead of a file of the sweep: sqlite:///sweep.db, postgresql://…, or "
        "grpc://HOST:PORT of Optuna's proxy.",
    ),
]
RepeatBest = Annotated[
    int,
    typer.Option(
        "--repeat-best", metavar="N", min=0, max=100, help="At the end, train the best config with N other seeds."
    ),
]

commands = typer.Typer()


@commands.command()
def sweep(
    file: Annotated[Path, typer.Argument(metavar="SWEEP.yaml", help="The sweep file: a base config and a space.")],
    runs_dir: RunsDirectory,
    plugins: Plugins,
    slurm: Slurm,
    launcher: LauncherName = "local",
    workers: Workers = 1,
    cores: Cores = None,
    gpus: Gpus = None,
    memory: Memory = None,
    cluster: Cluster = None,
    storage: Storage = None,
    print_script: PrintScript = False,
    repeat_best: RepeatBest = 0,
    as_json: AsJson = False,
) -> None:
    """Search for better values of a config: train trials, choose the best by validation.

    The same command continues a sweep, or joins one that is running.
    """
    launch = Launch(launcher, workers, cores, gpus, memory, cluster, slurm, print_script)
    if print_script:
        print_text(script(file, runs_dir, launch, storage, plugins).rstrip())
        return
    from seqlab.sweeps.opened import open_sweep

    launch.refuse_missing()
    opened = open_sweep(file, runs_dir, plugins=plugins, storage=storage, progress=terminal_progress())
    _note_what_begins(opened)
    try:
        _train_trials(opened, launch, storage)
    except Stopped as stop:
        opened.write_result()
        again = shown(command_words(file, runs_dir, plugins, launch, storage))
        print_note(f"{stop}; the trials are saved. To continue, the same command:\n  {again}")
        stop.told = True
        raise
    _report(opened, repeat_best, plugins, as_json=as_json)


def _note_what_begins(opened: OpenedSweep) -> None:
    begun = len(opened.rows)
    for note in opened.sweep.notes:
        print_note(note)
    print_note(f"sweep {opened.directory.id}" + (f", which has {counted(begun, 'trial')}" if begun else ""))


def _train_trials(opened: OpenedSweep, launch: Launch, storage: str | None) -> None:
    """Until every trial has ended, or the time is up. Raises Stopped after a signal."""
    from seqlab.sweeps.launching import Patient
    from seqlab.sweeps.storage import deletion_named
    from seqlab.sweeps.sweep_directory import Clock
    from seqlab.sweeps.trials import Trials
    from seqlab.sweeps.worker import work

    with SweepDisplay(opened.sweep) as display:
        display.begin(opened.rows)

        look = Patient(lambda: display.show(opened.rows), 0)
        if launch.in_this_process:
            trials = Trials(opened.directory, opened.study, after_epoch=look)
            work(trials, after_trial=look, say=print_note)
            look()  # another command may have ended the last trial
            return
        clock = Clock(opened.directory)
        started = launch.build(opened, clock, storage)
        if not opened.study.open_trials():
            return

        def look_and_count() -> int:
            clock.tick()
            return look()

        try:
            with deletion_named():
                started.run(look_and_count)
                look()  # a trial may have ended since it was called last
        except RequestError:  # the launcher cannot be used
            opened.discard_unused()
            raise
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
