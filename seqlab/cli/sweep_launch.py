"""What starts the workers of `seqlab sweep`: its options, and the launcher that they choose."""

from __future__ import annotations

import os
import re
import shlex
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from seqlab import runs_directory
from seqlab.cli.progress import terminal_progress
from seqlab.errors import RequestError
from seqlab.text_format import counted

if TYPE_CHECKING:
    from seqlab.sweeps.launching import Launcher, Resources
    from seqlab.sweeps.opened import OpenedSweep
    from seqlab.sweeps.sweep_directory import Clock

LauncherName = Annotated[
    Literal["local", "ray", "slurm"],
    typer.Option(
        "--launcher",
        help="What trains the trials: processes of this machine, tasks of a Ray cluster, or SLURM jobs.",
    ),
]
Workers = Annotated[
    int,
    typer.Option(
        min=1,
        max=512,
        help="Trials at the same time. Of local workers, one is the process of this command, and several are processes "
        "that share the cores.",
    ),
]
Cores = Annotated[
    int | None, typer.Option(min=1, show_default=False, help="With ray and slurm: cores of each trial.  \\[default: 1]")
]
Gpus = Annotated[
    int | None, typer.Option(min=0, show_default=False, help="With ray and slurm: GPUs of each trial.  \\[default: 0]")
]
Memory = Annotated[
    float | None,
    typer.Option(
        metavar="GB",
        show_default=False,
        help="With ray and slurm: memory of each trial. Ray gives one that was killed for want of it twice as much.",
    ),
]
Cluster = Annotated[
    str | None,
    typer.Option(
        metavar="HOST:PORT",
        show_default=False,
        help="With ray: the address of the cluster; auto: the one that this machine belongs to.  \\[default: auto]",
    ),
]
Slurm = Annotated[
    list[str],
    typer.Option(
        "--slurm",
        metavar="KEY=VALUE",
        default_factory=list,
        show_default=False,
        help="With slurm: an option of submitit, such as partition=gpu or timeout_min=600. Can be repeated.",
    ),
]
PrintScript = Annotated[
    bool,
    typer.Option(
        "--print-script",
        help="Print a script that any scheduler may start any number of times to work on this sweep, and end.",
    ),
]
_PASSWORD = re.compile(r"://[^/@:]*:[^/@]*@")


@dataclass(frozen=True)
class Launch:
    """The options of a command that decide how its trials are trained. None: not given."""

    launcher: str
    workers: int
    cores: int | None
    gpus: int | None
    memory: float | None
    cluster: str | None
    slurm: list[str]
    print_script: bool

    def __post_init__(self) -> None:
        """Raises RequestError for options that mean nothing with the others."""
        here = self.launcher == "local"
        if self.print_script and not here:
            raise RequestError(
                f"--print-script prints a script that trains where it is started: leave --launcher {self.launcher} out"
            )
        for name in ("cores", "gpus", "memory"):
            if here and not self.print_script and getattr(self, name) is not None:
                raise RequestError(
                    f"--{name} is for --launcher ray and slurm, and for --print-script: workers on this machine share "
                    "what it has"
                )
        if here and not self.print_script:
            self._refuse_more_than_cores()
        if self.cluster is not None and self.launcher != "ray":
            raise RequestError("--cluster is the address of a Ray cluster: give --launcher ray")
        if self.slurm and self.launcher != "slurm":
            raise RequestError("--slurm is for --launcher slurm")
        if self.memory is not None and self.memory <= 0:
            raise RequestError(f"--memory {self.memory:g}: expected gigabytes, more than 0")
        for each in self.slurm:
            if not re.match(r"\w+=.", each):
                raise RequestError(f"--slurm {each}: expected KEY=VALUE, such as partition=gpu")

    def _refuse_more_than_cores(self) -> None:
        from seqlab.runs.machine_cores import usable_cores

        if self.workers > (cores := usable_cores()):
            raise RequestError(
                f"--workers {self.workers}: this machine can give {counted(cores, 'core')} to workers, and each needs "
                f"one: give --workers {cores}, or --launcher ray or slurm for other machines"
            )

    @property
    def resources(self) -> Resources:
        from seqlab.sweeps.launching import Resources

        given = {"cores": self.cores, "gpus": self.gpus, "memory": self.memory}
        return Resources(**{name: value for name, value in given.items() if value is not None})  # type: ignore[arg-type]

    @property
    def in_this_process(self) -> bool:
        return self.launcher == "local" and self.workers == 1

    def refuse_missing(self) -> None:
        """Raises RequestError if the package that the launcher needs is missing, before anything is written."""
        from seqlab.sweeps.launcher_ray import import_ray
        from seqlab.sweeps.launcher_slurm import import_submitit

        if self.launcher == "ray":
            import_ray()
        elif self.launcher == "slurm":
            import_submitit()

    def words(self) -> list[str]:
        """These options as they are typed."""
        named: dict[str, object] = {
            "launcher": None if self.launcher == "local" else self.launcher,
            "workers": None if self.workers == 1 else self.workers,
            "cluster": self.cluster,
        }
        if not self.print_script:
            named |= {"cores": self.cores, "gpus": self.gpus, "memory": self.memory}
        words = [word for name, value in named.items() if value is not None for word in (f"--{name}", str(value))]
        return words + [word for each in self.slurm for word in ("--slurm", each)]

    def build(self, opened: OpenedSweep, clock: Clock, storage: str | None) -> Launcher:
        """The launcher. Raises RequestError if what it needs is missing."""
        from seqlab.sweeps.launcher_local import LocalWorkers, threads_per_worker
        from seqlab.sweeps.launcher_ray import RayTasks
        from seqlab.sweeps.launcher_slurm import SlurmJobs
        from seqlab.sweeps.launching import Patient, trials_left
        from seqlab.sweeps.script import STORAGE_VARIABLE
        from seqlab.sweeps.trials import Trials
        from seqlab.sweeps.worker_process import environment, worker_command

        logs = opened.directory.path / "logs"
        here = max(1, min(self.workers, trials_left(opened.study, clock)))
        job: dict[str, object] = {
            "file": str(opened.sweep.file.absolute()),
            "directory": str(opened.directory.path),
            "storage": storage,
            "threads": threads_per_worker(here) if self.launcher == "local" else self.resources.cores,
            "plugins": list(opened.sweep.plugins),
        }
        if self.launcher == "local":
            return LocalWorkers(worker_command(), job, here, logs)
        job |= {"modules": [each for each in sys.path if each], "environment": environment()}

        left = Patient(lambda: trials_left(opened.study, clock), 1)
        if self.launcher == "ray":
            address, progress = self.cluster or "auto", terminal_progress()
            trials = Trials(opened.directory, opened.study)
            return RayTasks(address, job, self.workers, self.resources, trials, left, logs, progress)
        if storage is not None and has_password(storage):  # submitit keeps what it submits in files
            os.environ[STORAGE_VARIABLE] = storage
            job |= {"storage": None, "storage_from": STORAGE_VARIABLE}
        options = dict(each.split("=", 1) for each in self.slurm)
        return SlurmJobs(job, self.workers, self.resources, left, logs, opened.sweep.name, options)


def command_words(file: Path, runs_dir: Path, plugins: Sequence[str], launch: Launch, storage: str | None) -> list[str]:
    """The words after `seqlab` of the command that continues a sweep. A password in the address of a storage is left
    out."""
    from seqlab.sweeps.sweep_directory import masked

    words = ["sweep", str(file)]
    if runs_dir.absolute() != runs_directory().absolute():
        words += ["--runs-dir", str(runs_dir)]
    words += [word for each in plugins for word in ("--plugin", each)]
    return [*words, *launch.words(), *([] if storage is None else ["--storage", masked(storage)])]


def script(file: Path, runs_dir: Path, launch: Launch, storage: str | None, plugins: list[str]) -> str:
    """The script of `--print-script`. Raises RequestError, such as ConfigError, if the sweep cannot begin."""
    from seqlab.sweeps.read_sweep import read_sweep
    from seqlab.sweeps.script import sweep_script

    name = read_sweep(file, plugins).name
    secret = storage is not None and has_password(storage)
    words = command_words(file.absolute(), runs_dir.absolute(), plugins, launch, None)
    if "--runs-dir" not in words:
        words += ["--runs-dir", str(runs_dir.absolute())]
    words += [] if secret or storage is None else ["--storage", storage]
    command = [sys.executable, "-P", "-m", "seqlab", *words]
    return sweep_script(name, command, Path.cwd(), launch.resources, launch.workers, needs_storage=secret)


def has_password(storage: str) -> bool:
    """Whether the address of a storage holds one."""
    return _PASSWORD.search(storage) is not None


def shown(words: list[str]) -> str:
    """A command as it is typed."""
    return shlex.join(["seqlab", *words])
