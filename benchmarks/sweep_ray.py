"""`seqlab sweep --launcher ray` on a cluster of two nodes, while workers and then a node are killed. Is a trial lost?

    python benchmarks/sweep_ray.py

The nodes are two on this machine, with a core each. One after the other: a worker gets SIGTERM, as when a node is
taken away; a worker is killed with signal 9; the memory of the node runs out, and Ray kills a task; and all processes
of one node die at once by signal 9. The other node must finish the sweep: every trial once, in one run with each epoch
once, with the figures of a training without a kill. Needs `pip install ray`; Linux only.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from seqlab import runs
from seqlab.experiment.train import train
from seqlab.runs.run import Run
from seqlab.sweeps.opened import OpenedSweep, open_sweep
from seqlab.sweeps.trials import MEMORY

EPOCHS = 150
BASE = f"""\
version: 1
task: classification
data: {{name: synthetic, size: 600}}
vectorizer: {{name: words, ngrams: 2}}
model: {{name: bag, hidden: 8}}
training: {{epochs: {EPOCHS}, learning_rate: 1e-3, patience: null, checkpoint: {{every_seconds: 0.05}}}}
"""
SWEEP = """\
base: base.yaml
space:
  model.hidden: [4, 8]
  training.learning_rate: {low: 1e-4, high: 1e-2, log: true}
search: {name: random, trials: 6}
goal: validation.accuracy
"""
HEADROOM = 5e9
"""Bytes of this machine's memory that are free below the limit at which Ray kills a task."""
LONGEST = 300.0
"""Seconds to wait for anything."""


def main() -> None:
    """Start the cluster and the sweep, kill, check, and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--no-memory", action="store_true", help="leave out the part that fills the memory")
    options = parser.parse_args()
    folder, started = Path(tempfile.mkdtemp(prefix="sweep-ray-")), time.monotonic()
    (folder / "base.yaml").write_text(BASE, encoding="utf-8")
    (folder / "sweep.yaml").write_text(SWEEP, encoding="utf-8")
    cluster, second = _cluster()
    command = _start(folder, cluster.address)
    try:
        events = _disturb(folder, command, second, memory=not options.no_memory)
        code = command.wait(timeout=4 * LONGEST)
    finally:
        command.kill()
        cluster.shutdown()
    assert code == 0, (folder / "output.txt").read_text(encoding="utf-8")
    opened = open_sweep(folder / "sweep.yaml", folder / "runs")
    problems = _problems(opened, events)
    figures = {"events": events, "trials": len(opened.rows), "seconds": round(time.monotonic() - started)}
    print(json.dumps({**figures, "problems": problems}, indent=2))
    if problems:
        sys.exit(f"see {folder}")
    shutil.rmtree(folder)


def _cluster() -> tuple[Any, Any]:
    """The cluster, and the node that is not its head."""
    from ray.cluster_utils import Cluster

    limits = {
        "memory_usage_threshold": _share_of_memory(),
        "memory_monitor_refresh_ms": 100,
        "health_check_timeout_ms": 60_000,  # a busy machine answers late
    }
    head = {"num_cpus": 1, "include_dashboard": False, "_system_config": limits}
    cluster = Cluster(initialize_head=True, head_node_args=head)
    return cluster, cluster.add_node(num_cpus=1)


def _share_of_memory() -> float:
    lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
    kilobytes = {name: int(value.split()[0]) for name, value in (line.split(":") for line in lines)}
    return 1 - (kilobytes["MemAvailable"] - HEADROOM / 1024) / kilobytes["MemTotal"]


def _start(folder: Path, address: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "seqlab", "sweep", str(folder / "sweep.yaml"), "--runs-dir", str(folder / "runs")]
    with (folder / "output.txt").open("wb") as output:
        return subprocess.Popen(
            [*command, "--launcher", "ray", "--cluster", address, "--workers", "2"],
            stdin=subprocess.DEVNULL, stdout=output, stderr=output,
        )  # fmt: skip


def _disturb(folder: Path, command: subprocess.Popen[bytes], second: Any, *, memory: bool) -> dict[str, Any]:
    """Event → the run that it struck, the epochs that were done, and seconds until it went on."""
    events: dict[str, Any] = {}
    raylet = second.all_processes["raylet"][0].process.pid

    def struck(name: str, kill: Callable[[int], None], *, on_second: bool = False) -> None:
        run, pid = _training(folder, command, lambda pid: not on_second or raylet in _ancestors(pid))
        kill(pid)
        epochs, since = len(run.metrics()), time.monotonic()
        _until(lambda: len(run.metrics()) > epochs and _pid(run) != pid, command, f"{run.id} goes on")
        events[name] = {"run": run.id, "epochs": epochs, "seconds": round(time.monotonic() - since, 1)}
        print(name, events[name], file=sys.stderr, flush=True)

    def kill_node(pid: int) -> None:
        found = [each for each in _processes() if raylet in {each, *_ancestors(each)}]
        assert pid in found
        for each in found:
            os.kill(each, signal.SIGSTOP)  # all at the same moment
        for each in found:
            os.kill(each, signal.SIGKILL)

    struck("worker told to stop", lambda pid: os.kill(pid, signal.SIGTERM))
    struck("worker killed", lambda pid: os.kill(pid, signal.SIGKILL))
    if memory:
        events["task killed by Ray, out of memory"] = _fill_memory(folder, command)
    struck("node killed", kill_node, on_second=True)
    return events


def _fill_memory(folder: Path, command: subprocess.Popen[bytes]) -> dict[str, Any]:
    """Take memory until Ray kills a task, and give it back."""
    _training(folder, command, lambda pid: True)
    told = _told(folder)
    taken = []
    while _told(folder) == told and len(taken) < 2 * HEADROOM / 2e8:
        taken.append(bytearray(b"1" * 200_000_000))
        time.sleep(0.2)
    _until(lambda: _told(folder) > told, command, "Ray kills a task")
    return {"gigabytes taken": round(len(taken) * 0.2, 1)}


def _told(folder: Path) -> int:
    return (folder / "output.txt").read_text(encoding="utf-8").count("was killed for want of memory")


def _training(folder: Path, command: subprocess.Popen[bytes], wanted: Callable[[int], bool]) -> tuple[Run, int]:
    """A run in the middle of its training, by a process that is wanted; and that process."""
    found: list[tuple[Run, int]] = []

    def look() -> bool:
        for summary in runs.list_runs(folder / "runs"):
            epochs, pid = len(summary.run.metrics()), _pid(summary.run)
            if summary.status == "running" and 5 <= epochs < EPOCHS - 60 and pid is not None and wanted(pid):
                found.append((summary.run, pid))
        return bool(found)

    _until(look, command, "a run is in the middle of its training")
    return found[-1]


def _until(condition: Callable[[], bool], command: subprocess.Popen[bytes], what: str) -> None:
    until = time.monotonic() + LONGEST
    while not condition():
        assert time.monotonic() < until, f"waited {LONGEST:.0f} s until {what}"
        assert command.poll() is None, f"the command ended before {what}"
        time.sleep(0.05)


def _pid(run: Run) -> int | None:
    """The process that trains a run."""
    try:
        return int(json.loads(run.lock_file.read_text(encoding="utf-8"))["pid"])
    except (OSError, ValueError, KeyError):
        return None


def _processes() -> list[int]:
    return [int(each.name) for each in Path("/proc").iterdir() if each.name.isdigit()]


def _ancestors(pid: int) -> list[int]:
    found: list[int] = []
    while pid > 1:
        try:
            # After the name, which may hold spaces: state, parent, …
            pid = int(Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[1])
        except (OSError, ValueError):
            break
        found.append(pid)
    return found


def _problems(opened: OpenedSweep, events: dict[str, Any]) -> list[str]:
    """What was lost, done twice, or came out differently."""
    found = []
    of: dict[int, list[runs.RunSummary]] = {}
    for summary in runs.list_runs(opened.directory.runs_dir):
        of.setdefault(summary.metadata["trial"], []).append(summary)
    for row in opened.rows:
        here = of.get(row.number, [])
        if row.state != "finished" or len(here) != 1:
            found.append(f"trial {row.number} is {row.state} ({row.reason}), {len(here)} runs")
        elif [line["epoch"] for line in here[0].run.metrics()] != list(range(1, EPOCHS + 1)):
            found.append(f"run {here[0].run.id} has not each epoch once")
    struck = {each["run"] for each in events.values() if "run" in each}
    for row in (each for each in opened.rows if each.run in struck):
        run = train(opened.sweep.trial_config(row.values, threads=1), opened.directory.runs_dir.parent / "again")
        if (again := run.result()["validation.accuracy"]) != row.value:
            found.append(f"trial {row.number}: {row.value}, without a kill {again}")
    more = [each.user_attrs[MEMORY] for each in opened.study.trials() if MEMORY in each.user_attrs]
    events["trials that got more memory, in GB"] = more
    return found if more else [*found, "no trial got more memory"]


if __name__ == "__main__":
    main()
