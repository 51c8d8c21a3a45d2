"""The SLURM launcher: each worker is a job, submitted by submitit.

SLURM signals a job before its time limit and when it is preempted; then its worker saves and the job is queued again,
and continues the trial, or another one, from its checkpoint in the folder of runs that all nodes see.
"""

from __future__ import annotations

import contextlib
import importlib
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from seqlab.errors import RequestError
from seqlab.interruption import TRY_AGAIN, Interruption
from seqlab.sweeps.launching import Failures, Resources
from seqlab.sweeps.worker_process import close, last_lines, named, start, stop, wait, worker_command

POLL_SECONDS = 1.0
MINUTES = 240
"""The time limit of a job, unless another is given: then it is queued again."""
MOST_LIMITS = 10_000
"""How often a job may reach it."""
SECONDS_TO_SAVE = 60.0
"""How long the command waits for jobs that it cancelled."""
SECONDS_TO_BE_KILLED = 60.0
"""After SIGTERM, which SLURM sends to all processes of a job that it is about to end."""


class WorkerError(Exception):
    """The worker failed; its last lines."""


class SlurmWorker:
    """What a job calls: a worker, as a process. submitit's `Checkpointable` by its method `checkpoint`."""

    def __init__(self, job: Mapping[str, Any], logs: Path) -> None:
        self.job, self.logs = dict(job), logs
        self._process: subprocess.Popen[bytes] | None = None

    def __call__(self) -> int:
        """Run a worker to its end. Raises WorkerError if it fails."""
        while (code := self._run()) == TRY_AGAIN:
            time.sleep(SECONDS_TO_BE_KILLED)
        return code

    def checkpoint(self) -> Any:
        """Stop the worker once it has saved, when the job is about to end. Returns what the next job calls."""
        if self._process is not None:
            stop(self._process)
        return importlib.import_module("submitit.helpers").DelayedSubmission(SlurmWorker(self.job, self.logs))

    def _run(self) -> int:
        log = self.logs / f"job-{time.time_ns()}.log"
        self._process = start(worker_command(self.job.get("modules", ())), self.job, log)
        try:
            code = wait(self._process)
        except BaseException:
            stop(self._process)
            raise
        finally:
            close(self._process)
        if code not in {0, TRY_AGAIN}:
            raise WorkerError(f"{named(code)}: {last_lines(log)}")
        return code


@dataclass
class SlurmJobs:
    """The jobs of a command. `options`: of submitit, such as `partition`; `cluster: local` runs them on this machine,
    to try it. `left`: how many trials have not ended."""

    job: dict[str, Any]
    count: int
    resources: Resources
    left: Callable[[], int]
    logs: Path
    name: str
    options: Mapping[str, str] = field(default_factory=dict)
    _jobs: list[Any] = field(default_factory=list)

    def run(self, look: Callable[[], int]) -> None:
        """See `Launcher`. Raises RequestError if SLURM is not there, or refuses the jobs."""
        self.logs.mkdir(exist_ok=True)
        executor, failures = self._executor(), Failures(self.count)
        with Interruption() as interruption, interruption.deferred():
            try:
                for _ in range(min(self.count, self.left())):  # one by one: if one is refused, the others are cancelled
                    self._jobs.append(self._submitted(executor))
                while self._jobs:
                    if interruption.requested is not None:
                        raise interruption.requested
                    time.sleep(POLL_SECONDS)
                    failures.note_progress(look())
                    self._replace_failed(executor, failures)
            except BaseException:
                self._cancel()
                look()
                raise

    def _replace_failed(self, executor: Any, failures: Failures) -> None:
        """Submit a job for each that failed; one that ended in order found nothing left to do."""
        done = [each for each in self._jobs if each.done()]
        self._jobs = [each for each in self._jobs if each not in done]
        for each in done:
            error = each.exception()
            if error is not None and self.left():
                failures.add(f"state {each.state}", _reason(error))
                self._jobs.append(self._submitted(executor))

    def _cancel(self) -> None:
        """Cancel the jobs, which tells their workers to save, and wait a while until they have."""
        for each in self._jobs:
            each.cancel(check=False)
        until = time.monotonic() + SECONDS_TO_SAVE
        while time.monotonic() < until and not all(each.done() for each in self._jobs):
            time.sleep(POLL_SECONDS)

    def _executor(self) -> Any:
        submitit = import_submitit()
        given = dict(self.options)
        cluster = given.pop("cluster", "slurm")
        wanted = {} if self.resources.memory is None else {"mem_gb": float(self.resources.memory)}
        if self.resources.gpus:  # a cluster without any refuses a request for none
            wanted["gpus_per_node"] = self.resources.gpus
        try:
            minutes = int(given.pop("timeout_min", MINUTES))
            executor = submitit.AutoExecutor(self.logs / "slurm", cluster=cluster, slurm_max_num_timeout=MOST_LIMITS)
            executor.update_parameters(
                name=f"seqlab-{self.name}",
                timeout_min=minutes,
                cpus_per_task=self.resources.cores,
                **wanted,
                **{f"slurm_{key}": int(value) if value.isdigit() else value for key, value in given.items()},
            )
        except Exception as error:
            raise RequestError(f"SLURM cannot be used ({_said(error)}){_hint(error)}") from error
        return executor

    def _submitted(self, executor: Any) -> Any:
        try:
            with _stderr_to(self.logs / "submitit.log"):
                return executor.submit(SlurmWorker(self.job, self.logs))
        except Exception as error:
            raise RequestError(
                f"SLURM refused a job ({_said(error)}): options are given as --slurm KEY=VALUE"
            ) from error


@contextlib.contextmanager
def _stderr_to(log: Path) -> Iterator[None]:
    """What is started meanwhile writes its errors to a file: a local job that is cancelled ends with a traceback."""
    sys.stderr.flush()
    before = os.dup(2)
    try:
        with log.open("ab") as file:
            os.dup2(file.fileno(), 2)
        yield
    finally:
        os.dup2(before, 2)
        os.close(before)


def import_submitit() -> Any:
    """submitit. Raises RequestError if it is missing."""
    try:
        return importlib.import_module("submitit")
    except ImportError:
        raise RequestError(
            "--launcher slurm needs submitit, which is not installed: pip install 'seqlab[slurm]'"
        ) from None


def _hint(error: Exception) -> str:
    if isinstance(error, RuntimeError):
        return (
            ": start this command where sbatch works, use --print-script for another scheduler, or try it on this "
            "machine with --slurm cluster=local"
        )
    return ": options of submitit are given as --slurm KEY=VALUE, such as --slurm partition=gpu"


def _reason(error: Exception) -> str:
    """Why a job failed: what its worker said, if it came that far."""
    text = str(error)
    _, found, said = text.partition(f"{WorkerError.__name__}: ")
    return said.partition("\n\n")[0].strip() if found else (text.strip().splitlines() or [type(error).__name__])[0]


def _said(error: Exception) -> str:
    return " ".join(str(error).split()) or type(error).__name__
