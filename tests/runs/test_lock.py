"""One writer per run."""

import subprocess
import sys

import pytest

from seqlab.errors import SeqlabError
from seqlab.runs import Run


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
