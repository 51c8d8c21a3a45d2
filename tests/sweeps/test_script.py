"""The script for schedulers: bash reads it, it stops its worker on a signal, and SLURM queues it again."""

import os
import shutil
import signal
import subprocess
import time

import pytest

from seqlab.sweeps.launching import Resources
from seqlab.sweeps.script import sweep_script

pytestmark = pytest.mark.skipif(shutil.which("bash") is None, reason="needs bash")
WORKS = "trap 'echo saved; exit 75' TERM; touch ready; while :; do sleep 0.02; done"


def script(folder, command, resources=Resources(), workers=1, *, needs_storage=False):  # noqa: B008
    return sweep_script("small", command, folder, resources, workers, needs_storage=needs_storage)


def started(folder, text, **variables):
    path = folder / "sweep.sh"
    path.write_text(text, encoding="utf-8")
    return subprocess.Popen(
        ["bash", str(path)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env={**os.environ, **variables},
    )


def test_sbatch_reads_what_a_job_needs(tmp_path):
    lines = script(tmp_path, ["seqlab"], Resources(cores=4, gpus=1, memory=7.5), workers=2).splitlines()
    assert lines[0] == "#!/usr/bin/env bash"
    assert [line.removeprefix("#SBATCH ") for line in lines if line.startswith("#SBATCH")] == [
        "--job-name=seqlab-small", "--cpus-per-task=8", "--gpus=2", "--mem=15000M", "--signal=B:USR1@120", "--requeue",
        "--open-mode=append",
    ]  # fmt: skip
    first_command = next(number for number, line in enumerate(lines) if line and not line.startswith("#"))
    assert all(not line.startswith("#SBATCH") for line in lines[first_command:])


def test_it_works_in_the_folder_of_the_command_whatever_its_name(tmp_path):
    folder = tmp_path / "it's $HOME"
    folder.mkdir()
    process = started(tmp_path, script(folder, ["sh", "-c", 'pwd; echo "$1"; exit 3', "-", "a b"]))
    assert process.communicate()[0].splitlines() == [str(folder), "a b"]
    assert process.returncode == 3


@pytest.mark.parametrize(
    ("number", "job", "requeued"),
    [
        (signal.SIGTERM, "17", False),
        (signal.SIGUSR1, "17", True),
        (signal.SIGUSR1, "", False),
        (signal.SIGINT, "", False),
    ],
)
def test_a_signal_is_passed_on_and_waited_for(tmp_path, number, job, requeued):
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "scontrol").write_text('#!/bin/sh\necho "scontrol $*"\n', encoding="utf-8")
    (tmp_path / "bin" / "scontrol").chmod(0o755)
    path = f"{tmp_path / 'bin'}:{os.environ['PATH']}"
    process = started(tmp_path, script(tmp_path, ["sh", "-c", WORKS]), PATH=path, SLURM_JOB_ID=job)
    while not (tmp_path / "ready").exists():
        time.sleep(0.01)
    process.send_signal(number)
    said = process.communicate(timeout=60)[0].splitlines()
    assert said == ["saved", *(["scontrol requeue 17"] if requeued else [])]
    assert process.returncode == 75


def test_a_password_is_expected_in_a_variable(tmp_path):
    text = script(tmp_path, ["sh", "-c", "echo works"], needs_storage=True)
    process = started(tmp_path, text, SEQLAB_STORAGE="")
    assert "SEQLAB_STORAGE: the address of the storage" in process.communicate()[0]
    assert process.returncode != 0
    process = started(tmp_path, text, SEQLAB_STORAGE="postgresql://u:p@h/x")
    assert process.communicate()[0] == "works\n"
