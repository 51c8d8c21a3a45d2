"""Kill -9 while `seqlab sweep` works: a worker, the command, or everything. Is any trial lost, or done twice?

    python benchmarks/sweep_kills.py --kills 40
    python benchmarks/sweep_kills.py --kills 40 --postgresql

After each kill of the command the same command is started again at once, while workers of the killed one may still be
saving. At the end every trial must have ended once, in one run with each epoch once, with the values that an
undisturbed search draws; some trials are trained again without a kill and must reach the same figures. With
`--postgresql` the study is in a server that is started here, and the server is killed too. Linux only.
"""

from __future__ import annotations

import argparse
import collections
import contextlib
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import postgresql

from seqlab import runs
from seqlab.experiment.train import train
from seqlab.sweeps.opened import OpenedSweep, open_sweep

BASE = """\
version: 1
task: classification
data: {name: synthetic, size: 600}
vectorizer: {name: words, ngrams: 2}
model: {name: bag, hidden: 8}
training: {epochs: 60, learning_rate: 1e-3, patience: null, checkpoint: {every_seconds: 0.05}}
"""
SWEEP = """\
base: base.yaml
space:
  model.hidden: [4, 8]
  training.learning_rate: {{low: 1e-4, high: 1e-2, log: true}}
search: {{name: random, trials: {trials}}}
goal: validation.accuracy
"""
MORE = 8
"""Trials that are added whenever all have ended and there are kills left."""
VICTIMS = ("worker", "command", "all")
SERVER = "server"


def main() -> None:
    """Kill, check, and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=40)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--sqlite", action="store_true", help="keep the study in a database instead of a journal")
    parser.add_argument("--postgresql", action="store_true", help="keep the study in a PostgreSQL that is started here")
    parser.add_argument("--storage", metavar="URL", help="keep the study in this database")
    parser.add_argument("--repeat", type=int, default=3, help="trials that are trained again without a kill")
    options = parser.parse_args()
    folder, drawn, started = (
        Path(tempfile.mkdtemp(prefix="sweep-kills-")),
        random.Random(options.seed),
        time.monotonic(),
    )
    (folder / "base.yaml").write_text(BASE, encoding="utf-8")
    with postgresql.server() if options.postgresql else contextlib.nullcontext() as server:
        storage = f"sqlite:///{folder / 'sweep.db'}" if options.sqlite else server.url if server else options.storage
        killed = _kill_and_continue(folder, options.kills, drawn, storage, server)
        _report(folder, storage, killed, started, drawn, options.repeat)


def _report(
    folder: Path,
    storage: str | None,
    killed: collections.Counter[str],
    started: float,
    drawn: random.Random,
    repeat: int,
) -> None:
    """Check what came of it, and print the figures."""
    opened = open_sweep(folder / "sweep.yaml", folder / "runs", storage=storage)
    problems = [*_problems(opened, folder), *_differences(opened, folder, drawn.sample(opened.rows, repeat))]
    figures = {
        "kills": dict(killed),
        "trials": len(opened.rows),
        "minutes": round((time.monotonic() - started) / 60, 1),
    }
    print(json.dumps({**figures, "problems": problems}, indent=2))
    if problems:
        sys.exit(f"see {folder}")
    shutil.rmtree(folder)


def _kill_and_continue(
    folder: Path, kills: int, drawn: random.Random, storage: str | None, server: postgresql.Server | None
) -> collections.Counter[str]:
    """Start, kill, start again, until there were enough kills; then let it end."""
    victims = VICTIMS if server is None else (*VICTIMS, SERVER)
    trials, killed = MORE, collections.Counter[str]()
    _write_sweep(folder, trials)
    command = _start(folder, storage)
    while killed.total() < kills:
        time.sleep(drawn.uniform(0.5, 14.0))
        if command.poll() is not None:
            assert command.returncode == 0, (folder / "output.txt").read_text(encoding="utf-8")
            trials += MORE
            _write_sweep(folder, trials)
            command = _start(folder, storage)
            continue
        victim, workers = drawn.choice(victims), _children(command.pid)
        if victim == "worker" and not workers:
            continue
        if victim == SERVER:
            server.stop()
            server.start()
        struck = {"worker": workers[:1], "command": [command.pid], "all": [command.pid, *workers]}
        for pid in struck.get(victim, []):
            _kill(pid)
        killed[victim] += 1
        print(f"kill {killed.total()}: {victim}", file=sys.stderr, flush=True)
        if victim in {"command", "all"}:
            command.wait()
            command = _start(folder, storage)
    assert command.wait() == 0, (folder / "output.txt").read_text(encoding="utf-8")
    return killed


def _write_sweep(folder: Path, trials: int) -> None:
    (folder / "sweep.yaml").write_text(SWEEP.format(trials=trials), encoding="utf-8")


def _start(folder: Path, storage: str | None) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "seqlab", "sweep", str(folder / "sweep.yaml"), "--workers", "2"]
    with (folder / "output.txt").open("ab") as output:
        arguments = [*command, "--runs-dir", str(folder / "runs"), *(["--storage", storage] if storage else [])]
        return subprocess.Popen(arguments, stdout=output, stderr=output, stdin=subprocess.DEVNULL)


def _children(pid: int) -> list[int]:
    try:
        return [int(each) for each in Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()]
    except OSError:
        return []


def _kill(pid: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)


def _problems(opened: OpenedSweep, folder: Path) -> list[str]:
    """What was lost or done twice."""
    found = []
    runs_of = collections.defaultdict(list)
    for summary in runs.list_runs(folder / "runs"):
        runs_of[summary.metadata.get("trial")].append(summary)
    told = collections.Counter[int]()
    journal = opened.directory.journal_file
    for line in journal.read_text(encoding="utf-8").splitlines() if journal.exists() else ():
        event = json.loads(line)
        told[event.get("trial_id")] += event["op_code"] == 6 and event.get("state") == 1
    for row in opened.rows:
        here = runs_of[row.number]
        if row.state != "finished" or (journal.exists() and told[row.number] != 1):
            found.append(f"trial {row.number} is {row.state} ({row.reason}), told {told[row.number]} times")
        if len(here) != 1 or here[0].status != "finished" or here[0].result["validation.accuracy"] != row.value:
            found.append(f"trial {row.number} has the runs {[(each.run.id, each.status) for each in here]}")
        elif [line["epoch"] for line in here[0].run.metrics()] != list(range(1, 61)):
            found.append(f"run {here[0].run.id} has not each epoch once")
    undisturbed = open_sweep(folder / "sweep.yaml", folder / "undisturbed")
    asked = [undisturbed.study.values(undisturbed.study.ask()) for _ in opened.rows]
    found += [
        f"trial {row.number} has other values"
        for row, values in zip(opened.rows, asked, strict=True)
        if row.values != values
    ]
    return found


def _differences(opened: OpenedSweep, folder: Path, rows: list) -> list[str]:
    """Trials that reach other figures when nobody kills them."""
    found = []
    for row in rows:
        run = train(opened.sweep.trial_config(row.values, threads=1), folder / "again")
        if run.result()["validation.accuracy"] != row.value:
            found.append(f"trial {row.number}: {row.value}, without a kill {run.result()['validation.accuracy']}")
    return found


if __name__ == "__main__":
    main()
