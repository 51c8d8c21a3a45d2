"""A sink that writes what it receives to a file, for tests; on request it fails, hangs, prints or dies."""

import json
import os
import sys
import time
from pathlib import Path
from typing import ClassVar, Literal

from seqlab.sinks.sink import SINKS, Connection, Sink


@SINKS.add
class Recording(Sink):
    """A file instead of a server."""

    package: ClassVar[str] = "json"
    install: ClassVar[str] = "pip install nothing"

    name: Literal["recording"] = "recording"
    file: str
    """Where it writes."""
    trouble: str = "none"
    """`down` while there is no file FILE.up; `refuses` all; `hangs`, `dies` or `prints` with the first epoch."""

    @property
    def address(self):
        return "http://me:secret@host"

    def connect(self, run):
        return _Recorded(self, run)


class _Recorded(Connection):
    def __init__(self, sink, run):
        self._sink = sink
        self._write("connect", run=run.id, task=run.config["task"], tags=dict(run.tags), reference=run.reference)
        self.reference = run.reference or f"reference of {run.id}"

    def steps(self):
        written = map(json.loads, Path(self._sink.file).read_text(encoding="utf-8").splitlines())
        return {line["step"] for line in written if line["call"] == "log"}

    def log(self, metrics, *, step, time):
        self._write("log", metrics=metrics, step=step, time=time)

    def summarize(self, result, *, step, time):
        self._write("summarize", result=result, step=step, time=time)

    def finish(self, status):
        self._write("finish", status=status)

    def _write(self, call, **details):
        trouble = self._sink.trouble
        if trouble == "refuses" or (trouble == "down" and not Path(f"{self._sink.file}.up").exists()):
            try:
                raise ConnectionRefusedError(111, "Connection refused")
            except OSError as error:
                raise RuntimeError("request to http://me:secret@host failed: many words") from error
        if call == "log":
            if trouble == "hangs":
                time.sleep(600)
            if trouble == "dies":
                os._exit(3)
            if trouble == "prints":
                print("what clients print")
                sys.stderr.write("and warn of")
                os.write(1, b"even so\n")
        with Path(self._sink.file).open("a", encoding="utf-8") as file:
            file.write(f"{json.dumps({'call': call, **details})}\n")


def received(file):
    """What the sink of a file received."""
    return [json.loads(line) for line in Path(file).read_text(encoding="utf-8").splitlines()]


def begin(file, trouble="none", epochs=(), reference=None):
    """The first message to the process of the sink of a file."""
    sink = {"name": "recording", "file": str(file), "trouble": trouble}
    run = {"id": "20260101-000000-x", "config": {"task": "classification"}, "tags": {}, "reference": reference}
    module = {"module": "recording_sink", "folder": "."}
    return {"kind": "begin", **module, "sink": sink, "run": run, "epochs": list(epochs)}


def epoch(step):
    """The message of an epoch."""
    return {"kind": "epoch", "metrics": {"train.loss": 0.5}, "step": step, "time": 1.5}
