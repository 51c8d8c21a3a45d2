"""What the benchmarks share: programs that take turns, programs that run as a whole, and the record of what they did.

The programs find this file too: every one is started with its folder on the path.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent

Measured = dict[str, Any]
"""What a part of a benchmark found, as it stands in the record."""
Parts = Mapping[str, tuple[Callable[[argparse.Namespace], Measured], Callable[[Measured], str]]]
"""Name → how it is measured, given what was chosen, and its table."""


class Contender:
    """A program at the other end of a pipe, alive for the whole table: `ask` a question, wait for the answer.

    `python`: the interpreter that runs it.
    """

    def __init__(self, command: Sequence[str], python: str = sys.executable) -> None:
        self.noise = tempfile.TemporaryFile("w+", encoding="utf-8")  # noqa: SIM115 - lives as long as the process
        self.process = subprocess.Popen(
            [python, *command],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self.noise,
            text=True,
            env=_environment(),
        )

    def ask(self, question: Any) -> Any:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        try:
            print(json.dumps(question), file=self.process.stdin, flush=True)
            reply = self.process.stdout.readline()
        except BrokenPipeError:
            reply = ""
        if not reply:
            self.noise.seek(0)
            raise SystemExit(f"{self.process.args} ended with {self.process.wait()}:\n{self.noise.read()[-2000:]}")
        return json.loads(reply)

    def end(self) -> float:
        """The peak of its memory, in megabytes."""
        assert self.process.stdin is not None
        self.process.stdin.close()
        usage = _waited_for(self.process)
        self.noise.close()
        return _megabytes(usage.ru_maxrss)


def answer(reply: Callable[[Any], Any]) -> None:
    """The other side of the pipe: a line of JSON for every line of JSON, until there are no more."""
    for line in sys.stdin:
        print(json.dumps(reply(json.loads(line))), flush=True)


@dataclass(frozen=True)
class Ended:
    """A process that has ended: wall and CPU seconds, the peak memory of its largest process, what it printed."""

    wall: float
    cpu: float
    megabytes: float
    output: str


def carried_out(command: Sequence[str]) -> Ended:
    """One whole process. Leaves the benchmark with the end of its messages when it fails."""
    started = time.perf_counter()
    with tempfile.TemporaryFile("w+", encoding="utf-8") as output, tempfile.TemporaryFile() as noise:
        process = subprocess.Popen([sys.executable, *command], stdout=output, stderr=noise, env=_environment())
        usage = _waited_for(process)
        wall = time.perf_counter() - started
        if process.returncode:
            noise.seek(0)
            raise SystemExit(f"{command} failed:\n{noise.read().decode(errors='replace')[-2000:]}")
        output.seek(0)
        return Ended(wall, usage.ru_utime + usage.ru_stime, _megabytes(usage.ru_maxrss), output.read())


def options_of(explanation: str | None, parts: Iterable[str], *, rounds: int | None) -> argparse.ArgumentParser:
    """The options of a benchmark in parts; `explanation`: its docstring. A benchmark may add some of its own.

    `rounds`: how many there are unless another number is given; None: it has none.
    """
    options = argparse.ArgumentParser(description=explanation, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--only", choices=parts)
    if rounds is not None:
        options.add_argument("--rounds", type=int, default=rounds)
    options.add_argument("--json", type=Path)
    return options


def carry_out(parts: Parts, chosen: argparse.Namespace) -> Measured:
    """Measure the parts, or the one that was chosen, and print their tables. The record is written after each: half an
    hour's figures outlive a failure of the last."""
    packages = ["tensorflow", "keras", "seqlab", *(["torch"] if has_pytorch() else [])]
    measured = {name: value for name, value in vars(chosen).items() if name not in ("only", "json")}
    for name, (measure, table) in parts.items():
        if chosen.only in (None, name):
            measured[name] = measure(chosen)
            print(f"\n### {name}\n\n{table(measured[name])}", flush=True)
            if chosen.json:
                write_record(chosen.json, packages, measured)
    return measured


def has_pytorch() -> bool:
    return importlib.util.find_spec("torch") is not None


def in_turns(rounds: int, turns: Mapping[str, Callable[[], float]]) -> dict[str, float]:
    """The median of what each gives, one after the other in every round."""
    given: dict[str, list[float]] = {name: [] for name in turns}
    for _ in range(rounds):
        for name, turn in turns.items():
            given[name].append(turn())
        print({name: f"{values[-1]:.4g}" for name, values in given.items()}, file=sys.stderr, flush=True)
    return {name: statistics.median(values) for name, values in given.items()}


def peak_megabytes() -> float:
    """The largest resident memory of this process so far."""
    import resource

    return _megabytes(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)


def write_record(path: Path, packages: Sequence[str], measured: Mapping[str, Any]) -> None:
    """Date, machine, versions and what was measured, as JSON."""
    versions = {package: version(package) for package in packages}
    record = {"date": datetime.now(UTC).date().isoformat(), "machine": machine(), "versions": versions, **measured}
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")


def machine() -> dict[str, Any]:
    from seqlab.runs.environment import processor_instructions  # a peer's interpreter may have no seqlab
    from seqlab.runs.machine_cores import usable_cores

    return {
        "cores": usable_cores(),
        "platform": platform.platform(),
        "python": platform.python_version(),
        "instructions": processor_instructions(),
    }


def between(page: str, marks: tuple[str, str], text: str) -> str:
    """The page with a text between its two marks, such as comments around a table."""
    begin, end = marks
    before, _, rest = page.partition(begin)
    return f"{before}{begin}\n\n{text}\n\n{end}{rest.partition(end)[2]}"


def markdown(columns: Sequence[str], rows: Sequence[Sequence[str]], texts: int = 1) -> str:
    """A table whose first columns, `texts` of them, are text and whose others are numbers."""
    lines = [columns, ["---"] * texts + ["---:"] * (len(columns) - texts), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _environment() -> dict[str, str]:
    return os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, [str(HERE), os.environ.get("PYTHONPATH")]))}


def _waited_for(process: subprocess.Popen[Any]) -> Any:
    """What a process used, once it has ended; its exit status is where `Popen` keeps it."""
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    return usage


def _megabytes(peak: int) -> float:
    """macOS counts bytes, Linux kilobytes."""
    return peak / (1024 * 1024 if sys.platform == "darwin" else 1024)
