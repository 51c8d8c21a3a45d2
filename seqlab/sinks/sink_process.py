"""The process of a sink: it reads messages, a line of JSON each, and answers each with a line.

`delivery.py` starts it and says what the messages are.
"""

from __future__ import annotations

import importlib
import json
import os
import signal
import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from seqlab.sinks.sink import SINKS, Connection, ReportedRun
from seqlab.text_format import without_credentials

LONGEST_PROBLEM = 200


def main() -> None:
    """Answer the messages of stdin on stdout, which nothing else can write to."""
    for name in ("SIGINT", "SIGTERM", "SIGHUP"):
        if (number := getattr(signal, name, None)) is not None:
            signal.signal(number, signal.SIG_IGN)  # the run gets it too, stops in order, and says so
    with os.fdopen(os.dup(1), "w", encoding="utf-8") as answers:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        for answer in answered(map(json.loads, sys.stdin)):
            answers.write(f"{json.dumps(answer)}\n")
            answers.flush()


def answered(messages: Iterable[Mapping[str, Any]]) -> Iterator[dict[str, str | None]]:
    """The answers to messages. If they end without an `end`, the process of the run is gone."""
    waiting = Waiting()
    for message in messages:
        waiting.add(message)
        yield {"problem": waiting.deliver(), "reference": waiting.reference}
        if message["kind"] == "end":
            return
    waiting.add({"kind": "end", "status": "killed"})
    waiting.deliver()


class Waiting:
    """What a sink did not take yet, in order: what fails is tried again with the next message."""

    def __init__(self) -> None:
        self._connection: Connection | None = None
        self._waiting: deque[Callable[[], None]] = deque()

    @property
    def reference(self) -> str | None:
        return None if self._connection is None else self._connection.reference

    def add(self, message: Mapping[str, Any]) -> None:
        """Translate a message into what is to be called."""
        details = {key: value for key, value in message.items() if key != "kind"}
        if message["kind"] == "begin":
            self._waiting.append(lambda: self._begin(**details))
        elif message["kind"] == "epoch":
            self._waiting.append(lambda: self._connected.log(**details))
        elif message["kind"] == "result":
            self._waiting.append(lambda: self._connected.summarize(**details))
        else:
            self._waiting.append(lambda: self._connected.finish(**details))

    def deliver(self) -> str | None:
        """Deliver what is waiting. Returns the reason if the sink does not take it."""
        while self._waiting:
            try:
                self._waiting[0]()
            except Exception as error:  # whatever a client or a server of others does
                return problem_of(error)
            self._waiting.popleft()
        return None

    def _begin(
        self, module: str, folder: str, sink: Mapping[str, Any], run: Mapping[str, Any], epochs: list[Any]
    ) -> None:
        """Connect, and send the epochs that the run has and the sink lacks."""
        if self._connection is None:
            sys.path.append(folder)
            importlib.import_module(module)
            self._connection = SINKS.read(dict(sink)).connect(ReportedRun(**run))
        known = set(self._connection.steps()) if epochs else set()
        for each in epochs:
            if each["step"] not in known:
                self._connection.log(**each)

    @property
    def _connected(self) -> Connection:
        assert self._connection is not None  # the first message that was taken was `begin`
        return self._connection


def problem_of(error: BaseException) -> str:
    """The reason of an error on one line. Clients wrap an error of the system, such as a refused connection, into
    several of their own."""
    chain = [error]
    while (cause := chain[-1].__cause__ or chain[-1].__context__) is not None:
        chain.append(cause)
    told = next((each for each in reversed(chain) if isinstance(each, OSError)), error)
    system = told.strerror if isinstance(told, OSError) else None
    reason = " ".join(without_credentials(system or str(told)).split()) or type(told).__name__
    return reason if len(reason) <= LONGEST_PROBLEM else f"{reason[:LONGEST_PROBLEM]}…"
