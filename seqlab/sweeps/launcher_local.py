"""The local launcher: worker processes on this machine, which share its cores.

A launcher starts workers, replaces those that die, and passes signals on. All else is in the storage and in the locks
of the sweep, so that another launcher needs to do nothing but start the same command on other machines.
"""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from seqlab.errors import Stopped
from seqlab.interruption import INTERRUPTED, Interruption
from seqlab.runs.machine_cores import usable_cores
from seqlab.sweeps.launching import Failures
from seqlab.sweeps.worker_process import close, last_lines, named, start

POLL_SECONDS = 0.5


def threads_per_worker(workers: int) -> int | None:
    """The threads of each trial when several workers share the cores; None: all of them, for a single one."""
    return None if workers == 1 else max(1, usable_cores() // workers)


@dataclass
class LocalWorkers:
    """The worker processes of a command.

    `command`: the program that reads `job`, a line of JSON, from stdin, and stops when stdin ends: then the command was
    killed. `logs`: the folder for what workers print.
    """

    command: Sequence[str]
    job: Mapping[str, Any]
    count: int
    logs: Path
    _running: list[subprocess.Popen[bytes]] = field(default_factory=list)
    _failures: Failures = field(init=False)

    def __post_init__(self) -> None:
        self._failures = Failures(self.count)

    def run(self, look: Callable[[], int]) -> None:
        """Start the workers and wait until they have nothing left to do. `look` is called all the time, and returns how
        many trials have ended.

        Raises Stopped after a signal, when all workers have saved and ended, and SeqlabError if workers keep failing.
        """
        with Interruption() as interruption, interruption.deferred():
            try:
                self._running = [self._started() for _ in range(self.count)]
                while self._running:
                    if interruption.requested is not None:
                        self._stop(interruption.requested)
                        look()
                        raise interruption.requested
                    time.sleep(POLL_SECONDS)
                    self._failures.note_progress(look())
                    self._replace_dead()
            finally:
                self._kill()

    def _started(self) -> subprocess.Popen[bytes]:
        return start(self.command, self.job, self.logs / f"worker-{os.getpid()}-{time.time_ns()}.log")

    def _replace_dead(self) -> None:
        """Start a worker for each that was killed or failed; one that ended in order found nothing left to do."""
        running, codes = [], []
        for each in self._running:
            if each.poll() is None:
                running.append(each)
            else:
                codes.append(each.returncode)
                close(each)
        self._running = running
        for code in codes:
            if code == 0:
                continue
            self._failures.add(named(code), self._why())
            self._running.append(self._started())

    def _why(self) -> str:
        """The end of the newest log that says something."""
        for log in sorted(self.logs.glob(f"worker-{os.getpid()}-*.log"), reverse=True):
            if lines := last_lines(log):
                return lines
        return f"see {self.logs}"

    def _stop(self, stopped: Stopped) -> None:
        """Pass the signal on and wait until everything is saved. A second Ctrl-C does not wait."""
        number = signal.SIGINT if stopped.exit_code == INTERRUPTED else signal.SIGTERM
        for each in self._running:
            each.send_signal(number)
        for each in self._running:
            each.wait()

    def _kill(self) -> None:
        for each in self._running:
            if each.poll() is None:
                each.kill()
                each.wait()
            close(each)
