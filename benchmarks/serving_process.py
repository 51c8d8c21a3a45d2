"""A server of two runs in a process of its own, and connections to it."""

from __future__ import annotations

import asyncio
import contextlib
import json
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

LETTERS = (
    "version: 1\ntask: language_model\ndata: {name: synthetic, size: 60000}\nvectorizer: characters\n"
    "model: {name: recurrent, cell: gru, units: 32}\ntraining: {epochs: 1, batch_size: 16, window: 50}\n"
)
TIMEOUT, WAITING, HEAD_SECONDS = 5.0, 64, 10.0
"""`--timeout` and `--max-waiting` of the server, and in how many seconds the head of a request must arrive."""


class Server:
    """A server in a process of its own, and connections to it."""

    def __init__(self, folder: Path, *options: str) -> None:
        command = [sys.executable, "-m", "seqlab", "serve", "quickstart", "letters", "--runs-dir", str(folder)]
        limits = ["--timeout", f"{TIMEOUT:g}", "--max-waiting", str(WAITING)]
        self.folder, self.said = folder, tempfile.TemporaryFile("w+", encoding="utf-8")  # noqa: SIM115 - as the process
        self.process = subprocess.Popen(
            [*command, *limits, "--json", *(options or ("--port", "0"))],
            stdout=subprocess.PIPE, stderr=self.said, text=True,
        )  # fmt: skip
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        self.port = int(json.loads(line)["url"].rpartition(":")[2]) if line else 0

    async def send(self, content: bytes, *, seconds: float = 60.0) -> bytes:
        """All that comes back on a connection of its own; empty if it was closed without an answer."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        with contextlib.suppress(ConnectionError):
            writer.write(content)
            await writer.drain()
        found = b""
        with contextlib.suppress(ConnectionError, TimeoutError):
            async with asyncio.timeout(seconds):
                while part := await reader.read(65536):
                    found += part
        writer.close()
        return found

    async def ask(self, path: str, body: Any) -> tuple[int, Any]:
        answer = await self.send(posted(path, json.dumps(body).encode()))
        return status_of(answer), json.loads(answer.partition(b"\r\n\r\n")[2] or b"null")

    async def health(self, run: int = 0) -> dict[str, Any]:
        answer = await self.send(b"GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        state: dict[str, Any] = json.loads(answer.partition(b"\r\n\r\n")[2])["runs"][run]
        return state

    async def freed(self, run: int) -> float:
        """Seconds until a run has no request any more, at most 60."""
        began = time.monotonic()
        while (await self.health(run))["requests"] and time.monotonic() - began < 60:
            await asyncio.sleep(0.02)
        return time.monotonic() - began

    def end(self) -> int:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        return self.process.wait(60)


def posted(path: str, body: bytes) -> bytes:
    head = f"POST {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: application/json\r\n"
    return f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body


def status_of(answer: bytes) -> int:
    return int(answer.split(b" ", 2)[1]) if answer.startswith(b"HTTP/1.1 ") else 0


@contextlib.contextmanager
def served() -> Iterator[Server]:
    """A server of the quick start and a language model, both trained for it."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "letters.yaml").write_text(LETTERS, encoding="utf-8")
        for config in ("quickstart", f"{folder}/letters.yaml"):
            command = [sys.executable, "-m", "seqlab", "train", config, "--runs-dir", f"{folder}/runs", "--name"]
            subprocess.run([*command, Path(config).stem], check=True, capture_output=True)
        server = Server(Path(folder) / "runs")
        try:
            yield server
        finally:
            server.end()
