"""The options that decide what starts workers: which go together, what is missing, and the script for schedulers."""

import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from quick import QUICK
from shell import Shell

from seqlab.cli.sweep_launch import Launch, command_words, has_password
from seqlab.runs.machine_cores import usable_cores
from seqlab.sweeps.launcher_local import LocalWorkers
from seqlab.sweeps.launcher_ray import RayTasks
from seqlab.sweeps.launcher_slurm import SlurmJobs
from seqlab.sweeps.launching import Resources
from seqlab.sweeps.opened import open_sweep
from seqlab.sweeps.sweep_directory import Clock
from seqlab.text_format import counted

SWEEP = {"base": "base.yaml", "space": {"model.hidden": [4, 8]}, "search": {"name": "grid"}}


@pytest.fixture
def shell(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("SEQLAB_RUNS_DIR", "SEQLAB_DATA_DIR", "SEQLAB_DEBUG", "SEQLAB_STORAGE"):
        monkeypatch.delenv(name, raising=False)
    Path("base.yaml").write_text(yaml.safe_dump(QUICK), encoding="utf-8")
    Path("small.yaml").write_text(yaml.safe_dump(SWEEP), encoding="utf-8")
    return Shell()


def launch(launcher="local", **given):
    names = ("cores", "gpus", "memory", "cluster")
    options = {**dict.fromkeys(names), "workers": 1, "slurm": [], "print_script": False, **given}
    return Launch(launcher, **options)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--cores", "2"], "--cores is for --launcher ray and slurm, and for --print-script"),
        (["--gpus", "1", "--workers", "2"], "--gpus is for --launcher ray and slurm"),
        (["--memory", "4"], "--memory is for --launcher ray and slurm"),
        (["--workers", "500"], f"--workers 500: this machine can give {counted(usable_cores(), 'core')} to workers"),
        (["--cluster", "head:6379"], "--cluster is the address of a Ray cluster: give --launcher ray"),
        (["--launcher", "slurm", "--cluster", "auto"], "give --launcher ray"),
        (["--slurm", "partition=gpu"], "--slurm is for --launcher slurm"),
        (["--launcher", "slurm", "--slurm", "gpu"], "--slurm gpu: expected KEY=VALUE, such as partition=gpu"),
        (["--launcher", "ray", "--memory", "-1"], "--memory -1: expected gigabytes, more than 0"),
        (["--launcher", "ray", "--print-script"], "a script that trains where it is started: leave --launcher ray out"),
    ],
)
def test_options_that_mean_nothing_are_refused_before_anything_is_written(shell, options, says):
    shell.refuses(2, "sweep", "small.yaml", *options, says=[says])
    assert not Path("runs").exists()


@pytest.mark.parametrize(("launcher", "package"), [("ray", "ray"), ("slurm", "submitit")])
def test_a_package_that_is_missing_is_named_before_anything_is_written(shell, monkeypatch, launcher, package):
    monkeypatch.setitem(sys.modules, package, None)
    shell.refuses(2, "sweep", "small.yaml", "--launcher", launcher, says=[f"pip install 'seqlab[{launcher}]'"])
    assert not Path("runs").exists()


@pytest.mark.usefixtures("shell")
def test_each_launcher_gets_the_job_and_its_resources(monkeypatch):
    monkeypatch.setattr("seqlab.runs.machine_cores.usable_cores", lambda: 50)
    opened = open_sweep(Path("small.yaml"), Path("runs"))
    clock = Clock(opened.directory)
    local = launch(workers=50).build(opened, clock, None)
    on_ray = launch("ray", workers=3, cores=4, memory=8.0).build(opened, clock, "sqlite:///x.db")
    jobs = launch("slurm", gpus=1, slurm=["partition=gpu", "comment=a=b"]).build(opened, clock, None)
    assert isinstance(local, LocalWorkers)
    assert local.count == 2, "not more than there are trials"
    assert isinstance(on_ray, RayTasks)
    assert isinstance(jobs, SlurmJobs)
    assert (on_ray.address, on_ray.count, on_ray.resources) == ("auto", 3, Resources(4, 0, 8.0))
    assert (on_ray.job["threads"], on_ray.job["storage"]) == (4, "sqlite:///x.db")
    assert (jobs.resources, jobs.options) == (Resources(1, 1), {"partition": "gpu", "comment": "a=b"})
    assert on_ray.left() == jobs.left() == 2


@pytest.mark.usefixtures("shell")
def test_a_password_is_in_no_job_of_slurm_which_is_kept_in_a_file(monkeypatch):
    opened = open_sweep(Path("small.yaml"), Path("runs"))
    monkeypatch.setenv("SEQLAB_STORAGE", "")
    url = "postgresql://user:secret@host/x"
    job = launch("slurm").build(opened, Clock(opened.directory), url).job
    assert "secret" not in str(job)
    assert (job["storage_from"], os.environ["SEQLAB_STORAGE"]) == ("SEQLAB_STORAGE", url)
    assert [has_password(each) for each in (url, "postgresql://user@host/x", "sqlite:///a@b:c@d")] == [
        True,
        False,
        False,
    ]


def test_the_command_that_continues_has_the_options_of_this_one(tmp_path):
    chosen = launch("slurm", workers=2, cores=4, slurm=["partition=a b"])
    words = command_words(Path("s.yaml"), tmp_path, ["my_parts"], chosen, "postgresql://user:secret@host/x")
    assert words == [
        "sweep", "s.yaml", "--runs-dir", str(tmp_path), "--plugin", "my_parts", "--launcher", "slurm", "--workers", "2",
        "--cores", "4", "--slurm", "partition=a b", "--storage", "postgresql://…@host/x",
    ]  # fmt: skip


def test_the_script_names_whole_paths_and_begins_nothing(shell, tmp_path):
    text = shell.works("sweep", "small.yaml", "--print-script", "--workers", "2", "--cores", "3", "--memory", "4")
    assert not Path("runs").exists()
    assert "#SBATCH --cpus-per-task=6\n#SBATCH --mem=8000M\n" in text
    (line,) = (line for line in text.splitlines() if " -m seqlab " in line)
    assert shlex.split(line.removesuffix(" &")) == [
        sys.executable, "-P", "-m", "seqlab", "sweep", str(tmp_path / "small.yaml"), "--workers", "2",
        "--runs-dir", str(tmp_path / "runs"),
    ]  # fmt: skip
    subprocess.run(["bash", "-n"], input=text, text=True, check=True)
    shell.refuses(2, "sweep", "nothing.yaml", "--print-script", says=["no file 'nothing.yaml'"])


def test_the_script_holds_no_password(shell):
    text = shell.works("sweep", "small.yaml", "--print-script", "--storage", "postgresql://user:secret@host/x")
    assert "secret" not in text
    assert "SEQLAB_STORAGE:?" in text
    text = shell.works("sweep", "small.yaml", "--print-script", "--storage", "postgresql://user@host/x")
    assert "--storage postgresql://user@host/x" in text
