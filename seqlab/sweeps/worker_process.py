"""A worker as a process: what launchers start, on this machine or on another."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import seqlab
from seqlab.interruption import INTERRUPTED, TRY_AGAIN

POLL_SECONDS = 0.5
NOTHING_FREE = 3
"""The exit code of a worker that found no trial to train: others train those that are left."""
LAST_LINES = 3
"""Of the log of a worker that failed."""
PASSED_ON = ("SEQLAB_DATA_DIR", "SEQLAB_OFFLINE")
"""Variables that workers on other machines get from the command, if they have none of their own."""

_PROGRAM = """
import json, signal, sys
if hasattr(signal, "SIGUSR2"):
    signal.signal(signal.SIGUSR2, signal.SIG_IGN)
folder, *sys.path = json.loads(sys.argv.pop())
known = folder in sys.path
sys.path[:0] = [] if known else [folder]
import seqlab
del sys.path[: 0 if known else 1]
from seqlab.cli.sweep_worker import main
sys.exit(main())
"""
"""seqlab from its folder, all other modules from where this process finds them. `-m` would look for modules in the
current folder first, which may hold files of any name. SIGUSR2 reaches all processes of a SLURM job whose time is up;
submitit answers it, and tells the worker."""


def worker_command(modules: Sequence[str] = ()) -> list[str]:
    """The program of a worker, by the Python that runs here. `modules`: more folders that it imports from."""
    own = str(Path(seqlab.__file__).absolute().parents[1])
    folders = [own, *sys.path, *(each for each in modules if each not in sys.path)]
    return [sys.executable, "-I", "-c", _PROGRAM, json.dumps(folders)]


def environment() -> dict[str, str]:
    """What a job carries of the environment of its command."""
    return {name: os.environ[name] for name in PASSED_ON if name in os.environ}


def start(command: Sequence[str], job: Mapping[str, Any], log: Path) -> subprocess.Popen[bytes]:
    """Start a worker. It reads `job`, a line of JSON, from stdin, and saves and ends when stdin ends."""
    log.parent.mkdir(exist_ok=True)
    variables = {**job.get("environment", {}), **os.environ}
    # Of its own session: Ctrl-C in the terminal reaches the command alone, which passes it on.
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=output, stderr=output, start_new_session=True, env=variables
        )
    with contextlib.suppress(BrokenPipeError):  # killed already
        if process.stdin is not None:
            process.stdin.write(json.dumps(job).encode() + b"\n")
            process.stdin.flush()
    return process


def wait(process: subprocess.Popen[bytes]) -> int:
    """Wait until a worker ends, in steps that a signal can interrupt. Returns its exit code."""
    while process.poll() is None:
        time.sleep(POLL_SECONDS)
    return process.returncode


def stop(process: subprocess.Popen[bytes], number: int = signal.SIGTERM) -> int:
    """Tell a worker to save and end, and wait until it has. Returns its exit code."""
    process.send_signal(number)
    return process.wait()


def close(process: subprocess.Popen[bytes]) -> None:
    """Close stdin, whose end a worker that still runs takes for SIGTERM."""
    with contextlib.suppress(OSError):
        if process.stdin is not None:
            process.stdin.close()


def run_worker(job: Mapping[str, Any], log: Path) -> int:
    """Run a worker here to its end. Returns its exit code. If that is interrupted, it saves and ends first."""
    process = start(worker_command(job.get("modules", ())), job, log)
    try:
        return wait(process)
    except BaseException:
        stop(process)
        raise
    finally:
        close(process)


def last_lines(log: Path) -> str:
    """The end of what a worker said; empty if it said nothing."""
    try:
        text = log.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
    return "\n".join(text.strip().splitlines()[-LAST_LINES:])


def named(code: int) -> str:
    """How a worker ended, by its exit code."""
    return f"signal {-code}" if code < 0 else "a signal" if code in {INTERRUPTED, TRY_AGAIN} else f"exit code {code}"
