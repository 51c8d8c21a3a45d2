"""The server: a socket before any model is loaded, then uvicorn until a signal."""

from __future__ import annotations

import contextlib
import errno
import logging
import signal
import socket
import threading
from collections.abc import Callable, Iterator, MutableMapping
from typing import Any

import h11
import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from seqlab.errors import RequestError
from seqlab.serving.guard import Guard
from seqlab.serving.limits import Limits
from seqlab.text_format import visible

HEADER_SECONDS = 10.0
"""In which the head of a request must arrive."""
KEEP_ALIVE_SECONDS = 15
BACKLOG = 2048
"""Connections that the operating system holds until they are accepted."""


def listen(host: str, port: int) -> socket.socket:
    """A socket that listens. Raises RequestError, which says what to do, if that is not possible.

    It listens at once, so that a second server is refused before it has loaded its models.
    """
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
    except OSError as error:
        raise RequestError(f"--host {host}: there is no such address ({error.strerror})") from error
    listening = socket.socket(family, kind, protocol)
    try:
        if hasattr(socket, "SO_REUSEADDR") and not hasattr(socket, "SO_EXCLUSIVEADDRUSE"):  # not on Windows
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(address)
        listening.listen(BACKLOG)
    except OSError as error:
        listening.close()
        raise RequestError(_cannot_listen(host, port, error)) from error
    return listening


def _cannot_listen(host: str, port: int, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"port {port} of {host} is in use: choose another one with --port, or any free one with --port 0"
    if error.errno == errno.EACCES:
        return f"port {port} may not be used by this user: choose one above 1023 with --port"
    if error.errno == errno.EADDRNOTAVAIL:
        return f"--host {host}: this machine does not have that address"
    return f"cannot listen on port {port} of {host}: {error.strerror}"


def url_of(listening: socket.socket) -> str:
    host, port = listening.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def run(server: Server, listening: socket.socket, say: Callable[[str], None]) -> None:
    """Answer until SIGTERM or Ctrl-C; then no new requests, and those in progress have `Limits.drain_seconds` to end.

    `say`: told what an operator should know. Raises KeyboardInterrupt after Ctrl-C.
    """
    with _logging(say), _sigterm_is_no_error():
        server.run(sockets=[listening])


def server_of(app: Guard, limits: Limits, ready: Callable[[], None]) -> Server:
    """`ready`: called when requests are answered."""
    config = uvicorn.Config(
        app,
        http=_Protocol,
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        backlog=BACKLOG,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=int(limits.drain_seconds),
    )
    return Server(config, ready)


class Server(uvicorn.Server):
    """uvicorn, which tells when it answers."""

    def __init__(self, config: uvicorn.Config, ready: Callable[[], None]) -> None:
        super().__init__(config)
        self.ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.ready()


class _WithAddress(logging.LoggerAdapter[logging.Logger]):
    """Adds whose request it was: uvicorn warns of an invalid one without saying where it came from."""

    @property
    def level(self) -> int:
        return self.logger.level

    def process(self, msg: Any, kwargs: MutableMapping[str, Any]) -> tuple[Any, MutableMapping[str, Any]]:
        client = (self.extra or {}).get("client")
        return f"{client[0]} port {client[1]}: {msg}" if isinstance(client, tuple) else msg, kwargs


class _Protocol(H11Protocol):
    """Closes a connection whose client does not send the head of its request in time: uvicorn would wait for good."""

    _deadline: Any = None

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        self.logger = _WithAddress(self.logger, {"client": self.client})  # type: ignore[assignment]
        self._deadline = self.loop.call_later(HEADER_SECONDS, self._close_if_idle)

    def data_received(self, data: bytes) -> None:
        if self._deadline is None and self.conn.their_state is h11.IDLE:  # a further request on this connection
            self._deadline = self.loop.call_later(HEADER_SECONDS, self._close_if_idle)
        super().data_received(data)
        if self.conn.their_state is not h11.IDLE:
            self._forget()

    def connection_lost(self, exc: Exception | None) -> None:
        self._forget()
        super().connection_lost(exc)

    def _close_if_idle(self) -> None:
        self._deadline = None
        if self.conn.their_state is h11.IDLE and not self.transport.is_closing():
            self.transport.close()

    def _forget(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None


class _Said(logging.Handler):
    """Passes on warnings of uvicorn, such as requests that are not HTTP."""

    def __init__(self, say: Callable[[str], None]) -> None:
        super().__init__(logging.WARNING)
        self.say = say

    def emit(self, record: logging.LogRecord) -> None:
        self.say(visible(record.getMessage()))


@contextlib.contextmanager
def _logging(say: Callable[[str], None]) -> Iterator[None]:
    loggers, handler = [logging.getLogger(name) for name in ("uvicorn.error", "asyncio")], _Said(say)
    for logger in loggers:
        logger.addHandler(handler)
    before = [logger.propagate for logger in loggers]
    try:
        for logger in loggers:
            logger.propagate = False
        yield
    finally:
        for logger, value in zip(loggers, before, strict=True):
            logger.removeHandler(handler)
            logger.propagate = value


@contextlib.contextmanager
def _sigterm_is_no_error() -> Iterator[None]:
    """uvicorn raises the signal again when it has ended in order: SIGTERM was obeyed then."""
    if threading.current_thread() is not threading.main_thread():  # uvicorn handles no signals there either
        yield
        return
    before = signal.signal(signal.SIGTERM, lambda *_: None)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
