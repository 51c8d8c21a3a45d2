"""One writer per run."""

import json
import os
import platform
import subprocess
import sys
from pathlib import Path

import pytest

from seqlab.errors import SeqlabError
from seqlab.runs import Run, lock

DEAD = (1 << 31) - 1
"""No process has so high a number."""


def test_a_second_writer_sees_which_process_holds_the_lock(run: Run) -> None:
    expected = pytest.raises(SeqlabError, match=r"locked by process \d+ on ")
    with run.writing(), expected as refused, Run(run.directory).writing():
        pass
    assert run.id in str(refused.value)
    with Run(run.directory).writing():
        assert run.status() == "running"


@pytest.mark.process
def test_the_lock_is_released_with_its_process(run: Run) -> None:
    program = (
        "import sys; from pathlib import Path; from seqlab.runs import Run\n"
        "with Run(Path(sys.argv[1])).writing(): print('held', flush=True); sys.stdin.read()"
    )
    command = [sys.executable, "-c", program, str(run.directory)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as writer:
        assert writer.stdout is not None
        assert writer.stdout.readline() == b"held\n"
        assert run.status() == "running"
        with pytest.raises(SeqlabError, match=f"process {writer.pid} "), run.writing():
            pass
        writer.kill()
        writer.wait()
    assert run.status() == "killed"
    with run.writing():
        pass
    assert run.status() == "finished"


@pytest.mark.parametrize(
    ("content", "old", "abandoned"),
    [
        ({"pid": DEAD, "host": platform.node()}, False, os.name == "posix"),
        ({"pid": DEAD, "host": platform.node()}, True, True),
        ({"pid": DEAD, "host": "another machine"}, False, False),
        ({"pid": DEAD, "host": "another machine"}, True, True),
        ({"pid": os.getpid(), "host": platform.node()}, False, False),
        ({"pid": -1, "host": platform.node()}, False, False),  # to the system: every process
        ({"pid": 0, "host": platform.node()}, False, False),
        ({"pid": "x", "host": platform.node()}, False, False),
        ([], False, False),
        (None, False, False),
        (None, True, True),
    ],
)
def test_temporary_folders_of_dead_processes_are_known(
    tmp_path: Path, content: object, old: bool, abandoned: bool
) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    if content is not None:
        (folder / lock.FILE).write_text(json.dumps(content), encoding="utf-8")
    if old:
        os.utime(folder, (0, 0))
    assert lock.is_abandoned(folder) is abandoned
    assert folder.exists()


def test_a_temporary_folder_whose_lock_is_held_is_not_abandoned(tmp_path: Path) -> None:
    with lock.hold(tmp_path / lock.FILE):
        os.utime(tmp_path, (0, 0))
        assert not lock.is_abandoned(tmp_path)
    (tmp_path / "link").symlink_to(tmp_path)
    assert not lock.is_abandoned(tmp_path / "link")
    assert not lock.is_abandoned(tmp_path / "none")
