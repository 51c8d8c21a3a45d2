"""What the hosts of a training tell one another: values that all must have, and that one of them ended.

Gradients go through TensorFlow. Here go decisions (how many steps the next call has, whether to stop), digests and the
state of a checkpoint, over a connection of each host with the chief.
"""

from __future__ import annotations

import contextlib
import queue
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from seqlab.errors import HostLostError, SeqlabError, Stopped, is_out_of_memory
from seqlab.hosts.cluster import Cluster
from seqlab.hosts.connection import BYTES, HEARTBEAT, HEARTBEAT_SECONDS, LEAVE, MESSAGE, Connection, parsed

START_AGAIN = "start seqlab on all hosts again, with --resume to go on from the last checkpoint, if there is one"
OF_A_LOST_PEER = {"UnavailableError", "AbortedError", "CancelledError", "DeadlineExceededError", "InternalError"}
"""TensorFlow's errors, by name, when a host is gone in the middle of a step."""
PATIENCE = 10.0
"""Seconds after such an error in which the connection should say which host it is."""
CLOSING_SECONDS = 2.0


class HostLeftError(SeqlabError):
    """Another host ended with an error, which its message repeats; `exit_code` is that of the other."""

    def __init__(self, message: str, exit_code: int) -> None:
        super().__init__(message)
        self.exit_code = exit_code


class Group:
    """The hosts of a training, or this process alone (`ALONE`), which exchanges values with itself.

    All hosts must call the same methods in the same order. Each raises HostLostError, HostLeftError or Stopped once
    another host is gone.
    """

    def __init__(self, cluster: Cluster | None = None, connections: Mapping[int, Connection] | None = None) -> None:
        self.cluster = cluster
        self.servers: tuple[str, ...] = ()
        """Addresses of the TensorFlow servers, by host."""
        self._connections = dict(connections or {})
        self._inboxes: dict[int, queue.Queue[tuple[bytes, bytes] | None]] = {
            index: queue.Queue() for index in self._connections
        }
        self._ended: BaseException | None = None
        self._on_end: list[Callable[[], None]] = []
        self._leaving = threading.Event()
        self._lock = threading.Lock()
        self._listeners = {
            index: threading.Thread(target=self._listen, args=(index,), daemon=True) for index in self._connections
        }
        for thread in self._listeners.values():
            thread.start()
        if self._connections:
            threading.Thread(target=self._beat, daemon=True).start()

    @property
    def count(self) -> int:
        return 1 if self.cluster is None else len(self.cluster.addresses)

    @property
    def index(self) -> int:
        return 0 if self.cluster is None else self.cluster.index

    @property
    def is_chief(self) -> bool:
        """Whether this process writes the run."""
        return self.index == 0

    def name(self, index: int) -> str:
        return "this host" if self.cluster is None else self.cluster.name(index)

    def exchange(self, value: Any) -> list[Any]:
        """The values of all hosts, by host. A value is what JSON can hold; numbers keep all their bits."""
        if self.count == 1:
            return [value]
        if not self.is_chief:
            self._send(0, MESSAGE, value)
            values: list[Any] = self._receive(0)
            return values
        values = [value, *(self._receive(index) for index in range(1, self.count))]
        for connection in self._connections.values():
            # A host that has its values may have ended because of them, as all will: the others must get them too. That
            # one is gone is said by the next call.
            with contextlib.suppress(OSError):
                connection.send_json(MESSAGE, values)
        return values

    def from_chief(self, value: Any) -> Any:
        """The chief's value, on all hosts; that of another host is ignored."""
        return self.exchange(value if self.is_chief else None)[0]

    def stop_requested(self, own: Stopped | None) -> Stopped | None:
        """The stop that a signal on any host asked for."""
        if self.count == 1:
            return own
        values = self.exchange(None if own is None else [own.signal, own.exit_code])
        stops = [(index, stop) for index, stop in enumerate(values) if stop is not None]
        if own is not None or not stops:
            return own
        index, (signal, exit_code) = stops[0]
        return Stopped(f"{signal} on {self.name(index)}", exit_code)

    def send_bytes(self, content: bytes, to: int) -> None:
        """From the chief to a host, which must call `receive_bytes`."""
        self._send(to, BYTES, content)

    def receive_bytes(self) -> bytes:
        content: bytes = self._receive(0, BYTES)
        return content

    def when_one_ends(self, function: Callable[[], None]) -> None:
        """Call a function, in a thread of its own, when another host is gone, at once if it is gone already: what waits
        for that host in a call of TensorFlow must be woken."""
        with self._lock:
            if self._ended is None:
                self._on_end.append(function)
                return
        function()

    def raise_if_one_ended(self, patience: float = 0.0) -> None:
        """Raises the reason why another host is gone, if one is, or says so within `patience` seconds."""
        until = time.monotonic() + (patience if self._connections else 0.0)
        while self._ended is None and time.monotonic() < until:
            time.sleep(0.05)
        if self._ended is not None:
            raise self._ended

    @contextlib.contextmanager
    def errors_named(self) -> Iterator[None]:
        """Raises the reason why a host is gone in place of the error that TensorFlow has for it."""
        try:
            yield
        except Exception as error:
            if self.count == 1 or type(error).__name__ not in OF_A_LOST_PEER or is_out_of_memory(error):
                raise
            until = time.monotonic() + PATIENCE
            while self._ended is None and time.monotonic() < until:
                time.sleep(0.05)
            first = str(error).strip().partition("\n")[0]
            self._end(HostLostError(f"the hosts lost one another ({first}): {START_AGAIN}"))
            raise self._reason() from error

    def leave(self, error: BaseException | None) -> None:
        """This process ends its part, with an error or at the end: tell the others and close all connections."""
        self._leaving.set()
        for connection in self._connections.values():
            with contextlib.suppress(OSError):
                connection.send_json(LEAVE, told(error))
                connection.end()
        until = time.monotonic() + CLOSING_SECONDS
        for thread in self._listeners.values():  # closed at once, the last message could be lost on its way
            thread.join(max(until - time.monotonic(), 0))
        for connection in self._connections.values():
            connection.close()

    def finish(self, value: Any) -> Any:
        """At the end, the chief's value on all hosts. The chief waits for nobody: its work is done."""
        if self.is_chief:
            for index in self._connections:
                with contextlib.suppress(SeqlabError, Stopped):
                    self._send(index, MESSAGE, value)
            return value
        return self._receive(0)

    def _send(self, index: int, kind: bytes, value: Any) -> None:
        self.raise_if_one_ended()
        try:
            if kind == BYTES:
                self._connections[index].send(kind, value)
            else:
                self._connections[index].send_json(kind, value)
        except OSError as error:
            self._listeners[index].join(1)  # what the other host said at last is more than that it is gone
            self._end(self._lost(index, error))
            raise self._reason() from error

    def _receive(self, index: int, expected: bytes = MESSAGE) -> Any:
        frame = None
        while frame is None:
            with contextlib.suppress(queue.Empty):
                frame = self._inboxes[index].get(timeout=0.5)  # signals are handled in between
                if frame is None:
                    raise self._reason()
        if frame[0] != expected:
            self._end(self._lost(index, ConnectionError("it is at another point of the training")))
            raise self._reason()
        return parsed(frame[1]) if expected == MESSAGE else frame[1]

    def _reason(self) -> BaseException:
        return self._ended or HostLostError(f"another host has ended already: {START_AGAIN}")

    def _listen(self, index: int) -> None:
        connection, inbox = self._connections[index], self._inboxes[index]
        try:
            while True:
                kind, content = connection.receive()
                if kind == LEAVE:
                    if (reason := parsed(content)) is not None:
                        self._end(error_of(reason, self.name(index)))
                    return
                if kind != HEARTBEAT:
                    inbox.put((kind, content))
        except OSError as error:
            if not self._leaving.is_set():
                self._end(self._lost(index, error))
        finally:
            inbox.put(None)

    def _beat(self) -> None:
        while not self._leaving.wait(HEARTBEAT_SECONDS):
            for connection in list(self._connections.values()):
                with contextlib.suppress(OSError):  # the thread that listens notices
                    connection.send(HEARTBEAT)

    def _end(self, error: BaseException) -> None:
        """Keep the first reason, and wake whoever waits."""
        with self._lock:
            if self._ended is not None:
                return
            self._ended = error
        for inbox in self._inboxes.values():
            inbox.put(None)
        for function in self._on_end:
            function()

    def _lost(self, index: int, error: OSError) -> HostLostError:
        why = "nothing came from it for too long" if isinstance(error, TimeoutError) else str(error)
        if isinstance(error, ConnectionResetError | BrokenPipeError):
            why = "its process has ended"
        return HostLostError(f"{self.name(index)} is gone ({why}): {START_AGAIN}")


def error_of(reason: Any, name: str) -> BaseException:
    """What ends this host, because another one left with a `reason`: what `told` gave. `name`: of the other one."""
    known = reason if isinstance(reason, dict) else {"text": reason}
    text, kind, code = (known.get(key) for key in ("text", "kind", "exit_code"))
    code = code if isinstance(code, int) else 1
    if kind == "stopped":
        return Stopped(f"{text} on {name}" if " on host " not in str(text) else str(text), code)
    if kind == "lost":
        return HostLostError(str(text))
    return HostLeftError(f"{name} ended: {text}", code)


def told(error: BaseException | None) -> dict[str, Any] | None:
    """What the other hosts are told of an error; None at the end."""
    if error is None:
        return None
    if isinstance(error, Stopped):
        return {"kind": "stopped", "text": error.signal, "exit_code": error.exit_code}
    kind = "lost" if isinstance(error, HostLostError) else "failed"
    text = str(error) or type(error).__name__
    if isinstance(error, OSError) and error.strerror:
        text = f"{error.strerror}: {error.filename}" if error.filename else error.strerror
    elif not isinstance(error, SeqlabError):
        text = f"{type(error).__name__}: {text}"
    return {"kind": kind, "text": text, "exit_code": getattr(error, "exit_code", 1)}


ALONE = Group()
