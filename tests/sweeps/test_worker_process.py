"""A worker as a process: its program, its job, how it is stopped, and what is told of it."""

import json
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

import seqlab
from seqlab.sweeps import worker_process
from seqlab.sweeps.worker_process import close, environment, last_lines, named, run_worker, start, stop, worker_command

pytestmark = pytest.mark.skipif(os.name != "posix", reason="the workers of these tests are shell scripts")
SAVES = "read job; trap 'echo saved; exit 75' TERM; touch {0}/ready; while :; do sleep 0.02; done"


@pytest.fixture
def command(monkeypatch, tmp_path):
    """`command(script)`: what `run_worker` starts."""
    monkeypatch.setattr(worker_process, "POLL_SECONDS", 0.02)
    return lambda script: monkeypatch.setattr(worker_process, "worker_command", lambda _: ["sh", "-c", script])


def test_a_worker_imports_seqlab_from_its_folder_and_nothing_from_the_current_one(tmp_path, monkeypatch):
    (tmp_path / "json.py").write_text("raise SystemExit('a file of the user')", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    own = str(Path(seqlab.__file__).parents[1])
    *_, folders = worker_command(["/shared/plugins", own])
    assert json.loads(folders) == [own, *sys.path, "/shared/plugins"]
    program = worker_command()
    program[-2] = program[-2].partition("from seqlab.cli")[0] + "print(seqlab.__file__)"
    found = subprocess.run(program, capture_output=True, text=True, check=True)
    assert found.stdout.strip() == str(Path(own) / "seqlab" / "__init__.py")


def test_it_reads_its_job_and_has_the_variables_of_the_command_unless_it_has_its_own(tmp_path, monkeypatch, command):
    monkeypatch.setenv("SEQLAB_DATA_DIR", "/data/of/the/command")
    monkeypatch.delenv("SEQLAB_OFFLINE", raising=False)
    job = {"environment": environment(), "task": "a"}
    assert job["environment"] == {"SEQLAB_DATA_DIR": "/data/of/the/command"}
    command('read job; echo "$job $SEQLAB_DATA_DIR"')
    log = tmp_path / "logs" / "a.log"
    for folder in (None, "/data/of/the/node"):
        monkeypatch.setenv("SEQLAB_DATA_DIR", folder) if folder else monkeypatch.delenv("SEQLAB_DATA_DIR")
        assert run_worker(job, log) == 0
        assert last_lines(log) == f"{json.dumps(job)} {folder or '/data/of/the/command'}"


def test_one_that_is_interrupted_saves_first(tmp_path, command):
    command(SAVES.format(tmp_path))
    log = tmp_path / "logs" / "a.log"

    def interrupt():
        while not (tmp_path / "ready").exists():
            pass
        os.kill(os.getpid(), 2)

    threading.Thread(target=interrupt).start()
    with pytest.raises(KeyboardInterrupt):
        run_worker({}, log)
    assert last_lines(log) == "saved"


def test_stop_waits_and_tells_the_exit_code(tmp_path):
    process = start(["sh", "-c", SAVES.format(tmp_path)], {}, tmp_path / "logs" / "a.log")
    while not (tmp_path / "ready").exists():
        pass
    assert stop(process) == 75
    close(process)
    assert stop(process) == 75, "it has ended already"


def test_how_a_worker_ended_in_words(tmp_path):
    assert [named(code) for code in (-9, 75, 130, 1)] == ["signal 9", "a signal", "a signal", "exit code 1"]
    assert last_lines(tmp_path / "nothing.log") == ""
    (tmp_path / "a.log").write_bytes(b"1\n2\n3\n\xff4\n\n")
    assert last_lines(tmp_path / "a.log") == "2\n3\n\ufffd4"
