"""Tests exact resume on the user's machine: trains once without interruption and once with repeated kill -9."""

from __future__ import annotations

import hashlib
import json
import random
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from seqlab import files, runs
from seqlab.config import Loaded, to_yaml
from seqlab.errors import SeqlabError
from seqlab.experiment.joint_training import refuse_several_hosts
from seqlab.progress import SILENT, Progress
from seqlab.runs import Run
from seqlab.training.checkpoints import saved

POLL_SECONDS = 0.02


@dataclass(frozen=True)
class Proof:
    """The two runs. `differences` is empty if they are equal bit for bit."""

    kills: int
    whole: Run
    resumed: Run
    differences: tuple[str, ...]


def prove_resume(loaded: Loaded, folder: Path, *, kills: int = 3, seed: int = 0, progress: Progress = SILENT) -> Proof:
    """Train twice in `folder`, the second time with `kills` kill -9 at random moments, each followed by `--resume`.

    Each kill waits for a new checkpoint, so that training makes progress. Raises SeqlabError if training fails for
    another reason.
    """
    refuse_several_hosts(loaded.experiment, "seqlab selftest resume")
    config = folder / "config.yaml"
    files.write_text(config, to_yaml(loaded.experiment))
    with progress.step("training without interruption"):
        whole = _trained(config, folder / "whole")
    killed, delays = 0, random.Random(seed)
    with progress.step("training with interruptions", kills, "kills") as step:
        process = _started(config, folder / "killed")
        while killed < kills and _killed_after_a_save(process, folder / "killed", delays.uniform(0.0, 0.5)):
            killed += 1
            step.advance()
            process = _command(["--resume", str(runs.find("latest", folder / "killed", status=None).directory)])
        _finished(process)
    resumed = runs.find("latest", folder / "killed", status=None)
    return Proof(killed, whole, resumed, tuple(differences(whole, resumed)))


def differences(whole: Run, resumed: Run) -> list[str]:
    """The differences between two runs that should be equal, apart from times and memory."""
    found = [
        name
        for name, path in (
            ("the weights", "model/weights.safetensors"),
            *((f"the file {path.name}", path.name) for path in _learned_files(whole.directory)),
            *(
                (f"the predictions of the {path.stem} split", f"predictions/{path.name}")
                for path in sorted(whole.directory.glob("predictions/*.jsonl"))
            ),
        )
        if _sha256(whole.directory / path) != _sha256(resumed.directory / path)
    ]
    if _timeless(whole.result()) != _timeless(resumed.result()):
        found.append("the metrics")
    if [_timeless(line) for line in whole.metrics()] != [_timeless(line) for line in resumed.metrics()]:
        found.append("the metrics of the epochs")
    return found


def _learned_files(directory: Path) -> list[Path]:
    """What was learned from the training data besides the weights."""
    names = ("vocabulary*.json", "features.json", "target.json")
    return sorted(path for name in names for path in directory.glob(name))


def _timeless(figures: dict[str, object]) -> str:
    timed = ("seconds", "per_second", "peak_memory_mb", "saves")
    return json.dumps({name: value for name, value in figures.items() if not name.endswith(timed)})


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _trained(config: Path, runs_dir: Path) -> Run:
    _finished(_started(config, runs_dir))
    return runs.find("latest", runs_dir, status=None)


def _started(config: Path, runs_dir: Path) -> subprocess.Popen[str]:
    options = ["training.checkpoint.every_seconds=0.1", "training.sinks=[]"]  # it concerns nobody else
    return _command([str(config), *options, "--runs-dir", str(runs_dir)])


def _command(arguments: list[str]) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "seqlab", "train", *arguments]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, encoding="utf-8")


def _finished(process: subprocess.Popen[str]) -> subprocess.Popen[str]:
    _, said = process.communicate()
    if process.returncode:
        raise SeqlabError(f"a training of the self-test failed:\n{said.strip()}")
    return process


def _killed_after_a_save(process: subprocess.Popen[str], runs_dir: Path, delay: float) -> bool:
    """Wait for a new checkpoint and a little longer, then kill. False when the training ended before."""
    before = _checkpoints(runs_dir)
    while process.poll() is None:
        if _checkpoints(runs_dir) - before:
            time.sleep(delay)
            break
        time.sleep(POLL_SECONDS)
    if process.poll() is not None:
        return False
    process.kill()
    process.communicate()
    return True


def _checkpoints(runs_dir: Path) -> set[str]:
    return {checkpoint.name for run in runs_dir.glob("*/checkpoints") for checkpoint in saved(run)}
