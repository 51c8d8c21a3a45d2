"""Processes that compute a function of portions: results as in one process, whatever happens to the processes."""

import contextlib
import functools
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import functions_of_portions as functions
import pytest

from seqlab.text import worker_pool
from seqlab.text.worker_pool import WorkerPool

PORTIONS = [["a", ""], ["die"], ["bbb"], ["😀"], ["die", "x"], *([["y" * number] for number in range(20)])]
LENGTHS = [(portion, functions.lengths(portion)) for portion in PORTIONS]


@pytest.mark.process
def test_results_are_those_of_one_process_whatever_happens_to_the_others(capfd):
    with WorkerPool(3, ["functions_of_portions", "not_imported_here"]) as pool:
        assert pool.start(functions.lengths, 2.5)
        assert pool._alive == 2, "as many as are worth it"
        assert list(pool.map(functions.lengths, PORTIONS)) == LENGTHS
        answered = {answer for _, answer in pool.map(functions.process_and_tensorflow, PORTIONS)}
        assert {tensorflow for _, tensorflow in answered} == {False}
        assert os.getpid() not in {process for process, _ in answered}
        assert pool.running

        here = list(pool.map(lambda portion: os.getpid(), [["a"], ["b"]]))
        assert [process for _, process in here] == [os.getpid()] * 2, "what cannot be pickled is computed here"

        found = pool.map(functions.refuses, [["good"], ["bad 1"], ["good"], ["bad 2"]])
        assert next(found) == (["good"], [4])
        with pytest.raises(ValueError, match="the text bad 1 is refused") as raised:
            next(found)
        assert raised.traceback[-1].name == "refuses", "raised here, with the traceback of one process"
        found.close()

    with WorkerPool(2) as pool:
        assert pool.start(functions.lengths, 60.0)
        assert list(pool.map(functions.DiesElsewhere(os.getpid()), PORTIONS)) == LENGTHS
        assert not pool.running
        assert not pool.start(functions.lengths, 60.0), "those that died are not started again"
        assert list(pool.map(functions.lengths, PORTIONS)) == LENGTHS
    out, errors = capfd.readouterr()
    assert out == ""
    assert errors == "what a plug-in prints is no answer\n" * 2


PROGRAM = """
import sys
from pathlib import Path
from functions_of_portions import Sleeps
from seqlab.interruption import Interruption
from seqlab.text.worker_pool import WorkerPool

with Interruption(), WorkerPool(2) as pool:
    function = Sleeps(Path(sys.argv[1]))
    assert pool.start(function, 60.0)
    list(pool.map(function, [["first"], ["a"], ["b"], ["c"]]))
"""


def wait_for(condition):
    end = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < end, "the condition never came true"
        time.sleep(0.02)


def is_alive(process):
    with contextlib.suppress(ProcessLookupError, FileNotFoundError):
        return ") Z " not in Path(f"/proc/{process}/stat").read_text(encoding="utf-8")
    return False


@pytest.mark.process
@pytest.mark.skipif(sys.platform != "linux", reason="processes are looked at in /proc")
def test_all_end_at_once_when_one_is_interrupted_or_killed(tmp_path):
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    programs = []
    for name in ("SIGINT", "SIGKILL"):
        (folder := tmp_path / name).mkdir()
        command = [sys.executable, "-c", PROGRAM, str(folder)]
        programs.append((name, folder, subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True)))
    for name, folder, program in programs:
        wait_for(lambda folder=folder: len(list(folder.iterdir())) == 2)
        workers = [int(path.name) for path in folder.iterdir()]
        start = time.monotonic()
        program.send_signal(getattr(signal, name))
        _, errors = program.communicate(timeout=60)
        wait_for(lambda workers=workers: not any(map(is_alive, workers)))
        assert time.monotonic() - start < 20, "they sleep for ten minutes"
        assert program.returncode != 0
        assert errors.count("Traceback") == (name == "SIGINT"), errors


class Unstartable:
    def __init__(self, plugins):
        raise OSError("no more processes")


def test_few_seconds_or_one_core_start_no_process(monkeypatch):
    monkeypatch.setattr(worker_pool, "Worker", Unstartable)  # none may be tried
    for most, seconds in ((8, 1.9), (1, 600.0), (8, 0.0)):
        with WorkerPool(most) as pool:
            assert not pool.start(functions.lengths, seconds)
    with WorkerPool(8) as pool:
        assert not pool.start(lambda portion: portion, 600.0), "a function that cannot be pickled"
        assert list(pool.map(functions.lengths, PORTIONS)) == LENGTHS


def test_where_no_process_can_be_started_all_is_computed_here(monkeypatch):
    monkeypatch.setattr(worker_pool, "Worker", Unstartable)
    with WorkerPool(8) as pool:
        assert not pool.start(functions.lengths, 600.0)
        assert list(pool.map(functools.partial(functions.lengths), PORTIONS)) == LENGTHS
