"""A child does the work while TensorFlow is imported: results and errors are those of doing it here.

The programs below never import TensorFlow: a sleep that a signal ends stands for the import.
"""

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time

import pytest
from quick import weights_of

from seqlab import runs, runtime
from seqlab.cli.console import independent_console
from seqlab.experiment import background_encoding
from seqlab.progress import Silent

pytestmark = [
    pytest.mark.process,
    pytest.mark.skipif(sys.platform != "linux", reason="only Linux forks"),
]

PROGRAM = """
import os, signal, sys, time
from pathlib import Path
from seqlab import files, runtime
from seqlab.errors import DataError
from seqlab.experiment.background_encoding import run_while_importing_tensorflow
from seqlab.interruption import Interruption
from seqlab.progress import SILENT

entry, parent = Path(sys.argv[1]), os.getpid()
runtime.tensorflow = lambda: time.sleep(IMPORT)

def work():
    with files.new_directory(entry) as directory:
        (directory / "pid").write_text(str(os.getpid()))
        WORK
        print("worked", flush=True)

with Interruption():
    run_while_importing_tensorflow(work, SILENT)
print("here" if (entry / "pid").read_text() == str(parent) else "in a child", flush=True)
"""


def program(folder, *, work="pass", seconds=0.2):
    """A process that works and imports; its standard output says what happened."""
    code = PROGRAM.replace("WORK", work).replace("IMPORT", str(seconds))
    return subprocess.Popen(
        [sys.executable, "-c", code, str(folder / "entry")],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        start_new_session=True,
    )


def output_of(process):
    """Lines on stdout, and on stderr."""
    out, errors = process.communicate(timeout=60)
    return [line for line in out.splitlines() if "importing TensorFlow" not in line], errors.splitlines()


def group_of(process):
    """The living processes of its session."""
    found = subprocess.run(
        ["ps", "-o", "pid=,stat=", "-s", str(process.pid)], capture_output=True, text=True, check=False
    )
    return [line for line in found.stdout.splitlines() if " Z" not in line]


def wait_for(condition, seconds=60.0):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "the condition never came true"
        time.sleep(0.02)


def test_a_child_does_the_work(tmp_path):
    assert output_of(program(tmp_path)) == (["worked", "in a child"], [])
    assert [path.name for path in tmp_path.iterdir()] == ["entry"]


@pytest.mark.parametrize("work", ["raise DataError('no word is left')", "raise MemoryError"])
def test_an_error_of_the_child_is_raised_here_once(tmp_path, work):
    process = program(tmp_path, work=work)
    lines, errors = output_of(process)
    assert process.returncode == 1
    assert lines == []
    assert errors.count("Traceback (most recent call last):") == 1
    assert list(tmp_path.iterdir()) == []


def test_the_work_of_a_child_that_is_killed_is_done_here(tmp_path):
    process = program(tmp_path, work="if os.getpid() != parent: os.kill(os.getpid(), signal.SIGKILL)")
    assert output_of(process) == (["worked", "here"], [])


@pytest.mark.parametrize(("name", "to_all"), [("SIGINT", True), ("SIGTERM", False), ("SIGUSR1", True)])
def test_a_signal_ends_both(tmp_path, name, to_all):
    process = program(tmp_path, work="time.sleep(60)", seconds=60)
    wait_for(lambda: any(tmp_path.glob("entry.seqlab-tmp-*/pid")))
    number = getattr(signal, name)
    os.killpg(process.pid, number) if to_all else process.send_signal(number)
    lines, errors = output_of(process)
    assert errors[-1].startswith("seqlab.errors.Stopped: stopped by ")
    assert errors.count("Traceback (most recent call last):") == 1
    assert lines == []
    wait_for(lambda: group_of(process) == [])
    assert not (tmp_path / "entry").exists()
    assert output_of(program(tmp_path)) == (["worked", "in a child"], [])  # the next one starts afresh


def test_a_child_whose_parent_was_killed_finishes_the_entry_and_ends(tmp_path):
    process = program(tmp_path, work="time.sleep(0.5)", seconds=60)
    wait_for(lambda: any(tmp_path.glob("entry.seqlab-tmp-*/pid")))
    process.kill()
    wait_for(lambda: group_of(process) == [])
    process.communicate()
    assert [path.name for path in tmp_path.iterdir()] == ["entry"]


class Steps(Silent):
    """Which steps were opened and closed, in order."""

    def __init__(self):
        self.seen = []

    @contextlib.contextmanager
    def step(self, what, total=None, unit=""):
        self.seen.append(what)
        yield
        self.seen.append("done")


@pytest.mark.parametrize(("child", "parent", "seen"), [(0.0, 0.5, ["importing TensorFlow", "done"]), (0.5, 0.0, [])])
def test_the_import_is_shown_once_the_child_has_nothing_more_to_show(monkeypatch, child, parent, seen):
    monkeypatch.setattr(background_encoding, "_fork_is_safe", lambda: True)
    monkeypatch.setattr(runtime, "tensorflow", lambda: time.sleep(parent))
    steps = Steps()
    background_encoding.run_while_importing_tensorflow(lambda: time.sleep(child), steps)
    assert steps.seen == seen


TRAINING = """
import os, sys
from seqlab.cli import main
os.register_at_fork(after_in_parent=lambda: sys.stderr.write("a fork\\n"))
main()
"""


@pytest.mark.slow
def test_a_first_training_has_a_child_and_is_the_same(tmp_path, quick_run):
    (tmp_path / "quick.yaml").write_bytes(quick_run.config_file.read_bytes())
    environment = {**os.environ, "SEQLAB_CACHE_DIR": str(tmp_path / "cache")}
    command = [sys.executable, "-c", TRAINING, "train", str(tmp_path / "quick.yaml"), "--runs-dir", str(tmp_path)]
    for forks in (1, 0):  # then everything is in the cache
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
        assert done.stderr.count("a fork") == forks
        assert weights_of(runs.find("latest", tmp_path)) == weights_of(quick_run)


def test_there_is_no_fork_where_it_could_hang(monkeypatch):
    monkeypatch.setattr(sys, "modules", {name: module for name, module in sys.modules.items() if name != "tensorflow"})
    assert background_encoding._fork_is_safe() == (threading.active_count() == 1)
    over = threading.Event()
    thread = threading.Thread(target=over.wait)
    thread.start()
    assert not background_encoding._fork_is_safe()
    over.set()
    thread.join()
    monkeypatch.setitem(sys.modules, "tensorflow", object())
    assert not background_encoding._fork_is_safe()


def test_a_independent_console_writes_while_descriptor_2_is_redirected(capfd, tmp_path):
    console = independent_console()
    kept = os.dup(2)
    with (tmp_path / "noise").open("wb") as noise:
        os.dup2(noise.fileno(), 2)
        console.print("shown")
        os.dup2(kept, 2)
    os.close(kept)
    assert capfd.readouterr().err == "shown\n"
