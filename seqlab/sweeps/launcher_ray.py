"""The Ray launcher: each trial is a task of a cluster, with its cores, GPUs and memory.

Ray starts a task again whose node or process died; it continues from the checkpoint of its trial, which lies in the
folder of runs that all nodes see. Ray itself retries no error of a program, so that one stands for exit code 75, and
gives a retry no more memory, so that tasks that were killed for want of it come back here and are started with more.
"""

from __future__ import annotations

import contextlib
import importlib
import os
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from seqlab.errors import RequestError
from seqlab.interruption import TRY_AGAIN, Interruption
from seqlab.progress import SILENT, Progress
from seqlab.sweeps.launching import Failures, Patient, Resources
from seqlab.sweeps.trials import MEMORY, TASK, Trials
from seqlab.sweeps.worker_process import NOTHING_FREE, last_lines, named, run_worker

POLL_SECONDS = 0.5
PAUSE_SECONDS = 10.0
"""Before the next task, after one that found no trial free: its worker is elsewhere, and may be saving."""
PATIENCE_SECONDS = 20.0
"""How long a task waits for a trial that becomes free, while it has its cores."""
SECONDS_TO_CONNECT = 10.0
RETRIES = 20
"""Of a task by Ray, whose node died or that was told to stop."""
FIRST_MEMORY = 4.0
"""Gigabytes that are reserved for a trial that was killed for want of memory, if none were before."""


class TryAgain(Exception):
    """The worker was told to save and stop (exit code 75), such as by a node that is taken away."""


class KilledError(Exception):
    """The worker was killed with signal 9, which is what the kernel does when memory runs out."""


class WorkerError(Exception):
    """The worker failed; its last lines."""


def train_one(job: dict[str, Any], logs: Path) -> int:
    """Run a worker for one trial, in a process of Ray on a node. Returns 0, or `NOTHING_FREE`."""
    log = logs / f"{job['task']}-{time.time_ns()}.log"
    code = run_worker(job, log)
    if code == TRY_AGAIN:
        raise TryAgain(job["task"])
    if code == -9:
        raise KilledError(job["task"])
    if code not in {0, NOTHING_FREE}:
        raise WorkerError(f"{named(code)}: {last_lines(log)}")
    return code


@dataclass(frozen=True)
class _Task:
    name: str
    memory: float
    """Gigabytes; 0: none are reserved."""
    only: int | None
    """The number of its trial, if it is for one that needs more memory than others."""


@dataclass
class RayTasks:
    """The tasks of a command. `job`: what a worker reads; `left`: how many trials have not ended."""

    address: str
    job: dict[str, Any]
    count: int
    resources: Resources
    trials: Trials
    left: Callable[[], int]
    logs: Path
    progress: Progress = SILENT
    _ray: Any = None
    _tasks: dict[Any, _Task] = field(default_factory=dict)
    _trials: Patient[list[Any]] = field(init=False)
    _submitted: int = 0
    _not_before: float = 0.0

    def __post_init__(self) -> None:
        self._trials = Patient(self.trials.study.trials, [])

    def run(self, look: Callable[[], int]) -> None:
        """See `Launcher`. Raises RequestError if the cluster does not answer."""
        self.logs.mkdir(exist_ok=True)
        failures = Failures(self.count)
        with connected(self.address, self.logs / "ray.log") as self._ray, Interruption() as interruption:
            self._note_what_no_node_has()
            with interruption.deferred():
                while self._submit() or self._tasks:
                    if interruption.requested is not None:
                        self._cancel()
                        look()
                        raise interruption.requested
                    time.sleep(POLL_SECONDS)
                    failures.note_progress(look())
                    self._collect(failures)

    def _submit(self) -> int:
        """Start the tasks that are missing. Returns how many trials are left."""
        left, usual = self.left(), self.resources.memory or 0.0
        of = {each.only for each in self._tasks.values()}
        free = min(self.count, left) - len(self._tasks)
        for trial in self._trials() if free > 0 else ():
            needed = trial.user_attrs.get(MEMORY, 0.0)
            if trial.state.name == "RUNNING" and needed > usual and trial.number not in of and free > 0:
                self._start(needed, trial.number)
                free -= 1
        if time.monotonic() >= self._not_before:
            for _ in range(free):
                self._start(usual)
        return left

    def _start(self, memory: float, only: int | None = None) -> None:
        self._submitted += 1
        task = _Task(f"task-{os.getpid()}-{self._submitted}", memory, only)
        job = {
            **self.job,
            "most": 1,
            "patience": PATIENCE_SECONDS,
            "task": task.name,
            "memory": memory,
            "only": only,
        }
        options = {"num_cpus": self.resources.cores, "num_gpus": self.resources.gpus, "name": task.name}
        reserved = {"memory": int(memory * 1e9)} if memory else {}
        remote = self._ray.remote(max_retries=RETRIES, retry_exceptions=[TryAgain])(train_one)
        self._tasks[remote.options(**options, **reserved).remote(job, self.logs)] = task

    def _collect(self, failures: Failures) -> None:
        """Take the results of tasks that ended. What they leave is left, and gets another task."""
        if not self._tasks:
            return
        ready, _ = self._ray.wait(list(self._tasks), num_returns=len(self._tasks), timeout=0)
        for reference in ready:
            task = self._tasks.pop(reference)
            try:
                if self._ray.get(reference) == NOTHING_FREE:
                    self._not_before = time.monotonic() + PAUSE_SECONDS
            except (self._ray.exceptions.OutOfMemoryError, KilledError) as error:
                if not self._give_more(task):
                    failures.add("too little memory", _said(error))
            except WorkerError as error:
                failures.add("an error", str(error.args[0]))
            except self._ray.exceptions.RayError as error:
                failures.add(type(error).__name__, _said(error))

    def _give_more(self, task: _Task) -> bool:
        """Record that the trial of a task that was killed needs more memory, up to that of the largest node; with that
        it has failed. Returns whether there is such a trial."""
        largest = max((each["Resources"].get("memory", 0.0) for each in self._nodes()), default=0.0) / 1e9
        memory = min(2 * task.memory or FIRST_MEMORY, largest)
        for trial in self._trials():
            if trial.state.name != "RUNNING" or trial.user_attrs.get(TASK) != task.name:
                continue
            killed = f"trial {trial.number} was killed for want of memory"
            if memory <= task.memory:
                return self.trials.give_up(trial.number, f"{killed} with {memory:.1f} GB, as much as any node has")
            self.trials.study.mark(trial, MEMORY, memory)
            self.progress.say(f"{killed}: it continues with {memory:.1f} GB")
            return True
        return False

    def _cancel(self) -> None:
        """Stop all tasks and wait: those that train save first, those that have not begun never do."""
        for reference in self._tasks:
            self._ray.cancel(reference)
        self._ray.wait(list(self._tasks), num_returns=len(self._tasks))

    def _nodes(self) -> list[dict[str, Any]]:
        return [each for each in self._ray.nodes() if each["Alive"]]

    def _note_what_no_node_has(self) -> None:
        """Say if trials must wait for a node that is large enough."""
        wanted = {"CPU": self.resources.cores, "GPU": self.resources.gpus, "memory": (self.resources.memory or 0) * 1e9}
        have = [each["Resources"] for each in self._nodes()]
        if any(all(each.get(name, 0) >= amount for name, amount in wanted.items()) for each in have):
            return
        largest = ", ".join(
            f"{int(each.get('CPU', 0))} cores, {int(each.get('GPU', 0))} GPUs, {each.get('memory', 0) / 1e9:.0f} GB"
            for each in have
        )
        self.progress.say(f"no node of the cluster is large enough for a trial: it waits for one (nodes: {largest})")


@contextlib.contextmanager
def connected(address: str, log: Path) -> Iterator[Any]:
    """A connection to the cluster at an address. Ray's own messages go to `log`."""
    ray = import_ray()
    if address.startswith("ray://"):
        raise RequestError(f"--cluster {address}: start this command on a node of the cluster, with --cluster auto")
    main = threading.current_thread() is threading.main_thread()
    before = signal.getsignal(signal.SIGTERM)
    with log.open("a", encoding="utf-8") as file, contextlib.redirect_stdout(file):
        try:
            _refuse_silence(os.environ.get("RAY_ADDRESS", address) if address == "auto" else address)
            ray.init(address=address, log_to_driver=False, logging_level="CRITICAL")
        except Exception as error:
            raise RequestError(
                f"no Ray cluster answers at {address} ({_said(error)}): start one with `ray start --head` and join it "
                "from other machines with `ray start --address HOST:6379`, or give its address (--cluster)"
            ) from error
        try:
            if main:
                signal.signal(signal.SIGTERM, before)  # Ray sets its own
            yield ray
        finally:
            ray.shutdown()
            if main:
                signal.signal(signal.SIGTERM, before)


def _refuse_silence(address: str) -> None:
    """Raises OSError if nothing listens at `HOST:PORT`: Ray would wait for minutes, and say so line by line."""
    host, _, port = address.rpartition(":")
    if host and port.isdigit():
        socket.create_connection((host, int(port)), SECONDS_TO_CONNECT).close()


def import_ray() -> Any:
    """Ray, which tells of tasks that were killed for want of memory. Raises RequestError if it is missing."""
    os.environ.setdefault("RAY_task_oom_retries", "0")
    try:
        return importlib.import_module("ray")
    except ImportError:
        raise RequestError("--launcher ray needs Ray, which is not installed: pip install 'seqlab[ray]'") from None


def _said(error: Exception) -> str:
    """One line of what an error says: the first one, of a traceback the last one."""
    lines = [line for line in str(error).splitlines() if line.strip()] or [type(error).__name__]
    return lines[-1 if "ray::" in lines[0] else 0].strip()
