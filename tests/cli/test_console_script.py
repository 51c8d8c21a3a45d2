"""The console script as a process: how fast it answers, what it imports, and a reader that goes away."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from seqlab import runs

pytestmark = pytest.mark.process

SCRIPT = "import sys; from seqlab.cli import main; main()"
HEAVY = ("tensorflow", "keras", "numpy", "sklearn", "matplotlib")
TRIES = 5
"""The best of several: other work on the machine only ever makes a process slower."""


def seqlab(*arguments: str, directory: Path, program: str = SCRIPT) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", program, *arguments]
    return subprocess.run(command, cwd=directory, capture_output=True, text=True, check=False, timeout=60)


@pytest.mark.parametrize("arguments", [["--help"], ["runs", "list"]])
def test_it_answers_at_once(tmp_path: Path, arguments: list[str]) -> None:
    runs.create(tmp_path / "runs", "quickstart", {})
    seconds = []
    for _ in range(TRIES):
        start = time.perf_counter()
        assert seqlab(*arguments, directory=tmp_path).returncode == 0
        seconds.append(time.perf_counter() - start)
        if seconds[-1] < 0.5:
            return
    raise AssertionError(f"seqlab {' '.join(arguments)} took {min(seconds):.2f} s at best")


def test_light_commands_import_nothing_heavy(tmp_path: Path) -> None:
    """One process stands for all: what `--help`, completion and `runs` import is imported by none of them alone."""
    program = (
        "import sys\n"
        "from typer.testing import CliRunner\n"
        "from seqlab.cli.application import app\n"
        "for line in ('--help', 'train --help', 'runs list', 'runs show latest', 'nonsense'):\n"
        "    CliRunner().invoke(app, line.split())\n"
        f"print([name for name in {HEAVY} if name in sys.modules])"
    )
    assert seqlab(directory=tmp_path, program=program).stdout.strip() == "[]"


@pytest.mark.skipif(os.name != "posix", reason="pipes close differently on Windows")
def test_a_reader_that_goes_away_is_no_error(tmp_path: Path) -> None:
    for _ in range(3):
        runs.create(tmp_path / "runs", "quickstart", {})
    reader, writer = os.pipe()
    os.close(reader)
    try:
        command = [sys.executable, "-c", SCRIPT, "runs", "list", "--json"]
        done = subprocess.run(command, cwd=tmp_path, stdout=writer, stderr=subprocess.PIPE, check=False, timeout=60)
    finally:
        os.close(writer)
    assert done.stderr == b""
