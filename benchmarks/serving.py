"""A server of one run: requests a second with 1, 8 and 64 clients, beside a loop that predicts in Python.

Each client has a connection of its own and sends one text after the other. The loop is `run.predict(text)` for the same
texts in a process without a server. `items` is how many texts one call of the model answered, in the mean: what waits
together is answered together. Then 1,000 clients connect at once and send one request each.

python benchmarks/serving.py [--run RUN --runs-dir DIR] [--seconds 10] [--json FILE]
"""

from __future__ import annotations

import argparse
import asyncio
import json
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import cycle
from pathlib import Path
from typing import Any

from processes import machine, markdown

CLIENTS = (1, 8, 64)
CROWD = 1000
WARM_UP = 20
"""Requests before the clock starts."""
TEXTS = (
    "The soup was not bad, and the waiter was friendly.",
    "I have never seen a film that was as boring as this one.",
    "The hotel was clean, but the pool was closed for the whole week and nobody told us.",
    "Great.",
)


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--run", help="a run that predicts; by default the quick start is trained")
    options.add_argument("--runs-dir", type=Path, default=Path("runs"))
    options.add_argument("--seconds", type=float, default=10.0, help="per number of clients")
    options.add_argument("--json", type=Path, help="write the record there")
    given = options.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        run, runs_dir = (given.run, given.runs_dir) if given.run else (_trained(folder), Path(folder))
        rows = [_loop(run, runs_dir, given.seconds)]
        with _server(run, runs_dir) as port:
            rows += [asyncio.run(_clients(port, number, given.seconds)) for number in CLIENTS]
            crowd = asyncio.run(_crowd(port))
    columns = ["", "requests/s", "p50 ms", "p99 ms", "errors", "items"]
    print(markdown(columns, [[row[name] for name in ("who", *columns[1:])] for row in rows]))
    print(f"\n{CROWD:,} clients at once: {crowd['statuses']}, {crowd['seconds']} s")
    if given.json:
        record = {"date": f"{datetime.now(UTC):%Y-%m-%d}", "machine": machine(), "rows": rows, "crowd": crowd}
        given.json.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")


def _trained(folder: str) -> str:
    command = [sys.executable, "-m", "seqlab", "train", "quickstart", "--runs-dir", folder]
    subprocess.run(command, check=True, capture_output=True)
    return "latest"


def _loop(run: str, runs_dir: Path, seconds: float) -> dict[str, Any]:
    """One text after the other in a process of its own."""
    code = (
        "import json, sys, time, seqlab\n"
        "name, runs_dir, texts, seconds = sys.argv[1:]\n"
        "run, texts, seconds = seqlab.load(name, runs_dir=runs_dir), json.loads(texts), float(seconds)\n"
        "for text in texts * 5: run.predict(text)\n"
        "times, end, number = [], time.perf_counter() + seconds, 0\n"
        "while (began := time.perf_counter()) < end:\n"
        "    run.predict(texts[number % len(texts)]); number += 1; times.append(time.perf_counter() - began)\n"
        "print(json.dumps(times))"
    )
    command = [sys.executable, "-c", code, run, str(runs_dir), json.dumps(TEXTS), str(seconds)]
    times = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    return _row("predict in Python", times, seconds, 0, 1.0)


@contextmanager
def _server(run: str, runs_dir: Path) -> Iterator[int]:
    """The port of a server, which ends with the block."""
    command = [sys.executable, "-m", "seqlab", "serve", run, "--runs-dir", str(runs_dir), "--port", "0", "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        try:
            assert process.stdout is not None
            yield int(json.loads(process.stdout.readline())["url"].rpartition(":")[2])
        finally:
            process.terminate()


async def _clients(port: int, number: int, seconds: float) -> dict[str, Any]:
    await asyncio.gather(*(_client(port, time.perf_counter() + 60, WARM_UP) for _ in range(number)))
    before = await _calls(port)
    end = time.perf_counter() + seconds
    found = await asyncio.gather(*(_client(port, end) for _ in range(number)))
    after = await _calls(port)
    times = [each for of_client, _ in found for each in of_client]
    errors = sum(wrong for _, wrong in found)
    items = (after[0] - before[0]) / max(after[1] - before[1], 1)
    return _row(f"{number} client{'s' if number > 1 else ''}", times, seconds, errors, items)


async def _client(port: int, end: float, most: int | None = None) -> tuple[list[float], int]:
    """The seconds of each request, and how many were not answered with 200."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    times: list[float] = []
    wrong = 0
    for text in cycle(TEXTS):
        if (began := time.perf_counter()) >= end or len(times) == most:
            break
        wrong += await _asked(reader, writer, _predict(text)) != 200
        times.append(time.perf_counter() - began)
    writer.close()
    return times, wrong


async def _crowd(port: int) -> dict[str, Any]:
    began = time.perf_counter()

    async def one() -> str:
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            status = await _asked(reader, writer, _predict(TEXTS[0]))
            writer.close()
        except (OSError, asyncio.IncompleteReadError) as error:
            return type(error).__name__
        return str(status)

    statuses = Counter(await asyncio.gather(*(one() for _ in range(CROWD))))
    return {"statuses": dict(sorted(statuses.items())), "seconds": round(time.perf_counter() - began, 2)}


async def _calls(port: int) -> tuple[float, float]:
    """Texts that were answered so far, and calls of the model."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"GET /metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
    text = (await reader.read()).decode()
    writer.close()
    return tuple(float(re.search(rf"seqlab_call_items_{what}\S+ (\S+)", text)[1]) for what in ("sum", "count"))  # type: ignore


async def _asked(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, request: bytes) -> int:
    """The status of the answer to one request."""
    writer.write(request)
    head = await reader.readuntil(b"\r\n\r\n")
    length = re.search(rb"content-length: (\d+)", head, re.IGNORECASE)
    await reader.readexactly(int(length[1]) if length else 0)
    return int(head.split(b" ", 2)[1])


def _predict(text: str) -> bytes:
    body = json.dumps({"texts": [text]}).encode()
    head = (
        f"POST /v1/predict HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: {len(body)}"
    )
    return head.encode() + b"\r\n\r\n" + body


def _row(who: str, times: Sequence[float], seconds: float, errors: int, items: float) -> dict[str, Any]:
    ordered = sorted(times)
    return {
        "who": who,
        "requests/s": f"{len(times) / seconds:,.0f}",
        "p50 ms": f"{1000 * statistics.median(ordered):.1f}",
        "p99 ms": f"{1000 * ordered[int(0.99 * (len(ordered) - 1))]:.1f}",
        "errors": f"{100 * errors / max(len(times), 1):.2f} %",
        "items": f"{items:.1f}",
    }


if __name__ == "__main__":
    main()
