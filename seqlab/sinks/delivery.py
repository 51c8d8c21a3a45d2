"""Delivers what a run reports to a sink, in a process of the sink's own.

A client of a server imports a hundred modules, prints, retries for minutes, and can block for ever; none of it may
change a training, or make it wait. The process is started by a thread, which sends it a message and waits for the
answer before it sends the next:

    {"kind": "begin", "module", "folder", "sink", "run", "epochs"}   the sink, the run, and its epochs so far
    {"kind": "epoch", "metrics", "step", "time"}
    {"kind": "result", "result", "step", "time"}
    {"kind": "end", "status"}

The answer has the `reference` of the run in the sink, and the `problem` if the sink took not all so far. If the process
of the run is killed, the sink's finds the end of its input, and tells the sink so.
"""

from __future__ import annotations

import contextlib
import json
import os
import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

PROGRAM = "import json, sys; sys.path[:] = json.loads(sys.argv[1]); from seqlab.sinks.sink_process import main; main()"
"""With the modules of this process, and those of no other folder."""
Message = Mapping[str, Any]


@dataclass
class Delivery:
    """The messages of a run to a sink. Nothing of it waits for the sink but `close`."""

    _messages: queue.SimpleQueue[Message | None] = field(default_factory=queue.SimpleQueue)
    _answers: queue.SimpleQueue[Message] = field(default_factory=queue.SimpleQueue)
    _process: subprocess.Popen[str] | None = None
    _given_up: bool = False

    def __post_init__(self) -> None:
        self._thread = threading.Thread(target=self._work, name="sink", daemon=True)
        self._thread.start()

    def send(self, message: Message) -> None:
        """Deliver a message, later."""
        self._messages.put(message)

    def answers(self) -> Iterator[Message]:
        """The answers since the last call."""
        with contextlib.suppress(queue.Empty):
            while True:
                yield self._answers.get_nowait()

    def close(self, seconds: float) -> bool:
        """Wait so long for what is not delivered yet, and end the process. Whether it took everything in time."""
        self._messages.put(None)
        try:
            self._thread.join(seconds)
        finally:
            in_time = not self._thread.is_alive()
            self._given_up = not in_time
            if not in_time and self._process is not None:
                _kill(self._process)
        return in_time

    def _work(self) -> None:
        try:
            self._converse()
        except Exception as error:
            self._answers.put({"problem": str(error), "reference": None})

    def _converse(self) -> None:
        command = [sys.executable, "-I", "-c", PROGRAM, json.dumps(list(map(str, sys.path)))]
        with subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            encoding="utf-8",
            start_new_session=True,  # Ctrl-C in the terminal is meant for the run
        ) as process:
            self._process = process
            if self._given_up:  # while it was started
                _kill(process)
            assert process.stdin is not None
            assert process.stdout is not None
            while (message := self._messages.get()) is not None:
                process.stdin.write(f"{json.dumps(message)}\n")
                process.stdin.flush()
                if not (answer := process.stdout.readline()):
                    raise OSError("its process ended")
                self._answers.put(json.loads(answer))


def _kill(process: subprocess.Popen[str]) -> None:
    """The process with those that it started."""
    with contextlib.suppress(OSError):
        if hasattr(os, "killpg"):
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()
