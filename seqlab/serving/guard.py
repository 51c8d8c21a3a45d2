"""What stands before the API: host and origin, size and time of a request, and clients that hang up."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass
from typing import Any

from starlette.datastructures import Headers, MutableHeaders

from seqlab.serving.limits import MOST_BODY_BYTES, MOST_HELD_BYTES, Limits
from seqlab.serving.measurements import Measurements
from seqlab.serving.origins import Origins
from seqlab.serving.refusals import refusal

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Message, Receive, Send], Awaitable[None]]

CHECKED_EVERY = 0.25
"""Seconds between two looks at whether an answer makes progress."""
DISCARDED = 64 * 2**20
"""Bytes of a body that is too large which are read and thrown away, so that its sender hears why it is refused."""
BUG = "an error inside seqlab; the log of the server says where"
SECURITY_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; base-uri 'none'; "
        "form-action 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}


class TooLarge(Exception):
    """The body of a request has too many bytes."""


class TooMuch(Exception):
    """The bodies of all requests together have too many bytes."""


@dataclass
class Exchange:
    """One request and how far its answer is."""

    send_on: Send
    progress: float
    """When the last message was sent, by the monotonic clock."""
    held: int = 0
    """Bytes of its body that are in memory."""
    status: int | None = None

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            headers = MutableHeaders(raw=message.setdefault("headers", []))
            for name, value in SECURITY_HEADERS.items():
                headers.setdefault(name, value)
            message["headers"] = headers.raw
        await self.send_on(message)
        self.progress = time.monotonic()


class Guard:
    """Wraps the application. `paths`: those of the server, for measurements; `posts`: those that take a body;
    `report_bug`: told errors that nobody
    foresaw."""

    def __init__(
        self,
        app: Application,
        *,
        origins: Origins,
        limits: Limits,
        measurements: Measurements,
        paths: frozenset[str],
        posts: frozenset[str],
        report_bug: Callable[[Exception], None],
    ) -> None:
        self.app, self.origins, self.limits, self.paths, self.posts = app, origins, limits, paths, posts
        self.measurements, self.report_bug = measurements, report_bug
        self.held = 0

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            if scope["type"] == "lifespan":
                await self.app(scope, receive, send)
            return  # a websocket: closed by the server
        now = time.monotonic()
        path = scope["path"] if scope["path"] in self.paths else "other"
        exchange = Exchange(send, now)
        try:
            await self._exchange(scope, receive, exchange)
        finally:
            self.held -= exchange.held
            self.measurements.answered(path, exchange.status or 499, time.monotonic() - now)

    async def _exchange(self, scope: Message, receive: Receive, exchange: Exchange) -> None:
        headers = Headers(scope=scope)
        problem = self.origins.refuse(headers.get("host"), headers.get("origin"))
        if problem is not None:
            await self._refuse(exchange, scope, 403, problem)
            return
        kind = headers.get("content-type", "").partition(";")[0].strip().lower()
        if scope["method"] == "POST" and scope["path"] in self.posts and kind != "application/json":
            await self._refuse(exchange, scope, 415, "the header Content-Type must be application/json")
            return
        try:
            async with asyncio.timeout(self.limits.seconds):
                body = await self._read_body(receive, headers.get("content-length"), exchange)
        except TimeoutError:
            seconds = f"{self.limits.seconds:g} seconds"
            await self._refuse(exchange, scope, 408, f"the body did not arrive within {seconds}")
            return
        except TooLarge:
            message = f"the body is larger than {MOST_BODY_BYTES:,} bytes; cut the request into several"
            await self._refuse(exchange, scope, 413, message, limit=MOST_BODY_BYTES)
            return
        except TooMuch:
            message = "the server has too many requests: try again later"
            await self._refuse(exchange, scope, 429, message, limit=MOST_HELD_BYTES)
            return
        if body is not None:  # None: the client hung up
            await self._answer(scope, receive, body, exchange)

    async def _read_body(self, receive: Receive, length: str | None, exchange: Exchange) -> bytes | None:
        """None if the client hung up. Raises TooLarge, after it has read what is still bearable, and TooMuch."""
        announced = int(length) if length is not None and length.isdecimal() and len(length) < 20 else 0
        if announced > DISCARDED:
            raise TooLarge
        parts, size, more = [], 0, True
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":
                return None
            part, more = message.get("body", b""), message.get("more_body", False)
            size += len(part)
            if size > DISCARDED:
                raise TooLarge
            if size <= MOST_BODY_BYTES:
                parts.append(part)
                exchange.held += len(part)
                self.held += len(part)
                if self.held > MOST_HELD_BYTES:
                    raise TooMuch
        if size > MOST_BODY_BYTES:
            raise TooLarge
        return b"".join(parts)

    async def _refuse(
        self, exchange: Exchange, scope: Message, status: int, message: str, limit: object = None
    ) -> None:
        response = refusal(status, message, limit=limit, headers={"Connection": "close"})
        await response(scope, _never, exchange.send)

    async def _answer(self, scope: Message, receive: Receive, body: bytes, exchange: Exchange) -> None:
        """Run the application until it is done, the client hangs up, or it makes no progress for too long."""
        gone = asyncio.Event()
        given = iter([{"type": "http.request", "body": body, "more_body": False}])

        async def replay() -> Message:
            if (message := next(given, None)) is not None:
                return message
            await gone.wait()
            return {"type": "http.disconnect"}

        answering: asyncio.Task[None] = asyncio.create_task(self.app(scope, replay, exchange.send))  # type: ignore[arg-type]  # a coroutine
        watching = asyncio.create_task(_wait_for_hang_up(receive, gone))
        try:
            late = await self._wait(answering, gone, exchange)
        finally:
            watching.cancel()
            await _ended(answering)
        error = None if answering.cancelled() else answering.exception()
        if isinstance(error, Exception):
            self.report_bug(error)
            if exchange.status is None:
                await self._refuse(exchange, scope, 500, BUG)
        if late and exchange.status is None:
            message = f"the answer took longer than {self.limits.seconds:g} seconds"
            await self._refuse(exchange, scope, 504, message, limit=self.limits.seconds)

    async def _wait(self, answering: asyncio.Task[None], gone: asyncio.Event, exchange: Exchange) -> bool:
        """Whether the answer is too late. Ends when it is done, too."""
        exchange.progress = time.monotonic()
        hung_up = asyncio.create_task(gone.wait())
        try:
            while True:
                await asyncio.wait({answering, hung_up}, timeout=CHECKED_EVERY, return_when=asyncio.FIRST_COMPLETED)
                if answering.done() or gone.is_set():
                    return False
                if time.monotonic() - exchange.progress > self.limits.seconds:
                    return True
        finally:
            hung_up.cancel()


async def _ended(task: asyncio.Task[None]) -> None:
    """Cancel a task unless it is done, and wait until it is."""
    if not task.done():
        task.cancel()
    with contextlib.suppress(asyncio.CancelledError, Exception):
        await task


async def _wait_for_hang_up(receive: Receive, gone: asyncio.Event) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
    gone.set()


async def _never() -> Message:
    return {"type": "http.disconnect"}
