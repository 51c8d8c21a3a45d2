"""`seqlab doctor`: versions, devices and directories of this machine."""

from __future__ import annotations

import os
import platform
import shutil
import sys
from collections.abc import Sequence
from importlib import metadata
from pathlib import Path

import typer

from seqlab import files
from seqlab.cli.arguments import AsJson, RunsDirectory
from seqlab.cli.console import print_json, print_table
from seqlab.cli.progress import terminal_progress
from seqlab.errors import SeqlabError
from seqlab.runs.environment import versions
from seqlab.runs.machine_cores import usable_cores
from seqlab.text_format import counted

commands = typer.Typer()

LOW_SPACE = 5e9
"""Bytes. IMDB with its archive and prepared data takes about one gigabyte."""


@commands.command()
def doctor(runs_dir: RunsDirectory, as_json: AsJson = False) -> None:
    """Show versions, devices, what is missing for a GPU, directories and disk space."""
    from seqlab.experiment.inspect_data import cache_directory, offline

    with terminal_progress().step("importing TensorFlow"):
        devices = _devices()
    found = {
        "python": f"{platform.python_version()} ({sys.executable})",
        "platform": f"{platform.platform()}, {counted(usable_cores(), 'core')}",
        **versions(),
        **devices,
        "runs": _directory(runs_dir),
        "cache": _directory(cache_directory()),
        "data": _data_directory(os.environ.get("SEQLAB_DATA_DIR")),
        "network": "not used (SEQLAB_OFFLINE)" if offline() else "used for downloads",
    }
    if as_json:
        print_json(found)
    else:
        print_table(("", ""), found.items())


def missing_for_gpu(*, built_with_cuda: bool, system: str, has_driver: bool, packages: Sequence[str]) -> str:
    """Why TensorFlow finds no GPU, and what to do about it."""
    if system == "Windows":
        return "TensorFlow does not support GPUs on native Windows: run seqlab inside WSL2"
    if system == "Darwin":
        return "TensorFlow does not support GPUs on macOS"
    if not has_driver:
        return "no NVIDIA driver is installed (nvidia-smi was not found)"
    if not built_with_cuda:
        return "this TensorFlow was built without CUDA: pip install 'tensorflow[and-cuda]'"
    if not any(package.startswith("nvidia-cudnn") for package in packages):
        return "the CUDA libraries are missing: pip install 'seqlab[gpu]'"
    return "driver and libraries are installed, but TensorFlow cannot use them: set TF_CPP_MIN_LOG_LEVEL=0 to see why"


def _devices() -> dict[str, str]:
    """The devices that TensorFlow finds."""
    from seqlab import runtime

    try:
        tensorflow = runtime.tensorflow()
    except SeqlabError as error:
        return {"devices": str(error)}
    found = [device.name for device in tensorflow.config.list_physical_devices()]
    if any("GPU" in name for name in found):
        return {"devices": ", ".join(found)}
    reason = missing_for_gpu(
        built_with_cuda=tensorflow.test.is_built_with_cuda(),
        system=platform.system(),
        has_driver=shutil.which("nvidia-smi") is not None,
        packages=[str(each.metadata["Name"]).lower() for each in metadata.distributions()],
    )
    return {"devices": ", ".join(found), "no GPU": reason}


def _data_directory(path: str | None) -> str:
    return _directory(files.chosen_path(path, "SEQLAB_DATA_DIR")) if path else "SEQLAB_DATA_DIR is not set"


def _directory(path: Path) -> str:
    """Path, free space, and whether the directory exists and is writable."""
    nearest = path.absolute()
    while not nearest.exists():
        nearest = nearest.parent
    free = shutil.disk_usage(nearest).free
    remarks = [f"{free / 1e9:,.1f} GB free"]
    if free < LOW_SPACE:
        remarks.append("low on space")
    if not path.exists():
        remarks.append("does not exist yet")
    if not os.access(nearest, os.W_OK):
        remarks.append("not writable")
    return f"{path} ({', '.join(remarks)})"
