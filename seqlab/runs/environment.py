"""The environment of a run as recorded in `run.json`: versions, host, command line, git state."""

from __future__ import annotations

import platform
import sys
from collections.abc import Mapping
from importlib import metadata
from pathlib import Path
from typing import Any

from seqlab.runs.git_state import git_state
from seqlab.runs.machine_cores import usable_cores

PACKAGES = ("seqlab", "tensorflow", "keras", "numpy", "pydantic", "snowballstemmer", "tokenizers", "safetensors")
"""Packages whose version can change a metric."""

INSTRUCTIONS = (
    "avx2", "fma", "avx512f", "avx512_vnni", "avx512_bf16", "avx_vnni", "amx_tile", "amx_bf16", "amx_int8",
    "asimd", "asimddp", "bf16", "sve",
)  # fmt: skip
"""Flags of processors, in x86 and in ARM, on which the speed of products depends, and how they are rounded."""


def current_environment() -> dict[str, Any]:
    """The metadata for `run.json`. Versions are looked up without importing the packages."""
    return {
        "command": [_program(), *sys.argv[1:]],
        "host": {
            "name": platform.node(),
            "platform": platform.platform(),
            "cores": usable_cores(),
            "instructions": " ".join(processor_instructions() or ()) or None,
        },
        "versions": {"python": platform.python_version(), **versions()},
        "git": git_state(Path.cwd()),
    }


def _program() -> str:
    """What was started; `python -m seqlab` shows as the path of a module."""
    name = Path(sys.argv[0]).name
    return "seqlab" if name == "__main__.py" and Path(sys.argv[0]).parent.name == "seqlab" else name


def changed_environment(recorded: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
    """Name → (recorded, current) of changes that can alter the last bits of a metric: versions, platform, cores,
    processor."""
    current = current_environment()
    pairs = {
        f"{section}.{name}": (before, current[section].get(name))
        for section, names in (("versions", None), ("host", ("platform", "cores", "instructions")))
        for name, before in (recorded.get(section) or {}).items()
        if names is None or name in names
    }
    return {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}


def processor_instructions(listing: Path = Path("/proc/cpuinfo")) -> list[str] | None:
    """Those of `INSTRUCTIONS` that the processor has; None where Linux does not list them."""
    if not listing.is_file():
        return None
    lines = listing.read_text(encoding="utf-8", errors="replace").splitlines()
    flags = {flag for line in lines if line.startswith(("flags", "Features")) for flag in line.split(":")[-1].split()}
    return [name for name in INSTRUCTIONS if name in flags]


def versions() -> dict[str, str]:
    """Versions of the installed packages among `PACKAGES`."""
    found = {}
    for package in PACKAGES:
        try:
            found[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            continue
    return found
