"""Faults and bad input against a real server of two runs on real connections: what is answered, and is anything lost?

After each fault an honest client asks for a prediction, which must be that of before. The table has what each fault was
answered with, how long it took, and how long the honest client waited afterwards. It ends with exit code 1 if anything
is not as it should be. POSIX only.

python benchmarks/serving_faults.py
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import shutil
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable, Coroutine
from typing import Any

from processes import markdown
from serving_process import HEAD_SECONDS, WAITING, Server, posted, served, status_of

HONEST = {"run": "quickstart", "texts": ["The soup was not bad, and the waiter was friendly."]}
LONG_STREAM = {"run": "letters", "prompt": "the ", "length": 4096, "samples": 8}
Fault = Callable[["Server"], Coroutine[Any, Any, tuple[str, bool]]]
"""Does something, and tells what was seen, and whether that is as it should be."""


def counted(statuses: Counter[int]) -> str:
    return ", ".join(f"{count:,} × {status or 'no answer'}" for status, count in sorted(statuses.items()))


async def crowd(server: Server) -> tuple[str, bool]:
    request = posted("/v1/predict", json.dumps(HONEST).encode())
    found = Counter(map(status_of, await asyncio.gather(*(server.send(request) for _ in range(1000)))))
    return counted(found), set(found) <= {200, 429} and found[200] >= WAITING


def bodies(*contents: bytes, expected: set[int]) -> Fault:
    async def fault(server: Server) -> tuple[str, bool]:
        answers = await asyncio.gather(*(server.send(posted("/v1/predict", each)) for each in contents))
        found = Counter(map(status_of, answers))
        clear = all(b'"message":"' in each and b"\x1b" not in each for each in answers)
        return counted(found), set(found) <= expected and clear

    return fault


async def long_texts(server: Server) -> tuple[str, bool]:
    texts = ["a" * 100_000, "the " * 25_000, "\U0001f600" * 100_000, "a" * 20_000]
    bodies = [{"run": "quickstart", "texts": [text]} for text in texts]
    found = [status for status, _ in [await server.ask("/v1/predict", body) for body in bodies]]
    return f"100,000 characters: {found[:3]}; 20,000: {found[3]}", found == [422, 422, 422, 200]


async def slow_bodies(server: Server) -> tuple[str, bool]:
    """Half of a body, and then nothing."""
    request = posted("/v1/predict", json.dumps(HONEST).encode())[:-10]
    found = Counter(map(status_of, await asyncio.gather(*(server.send(request) for _ in range(100)))))
    return counted(found), set(found) == {408}


async def slow_heads(server: Server) -> tuple[str, bool]:
    """A character a second on each of 1,000 connections, while another client asks."""
    ended: list[float] = []
    began = time.monotonic()

    async def drip() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        with contextlib.suppress(ConnectionError):
            for letter in "GET /health HTTP/1.1\r\nX: " + "a" * 60:
                writer.write(letter.encode())
                await writer.drain()
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(1):
                        if not await reader.read(1):
                            break
        ended.append(time.monotonic() - began)
        writer.close()

    drips = asyncio.gather(*(drip() for _ in range(1000)))
    await asyncio.sleep(2)
    waited = time.monotonic()
    status, _ = await server.ask("/v1/predict", HONEST)
    waited = time.monotonic() - waited
    await drips
    told = f"another client: {status} in {waited:.2f} s; cut off after {min(ended):.1f} to {max(ended):.1f} s"
    return told, status == 200 and max(ended) < HEAD_SECONDS + 5


async def slow_readers(server: Server) -> tuple[str, bool]:
    """Streams of 64 clients that read nothing: the run has no place left until they are given up."""
    request, open_ones = posted("/v1/generate", json.dumps(LONG_STREAM).encode()), []
    for _ in range(WAITING):
        open_ones.append(await asyncio.open_connection("127.0.0.1", server.port))
        open_ones[-1][1].write(request)
    while (await server.health(1))["requests"] < WAITING:
        await asyncio.sleep(0.05)
    refused, _ = await server.ask("/v1/generate", {**LONG_STREAM, "length": 1})
    other, _ = await server.ask("/v1/predict", HONEST)
    for _, writer in open_ones:
        writer.close()
    freed = await server.freed(1)
    told = f"full: {refused}; another run: {other}; 64 places free {freed:.2f} s after the hang-up"
    return told, (refused, other) == (429, 200) and freed < 30


async def hang_ups(server: Server) -> tuple[str, bool]:
    """Before, within and after a request, 300 times."""

    async def leave(number: int) -> None:
        request = posted("/v1/predict", json.dumps(HONEST).encode())
        _, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writer.write(request[: number % (len(request) + 1)] if number % 3 else request)
        writer.transport.abort()

    await asyncio.gather(*(leave(number) for number in range(300)))
    freed = await server.freed(0)
    return f"places free after {freed:.2f} s", freed < 30


async def no_http(server: Server) -> tuple[str, bool]:
    contents = (
        b"\x00\xff nonsense\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n", b"GET / HTTP/1.1\r\nX: " + b"a" * 200_000,
        b"POST /v1/predict HTTP/1.1\r\nHost: localhost\r\nContent-Length: -5\r\n\r\n", b"\x16\x03\x01\x02\x00\x01\x00",
        b"POST /v1/predict HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    )  # fmt: skip
    found = Counter(map(status_of, await asyncio.gather(*(server.send(each) for each in contents))))
    return counted(found), not set(found) & {200, 500}


async def port_in_use(server: Server) -> tuple[str, bool]:
    began = time.monotonic()
    second = await asyncio.to_thread(Server, server.folder, "--port", str(server.port))
    code = await asyncio.to_thread(second.process.wait, 60)
    second.said.seek(0)
    named = f"port {server.port} of 127.0.0.1 is in use" in second.said.read()
    return f"exit code {code} in {time.monotonic() - began:.1f} s", code == 2 and named


async def second_server(server: Server) -> tuple[str, bool]:
    second = await asyncio.to_thread(Server, server.folder)
    found = [await each.ask("/v1/predict", HONEST) for each in (server, second)]
    code = await asyncio.to_thread(second.end)
    return f"both answer alike; exit code {code} after SIGTERM", found[0] == found[1] and code == 0


async def deleted_run(server: Server) -> tuple[str, bool]:
    (directory,) = server.folder.glob("*-quickstart")
    shutil.rmtree(directory)
    status, _ = await server.ask("/v1/predict", HONEST)
    on_disk = (await server.health())["on_disk"]
    return f"{status} from memory; /health: on_disk {str(on_disk).lower()}", (status, on_disk) == (200, False)


async def drain(server: Server) -> tuple[str, bool]:
    """SIGTERM within a stream, which ends whole; the last fault."""
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    writer.write(posted("/v1/generate", json.dumps({**LONG_STREAM, "samples": 1}).encode()))
    await reader.readuntil(b"event: start")
    server.process.send_signal(signal.SIGTERM)
    rest = await reader.read()
    writer.close()
    code = await asyncio.to_thread(server.process.wait, 60)
    whole = b'event: end\ndata: {"tokens": 4096}' in rest
    return f"the stream ends {'whole' if whole else 'cut'}; exit code {code}", whole and code == 0


FAULTS: dict[str, Fault] = {
    "1,000 clients connect at once": crowd,
    "20 bodies of 10 MB": bodies(*[b'{"texts": ["' + b"a" * 10_000_000 + b'"]}'] * 20, expected={413, 429}),
    "malformed JSON": bodies(
        b"", b"{", b"nonsense", b"[" * 100_000, b'{"texts": [1e999]}', b'{"a": 1, "a": 2}', expected={400, 422}
    ),
    "malformed UTF-8": bodies(b'{"texts": ["\xff"]}', b"\xff\xfe{\x00", b'{"texts": ["\xed\xa0\x80"]}', expected={400}),
    "control characters outside texts": bodies(
        b'{"run": "\x1b[2J", "texts": []}', b'{"run": "\\u001b[2J", "texts": []}', b'{"\\u0000": 1}',
        expected={400, 404, 422},
    ),
    "long texts": long_texts,
    "what is not HTTP": no_http,
    "100 bodies that never end": slow_bodies,
    "1,000 heads at a character a second": slow_heads,
    "64 clients that do not read their stream": slow_readers,
    "300 hang-ups": hang_ups,
    "a second server on the port": port_in_use,
    "a second server on the runs": second_server,
    "a run deleted while served": deleted_run,
    "SIGTERM within a stream": drain,
}  # fmt: skip


async def tried(server: Server) -> list[dict[str, Any]]:
    """A row per fault."""
    _, before = await server.ask("/v1/predict", HONEST)
    rows = []
    for name, fault in FAULTS.items():
        began = time.monotonic()
        seen, right = await fault(server)
        took, honest = time.monotonic() - began, "server has ended"
        if server.process.poll() is None:
            asked = time.monotonic()
            right &= (await server.ask("/v1/predict", HONEST))[1] == before
            honest = f"{time.monotonic() - asked:.2f} s"
        rows.append(
            {"fault": name, "seen": seen, "took": f"{took:.1f} s", "then": honest, "": "" if right else "WRONG"}
        )
        print(name, seen, "" if right else "WRONG", file=sys.stderr, flush=True)
    return rows


def main() -> None:
    argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter).parse_args()
    with served() as server:
        rows = asyncio.run(tried(server))
        server.said.seek(0)
        tracebacks = server.said.read().count("Traceback")
    columns = list(rows[0])
    print(markdown(columns, [[row[name] for name in columns] for row in rows]))
    print(f"\n{tracebacks} tracebacks")
    sys.exit(1 if tracebacks or any(row[""] for row in rows) else 0)


if __name__ == "__main__":
    main()
