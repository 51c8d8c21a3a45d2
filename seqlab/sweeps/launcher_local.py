"""The local launcher: worker processes on this machine, which share its cores.

A launcher starts workers, replaces those that die, and passes signals on. All else is in the storage and in the locks
of the sweep, so that another launcher needs to do nothing but start the same command on other machines.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from seqlab.errors import SeqlabError, Stopped
from seqlab.interruption import INTERRUPTED, TRY_AGAIN, Interruption
from seqlab.runs.machine_cores import usable_cores

POLL_SECONDS = 0.5
MOST_FAILURES = 3
"""Workers in a row that may end with an error before the sweep gives up."""


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
    _failures: int = 0

    def run(self, look: Callable[[], int]) -> None:
        """Start the workers and wait until they have nothing left to do. `look` is called all the time, and returns how
        many trials have ended.

        Raises Stopped after a signal, when all workers have saved and ended, and SeqlabError if workers keep failing.
        """
        ended = 0
        with Interruption() as interruption, interruption.deferred():
            try:
                self._running = [self._started() for _ in range(self.count)]
                while self._running:
                    if interruption.requested is not None:
                        self._stop(interruption.requested)
                        look()
                        raise interruption.requested
                    time.sleep(POLL_SECONDS)
                    before, ended = ended, look()
                    self._failures = 0 if ended > before else self._failures
                    self._replace_dead()
            finally:
                self._kill()

    def _started(self) -> subprocess.Popen[bytes]:
        self.logs.mkdir(exist_ok=True)
        # Of its own session: Ctrl-C in the terminal reaches the command alone, which passes it on.
        with (self.logs / f"worker-{os.getpid()}-{time.time_ns()}.log").open("wb") as log:
            process = subprocess.Popen(
                self.command, stdin=subprocess.PIPE, stdout=log, stderr=log, start_new_session=True
            )
        with contextlib.suppress(BrokenPipeError):  # killed already
            if process.stdin is not None:
                process.stdin.write(json.dumps(self.job).encode() + b"\n")
                process.stdin.flush()
        return process

    def _replace_dead(self) -> None:
        """Start a worker for each that was killed or failed; one that ended in order found nothing left to do."""
        running, codes = [], []
        for each in self._running:
            if each.poll() is None:
                running.append(each)
            else:
                codes.append(each.returncode)
                _close(each)
        self._running = running
        for code in codes:
            if code == 0:
                continue
            self._failures += 1
            if self._failures >= MOST_FAILURES * self.count:
                raise SeqlabError(
                    f"the workers of this sweep keep failing (the last with {_named(code)}): {self._why()}"
                )
            self._running.append(self._started())

    def _why(self) -> str:
        """The end of the newest log that says something."""
        for log in sorted(self.logs.glob(f"worker-{os.getpid()}-*.log"), reverse=True):
            if lines := log.read_text(encoding="utf-8", errors="replace").strip().splitlines():
                return "\n".join(lines[-3:])
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
            _close(each)


def _close(process: subprocess.Popen[bytes]) -> None:
    with contextlib.suppress(OSError):
        if process.stdin is not None:
            process.stdin.close()


def _named(code: int) -> str:
    return f"signal {-code}" if code < 0 else "a signal" if code in {INTERRUPTED, TRY_AGAIN} else f"exit code {code}"
