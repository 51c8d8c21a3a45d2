"""A child encodes while TensorFlow is imported: what a person sees is what they saw without it, whatever happens.

The programs below never import TensorFlow: what stands for the import is a sleep that a signal ends.
"""

import os
import signal
import subprocess
import sys
import threading
import time

import pytest
from quick import weights_of

from seqlab import runs
from seqlab.cli.console import independent_console
from seqlab.experiment import background_encoding

pytestmark = [
    pytest.mark.process,
    pytest.mark.skipif(sys.platform != "linux", reason="elsewhere there is no child"),
]

PROGRAM = """
import contextlib, os, signal, sys, time
from pathlib import Path
from seqlab import files, runtime
from seqlab.errors import DataError, SeqlabError
from seqlab.experiment import background_encoding
from seqlab.interruption import Interruption

entry, parent = Path(sys.argv[1]), os.getpid()
runtime.tensorflow = lambda: time.sleep(IMPORT)

class Shown:
    def say(self, text):
        print("say", text, flush=True)

    @contextlib.contextmanager
    def step(self, what, total=None, unit=""):
        print("step", what, total, unit, flush=True)
        units = []
        yield type("Counting", (), {"advance": lambda self, count=1, **figures: units.append(count)})()
        print("done", what, sum(units), flush=True)

def read():
    return ["texts"]

def encode(texts, progress):
    with files.new_directory(entry) as directory:
        (directory / "pid").write_text(str(os.getpid()))
        with progress.step("encoding", 1000, "texts") as step:
            for _ in range(1000):
                step.advance()
            (directory / "working").touch()
            WORK
        progress.say("encoded " + texts[0])

with Interruption():
    try:
        background_encoding.while_importing_tensorflow(read, encode, Shown())
    finally:
        print("over", flush=True)
print((entry / "pid").read_text() == str(parent), flush=True)
"""
ENCODED = ["step encoding 1000 texts", "done encoding 1000", "say encoded texts", "over"]


def program(folder, *, work="pass", seconds=0.2):
    """A process that prepares and imports; its standard output tells what happened."""
    code = PROGRAM.replace("WORK", work).replace("IMPORT", str(seconds))
    command = [sys.executable, "-c", code, str(folder / "entry")]
    return subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, encoding="utf-8", start_new_session=True
    )


def said(process):
    """Lines on stdout but for the step of the import, and lines on stderr."""
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
        assert time.monotonic() < end, "it never came to that"
        time.sleep(0.02)


def wait_until_it_works(folder):
    """Until the child is in the middle of its work and has told of it."""
    wait_for(lambda: any(folder.glob("entry.tmp-*/working")))


def test_a_child_does_the_work_and_its_words_are_shown_here(tmp_path):
    process = program(tmp_path)
    assert said(process) == ([*ENCODED, "False"], [])
    assert [path.name for path in tmp_path.iterdir()] == ["entry"]


def test_the_import_is_a_step(tmp_path):
    out, _ = program(tmp_path).communicate(timeout=60)
    assert {"step importing TensorFlow None ", "done importing TensorFlow 0"} <= set(out.splitlines())


@pytest.mark.parametrize(
    "error",
    ["raise DataError('no word is left')", "raise OSError(28, 'No space left')", "1 / 0", "raise MemoryError"],
)
def test_an_error_of_the_child_is_raised_here_as_if_there_were_none(tmp_path, error):
    process = program(tmp_path, work=error)
    lines, errors = said(process)
    assert process.returncode == 1
    assert lines == ["step encoding 1000 texts"] * 2 + ["over"]
    assert errors.count("Traceback (most recent call last):") == 1
    assert list(tmp_path.iterdir()) == []


def test_a_child_that_is_killed_is_done_without(tmp_path):
    process = program(tmp_path, work="if os.getpid() != parent: os.kill(os.getpid(), signal.SIGKILL)")
    assert said(process) == (["step encoding 1000 texts", *ENCODED, "True"], [])


@pytest.mark.parametrize(("name", "to_all"), [("SIGINT", True), ("SIGTERM", False), ("SIGUSR1", True)])
def test_a_signal_ends_both_without_a_trace(tmp_path, name, to_all):
    process = program(tmp_path, work="time.sleep(60)", seconds=60)
    wait_until_it_works(tmp_path)
    number = getattr(signal, name)
    os.killpg(process.pid, number) if to_all else process.send_signal(number)
    started = time.monotonic()
    lines, errors = said(process)
    assert time.monotonic() - started < 10
    assert errors[-1].startswith("seqlab.errors.Stopped: stopped by ")
    assert errors.count("Traceback (most recent call last):") == 1
    assert lines == ["step encoding 1000 texts", "over"]
    assert (group_of(process), list(tmp_path.iterdir())) == ([], [])


DEAF_ONCE = (
    "signal.pthread_sigmask(signal.SIG_BLOCK, [15]); signal.sigwait([15]); "
    "signal.pthread_sigmask(signal.SIG_UNBLOCK, [15]); time.sleep(60)"
)


def test_a_child_that_did_not_hear_is_asked_again(tmp_path):
    """A signal that comes between Python's look at its signals and a system call does not end that call."""
    process = program(tmp_path, work=DEAF_ONCE, seconds=60)
    wait_until_it_works(tmp_path)
    process.send_signal(signal.SIGTERM)
    started = time.monotonic()
    said(process)
    assert time.monotonic() - started < background_encoding.PATIENCE
    assert (group_of(process), list(tmp_path.iterdir())) == ([], [])


@pytest.mark.parametrize("work", ["time.sleep(60)", DEAF_ONCE])
def test_a_child_does_not_outlive_its_parent(tmp_path, work):
    process = program(tmp_path, work=work, seconds=60)
    wait_until_it_works(tmp_path)
    assert len(group_of(process)) == 2
    process.kill()
    process.communicate()
    wait_for(lambda: not group_of(process), 10)
    wait_for(lambda: not list(tmp_path.iterdir()))


TRAINING = """
import os, sys
from seqlab.cli import main
os.register_at_fork(after_in_parent=lambda: sys.stderr.write("a fork\\n"))
main()
"""


def test_a_first_training_has_a_child_and_is_the_same(tmp_path, quick_run):
    (tmp_path / "quick.yaml").write_bytes(quick_run.config_file.read_bytes())
    environment = {**os.environ, "SEQLAB_CACHE_DIR": str(tmp_path / "cache")}
    command = [sys.executable, "-c", TRAINING, "train", str(tmp_path / "quick.yaml"), "--runs-dir", str(tmp_path)]
    for forks in (1, 0):  # then everything is in the cache
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
        assert done.stderr.count("a fork") == forks
        assert weights_of(runs.find("latest", tmp_path)) == weights_of(quick_run)


def test_where_a_fork_could_hang_there_is_none(monkeypatch):
    monkeypatch.setattr(sys, "modules", {name: module for name, module in sys.modules.items() if name != "tensorflow"})
    assert background_encoding._may_fork() == (threading.active_count() == 1)
    over = threading.Event()
    thread = threading.Thread(target=over.wait)
    thread.start()
    assert not background_encoding._may_fork()
    over.set()
    thread.join()
    monkeypatch.setitem(sys.modules, "tensorflow", object())
    assert not background_encoding._may_fork()


def test_what_is_wrong_with_the_data_is_told_before_there_is_a_child(monkeypatch):
    def read():
        raise ValueError("bad data")

    monkeypatch.setattr(background_encoding, "_may_fork", lambda: True)
    with pytest.raises(ValueError, match="bad data"):
        background_encoding.while_importing_tensorflow(read, lambda data, progress: None, None)


def test_a_independent_console_is_heard_while_descriptor_2_is_turned_away(capfd, tmp_path):
    console = independent_console()
    kept = os.dup(2)
    with (tmp_path / "noise").open("wb") as noise:
        os.dup2(noise.fileno(), 2)
        console.print("heard")
        os.dup2(kept, 2)
    os.close(kept)
    assert capfd.readouterr().err == "heard\n"
    assert (tmp_path / "noise").read_bytes() == b""
