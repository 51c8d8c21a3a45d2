"""The console script as a process: its speed, its imports, and a reader that closes the pipe."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from seqlab import runs

pytestmark = pytest.mark.process

SCRIPT = "import sys; from seqlab.cli import main; main()"
HEAVY = ("tensorflow", "keras", "numpy", "sklearn", "matplotlib")
TRIES = 5
"""The fastest of several tries counts, because other work on the machine makes a process slower."""


def seqlab(*arguments: str, directory: Path, program: str = SCRIPT) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", program, *arguments]
    return subprocess.run(command, cwd=directory, capture_output=True, text=True, check=False, timeout=240)


@pytest.mark.skipif(os.name != "posix", reason="Windows does not tell what processes that ended have computed")
def test_light_commands_are_fast(tmp_path: Path) -> None:
    runs.create(tmp_path / "runs", "quickstart", {})
    for arguments in (["--help"], ["runs", "list"]):
        seconds: list[float] = []
        while len(seconds) < TRIES and (not seconds or seconds[-1] >= 0.5):
            start = _seconds_of_processes()
            assert seqlab(*arguments, directory=tmp_path).returncode == 0
            seconds.append(_seconds_of_processes() - start)
        assert min(seconds) < 0.5, arguments


def _seconds_of_processes() -> float:
    """CPU time of all child processes that ended. Wall-clock time would include other work on the machine."""
    spent = os.times()
    return spent.children_user + spent.children_system


def test_light_commands_import_nothing_heavy(tmp_path: Path) -> None:
    """Several commands in one process: if none of them imports a package, the package is absent at the end."""
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
def test_a_reader_that_closes_the_pipe_is_no_error(tmp_path: Path) -> None:
    for _ in range(3):
        runs.create(tmp_path / "runs", "quickstart", {})
    reader, writer = os.pipe()
    os.close(reader)
    try:
        command = [sys.executable, "-c", SCRIPT, "runs", "list", "--json"]
        done = subprocess.run(command, cwd=tmp_path, stdout=writer, stderr=subprocess.PIPE, check=False, timeout=240)
    finally:
        os.close(writer)
    assert done.stderr == b""


def test_help_imports_only_typer_and_the_modules_of_commands(tmp_path: Path) -> None:
    """What makes help slow is what it imports. Typer itself imports pydantic for the parameters of a command."""
    program = (
        "import sys\n"
        "from typer.testing import CliRunner\n"
        "from seqlab.cli.application import COMMANDS, app\n"
        "light = {'pydantic', 'filelock', 'seqlab.runs', *(f'seqlab.cli.{each}' for each in COMMANDS.values())}\n"
        "assert not {'rich', *light} & set(sys.modules)\n"
        "listed = CliRunner().invoke(app, ['--help']).stdout\n"
        "assert all(f' {name} ' in listed for name in COMMANDS)\n"
        "assert not light & set(sys.modules)\n"
        "for name in COMMANDS:\n"
        "    assert CliRunner().invoke(app, [name, '--help']).exit_code == 0\n"
        "heavy = {'numpy', 'tensorflow', 'keras', 'yaml', 'matplotlib', 'seqlab.tasks', 'seqlab.data', 'seqlab.text',\n"
        "         'seqlab.config.experiment', 'seqlab.experiment', 'seqlab.reports.answer_table'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    assert seqlab(directory=tmp_path, program=program).stdout.strip() == "[]"
